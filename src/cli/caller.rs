//! How the program was called, so that further commands use the same archive.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use nix::unistd::{User, geteuid};

use crate::config::{self, DEFAULT_PATH};
use crate::invocation::Invocation;
use crate::owner::Owner;

/// Returns what printed commands must repeat.
pub(super) fn invocation(matches: &ArgMatches, args: &[OsString]) -> Invocation {
    let name = matches.subcommand_name().unwrap_or_default();
    let of_command = innermost(matches);
    let flag = of_command.try_get_one::<PathBuf>("config").ok().flatten().cloned();
    let archive = of_command.try_get_one::<PathBuf>("archive").ok().flatten().map(|path| absolute(path));
    let prefix = sudo();
    // The reader of a daemon's log, or a user of sudo, has another environment.
    let is_elsewhere = name == "run" || !prefix.is_empty();
    let default = if is_elsewhere { PathBuf::from(DEFAULT_PATH) } else { config::path(None) };
    let config = Some(absolute(&config::path(flag))).filter(|config| *config != absolute(&default));
    let invocation = Invocation::new(&prefix, config.as_deref(), archive.as_deref());
    if geteuid().is_root() {
        return invocation;
    }
    invocation.with_typed_command(args.iter().skip(1).map(|word| word.to_string_lossy()))
}

/// Returns the options of the command that was called, which may stand below another one: `notify log`.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, below)| innermost(below))
}

/// The same for a call that `grammar` cannot parse, as far as possible.
pub(super) fn in_part(grammar: clap::Command, args: &[OsString]) -> Invocation {
    let matches = grammar.ignore_errors(true).try_get_matches_from(args);
    matches.map_or_else(|_| Invocation::default(), |matches| invocation(&matches, args))
}

/// Returns the name of the user who called: of the one behind sudo, where root did for somebody.
pub(super) fn user_name() -> String {
    let behind_sudo = env::var("SUDO_USER").ok().filter(|name| geteuid().is_root() && !name.is_empty());
    behind_sudo.unwrap_or_else(|| {
        let user = geteuid();
        match User::from_uid(user) {
            Ok(Some(known)) => known.name,
            // One that no list of users has: in a container, mostly.
            _ => format!("user {user}"),
        }
    })
}

/// Returns the user of sudo, who gets the files that root writes.
pub(super) fn person() -> Option<Owner> {
    let number = |name: &str| env::var(name).ok()?.parse().ok();
    let (uid, gid) = (number("SUDO_UID")?, number("SUDO_GID")?);
    geteuid().is_root().then_some(Owner { uid, gid })
}

/// Returns the prefix of a call by sudo, from the environment variables of sudo(8).
fn sudo() -> String {
    let (caller, now) = (env::var("SUDO_UID").unwrap_or_default(), geteuid());
    match env::var("USER") {
        _ if caller.is_empty() || caller == now.to_string() => String::new(),
        _ if now.is_root() => "sudo ".to_owned(),
        Ok(user) => format!("sudo -u {user} "),
        Err(_) => format!("sudo -u '#{now}' "),
    }
}

/// A hint may be typed in another directory.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
