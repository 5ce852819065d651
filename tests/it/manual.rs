//! Completions and manual pages, as a shell and `man` read them.

use std::io::Write;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::harness::{World, skipped};

const COMMANDS: [&str; 5] = ["run", "list", "config", "sql", "completions"];

#[test]
fn every_shell_gets_completions_for_every_command() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = world.run(&["completions", shell]);
        assert_eq!((run.code(), run.stderr().as_str()), (Some(0), ""), "{shell}");
        let script = String::from_utf8(run.stdout().to_vec()).unwrap();
        for word in COMMANDS.iter().chain(&["archive", "verbose"]) {
            assert!(script.contains(word), "{shell} knows nothing of {word}");
        }
        assert_eq!(world.run(&["completions", shell, "--json"]).json()["script"], script);
    }
}

#[test]
fn bash_reads_its_completions() {
    let world = World::new();
    let Ok(mut bash) = Command::new("bash").arg("-s").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        return skipped("bash is not installed");
    };
    let mut script = world.run(&["completions", "bash"]).stdout().to_vec();
    script.extend(b"\nset -e; COMP_WORDS=(draftkeep sh); COMP_CWORD=1; _draftkeep draftkeep sh draftkeep; echo \"${COMPREPLY[@]}\"\n");
    bash.stdin.take().unwrap().write_all(&script).unwrap();
    let output = bash.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "show\n");
}

/// Packages contain man pages and completions as files. With `DRAFTKEEP_WRITE_DOCS` set, the test writes them.
#[test]
fn what_packages_carry_is_what_the_program_writes() {
    let (world, docs) = (World::new(), std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs"));
    assert_eq!(world.run(&["man", "pages"]).code(), Some(0));
    let pages = std::fs::read_dir(world.path("pages")).unwrap().map(|entry| entry.unwrap());
    let page =
        |entry: std::fs::DirEntry| (docs.join("man").join(entry.file_name()), std::fs::read(entry.path()).unwrap());
    let shells = [("bash", "draftkeep.bash"), ("zsh", "_draftkeep"), ("fish", "draftkeep.fish")];
    let script = |(shell, file): (&str, &str)| {
        (docs.join("completions").join(file), world.run(&["completions", shell]).stdout().to_vec())
    };
    let written: Vec<_> = pages.map(page).chain(shells.into_iter().map(script)).collect();
    for (path, bytes) in &written {
        if std::env::var_os("DRAFTKEEP_WRITE_DOCS").is_some() {
            std::fs::write(path, bytes).unwrap();
        }
        let is = std::fs::read(path).unwrap_or_default();
        assert!(is == *bytes, "{} is not true; DRAFTKEEP_WRITE_DOCS=1 writes it anew", path.display());
    }
    let carried = ["man", "completions"].map(|folder| std::fs::read_dir(docs.join(folder)).unwrap().count());
    assert_eq!(carried.iter().sum::<usize>(), written.len(), "a page of a command that is no more");
}

#[test]
fn every_command_has_a_page() {
    let world = World::new();
    let told = world.run(&["man", "pages"]);
    let pages = || -> Vec<_> {
        let read = |entry: std::fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        };
        let mut pages: Vec<_> =
            std::fs::read_dir(world.path("pages")).unwrap().map(|entry| read(entry.unwrap())).collect();
        pages.sort();
        pages
    };
    let first = pages();
    let names: Vec<_> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        ["draftkeep.1", "draftkeep-log.1", "draftkeep-config-check.1"].iter().all(|name| names.contains(name)),
        "{names:?}"
    );
    assert_eq!(told.to_string(), format!("------- stderr -------\n{} manual pages in pages\n", names.len()));
    for (name, page) in &first {
        let shown = page.replace("\\-", "-");
        assert!(shown.split_once("\n.SH SYNOPSIS\n").unwrap().1.contains(" [OPTIONS]"), "{name}");
        assert!(page.contains("\n.SH EXAMPLES\n") && page.contains("\n.SH \"EXIT CODES\"\n"), "{name}");
    }
    let told = world.run(&["man", "pages", "--json"]).json();
    assert_eq!(told["pages"].as_array().unwrap().len(), names.len());
    assert!(pages() == first, "the same pages each time");
}

#[test]
fn man_shows_the_pages_without_a_warning() {
    let world = World::new();
    assert_eq!(world.run(&["man", "pages"]).code(), Some(0));
    let man = |page: &std::path::Path| {
        let mut man = Command::new("man");
        man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(page).env("MANWIDTH", "80").output()
    };
    if man(&world.path("pages/draftkeep.1")).is_err() || Command::new("groff").arg("--version").output().is_err() {
        return skipped("man or groff is not installed");
    }
    for page in std::fs::read_dir(world.path("pages")).unwrap() {
        let shown = man(&page.unwrap().path()).unwrap();
        assert_eq!(String::from_utf8_lossy(&shown.stderr), "");
    }
    let log = String::from_utf8(man(&world.path("pages/draftkeep-log.1")).unwrap().stdout).unwrap();
    assert!(log.contains("draftkeep log 3"), "{log}");
    let restore = String::from_utf8(man(&world.path("pages/draftkeep-restore.1")).unwrap().stdout).unwrap();
    assert!(restore.contains("draftkeep restore [OPTIONS] <--to <DIR>|--as-new|--in-place|"), "{restore}");
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let world = World::new();
    std::fs::write(world.path("pages"), "a file").unwrap();
    assert_snapshot!(world.run(&["man", "pages"]), @r"
    ------- stderr -------
    Error: the manual pages cannot be written into pages
    Caused by: File exists (os error 17)
    Hint: Name a directory that you may write to: draftkeep man ~/.local/share/man/man1
    ------- exit 1 -------
    ");
}
