//! What an operator would set up: a configuration, and each secret in a file.

use std::path::Path;

use super::super::error::CommandError;
use super::cannot;
use crate::config::Config;
use crate::simulator::{RobotKind, SimulatorHandle};

/// The editors' chat.
const CHAT: RobotKind = RobotKind::Feishu;

/// Writes the configuration that an operator would write, and reads it as the daemon does.
pub(super) fn configure(
    directory: &Path,
    platform: &SimulatorHandle,
    pages: Option<&str>,
) -> Result<Config, CommandError> {
    let (appid, api_base) = (platform.appid(), platform.base_url());
    let pages = pages.map_or_else(String::new, |url| {
        format!("\n[web]\npublic_url = \"{url}\"\nallow_restore = true\nlink_ttl = \"24h\"\n")
    });
    let text = format!(
        "archive = \"archive.db\"\n\n[[account]]\nname     = \"alley\"\nappid    = \"{appid}\"\n\
         secret   = {{ file = \"alley.secret\" }}\napi_base = \"{api_base}\"\nimage_base = \"{api_base}\"\n{pages}\n\
         [[notify]]\nname     = \"editors\"\nlanguage = \"en\"\n\
         to       = {{ feishu = {{ url = {{ file = \"editors.url\" }}, secret = {{ file = \"editors.secret\" }} }} }}\n"
    );
    let path = directory.join("config.toml");
    write_private(&directory.join("alley.secret"), platform.secret())?;
    write_private(&directory.join("editors.url"), &format!("{api_base}{}", CHAT.path()))?;
    write_private(&directory.join("editors.secret"), CHAT.secret().unwrap_or_default())?;
    write_private(&path, &text)?;
    Ok(Config::load(&path)?.config)
}

fn write_private(path: &Path, text: &str) -> Result<(), CommandError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| cannot(&error))
}
