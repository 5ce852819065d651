//! The configuration: a text is one, or it is refused with its mistakes, which show no secret. `@@` in an input is an AppSecret, wherever
//! somebody put it.

use std::path::Path;

use draftkeep::config::Config;

use crate::parts::with_secret;

const SECRET: &str = "9f3c1d7a5b2e4860a1c9d8e7f6b5a403";

pub fn run(data: &[u8]) {
    let written = with_secret(data, SECRET);
    let Ok(text) = std::str::from_utf8(&written) else { return };
    let Err(error) = Config::from_text(Path::new("/etc/draftkeep/config.toml"), text) else { return };
    for told in [error.to_string(), format!("{error:?}")] {
        assert!(!told.contains(SECRET), "the secret is told: {told}");
    }
}
