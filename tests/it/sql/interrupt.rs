//! Queries that never end, and how people stop them.

use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::kept;
use crate::harness::{World, skipped};

/// Prints a row when it has begun, and never ends.
const ENDLESS: &str = "SELECT 'be' || 'gun';
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n;";

/// A program that does not outlive its test.
struct RunningCommand(Child);

impl Drop for RunningCommand {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(drop).unwrap_or_default();
    }
}

/// Reads until `text` has come; a prompt ends no line.
fn wait_for(text: &str, stdout: &mut BufReader<ChildStdout>) {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        let mut byte = [0];
        assert!(stdout.read(&mut byte).unwrap() > 0, "{text} never came: {}", String::from_utf8_lossy(&read));
        read.extend(byte);
    }
}

fn started(world: &World, sql: &str) -> (RunningCommand, BufReader<ChildStdout>) {
    let mut command = world.command(&["sql", "--archive", "archive.db", "--format", "csv", sql]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (RunningCommand(child), stdout)
}

impl RunningCommand {
    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap().success());
    }

    /// Waits for the end; returns the exit status and stderr.
    fn ended(&mut self) -> (Option<i32>, String) {
        let mut told = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        (self.0.wait().unwrap().code(), told)
    }
}

#[test]
fn a_signal_stops_a_query_that_never_ends() {
    let world = kept();
    for signal in ["INT", "TERM"] {
        let (mut program, mut stdout) = started(&world, ENDLESS);
        wait_for("begun\r\n", &mut stdout);
        program.signal(signal);
        assert_eq!(program.ended(), (Some(1), "Error: interrupted\n".to_owned()), "{signal}");
    }
}

#[test]
fn a_second_signal_leaves_a_reader_that_does_not_read() {
    let world = kept();
    // More than a pipe holds: the program waits for its reader, who waits as well.
    let (mut program, mut stdout) = started(&world, "SELECT printf('%.*c', 1000000, 'x') AS x");
    wait_for("x\r\n", &mut stdout);
    while program.0.try_wait().unwrap().is_none() {
        program.signal("INT");
    }
    assert_eq!(program.ended(), (Some(1), "Error: interrupted twice: the answer was cut off\n".to_owned()));
}

#[test]
fn in_the_shell_ctrl_c_stops_the_query_and_the_shell_goes_on() {
    if Command::new("script").arg("--version").output().is_err() {
        return skipped("script is not installed");
    }
    let world = kept();
    // In place of the shell that `script` starts, where it is dash: it would take the Ctrl-C too, and end with 130.
    let program = format!("exec {} sql --archive archive.db", env!("CARGO_BIN_EXE_draftkeep"));
    let mut shell = Command::new("timeout");
    shell.args(["60", "script", "-qec", &program, "/dev/null"]).current_dir(world.path("")).env("TERM", "xterm");
    let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut typed, mut shown) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut shell = RunningCommand(child);
    // Each is typed when what is before it has shown: what is typed ahead may be lost.
    for (shown_before, text) in [
        ("draftkeep> ", &*(ENDLESS.replace('\n', "") + "\n")),
        ("begun\r\n", "\x03"),
        ("interrupted", ""),
        ("draftkeep> ", "SELECT 6\n"),
        ("Ctrl-C drops it", ""),
        ("...> ", "* 7 AS answer;\n"),
        ("42\r\n", ""),
        ("draftkeep> ", ".tabels\n"),
        ("Did you mean .tables?", ""),
        ("draftkeep> ", "SELECT 'half\n"),
        ("...> ", ".quit\n"),
        ("Ctrl-C drops it", ""),
        ("...> ", "\x03"),
        ("draftkeep> ", ".format json\n"),
        ("draftkeep> ", "SELECT 'whole' AS half;\n"),
        ("[{\"half\":\"whole\"}]", ""),
        ("draftkeep> ", "\x04"),
    ] {
        wait_for(shown_before, &mut shown);
        typed.write_all(text.as_bytes()).unwrap();
    }
    assert_eq!(shell.0.wait().unwrap().code(), Some(0));
}
