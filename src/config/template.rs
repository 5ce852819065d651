//! Generates a new configuration: one account, and only keys without a default.

use std::path::Path;

use super::model::DraftSelection;
use super::source::SecretSource;
use crate::model::{AccountName, MediaId};

/// The values.
#[derive(Clone, Debug)]
pub struct ConfigTemplate<'a> {
    pub archive: &'a Path,
    pub name: &'a AccountName,
    pub appid: &'a str,
    /// A file or a credential.
    pub secret: &'a SecretSource,
    pub drafts: &'a DraftSelection,
    /// If it is not the platform's own.
    pub api_base: Option<&'a str>,
}

impl ConfigTemplate<'_> {
    /// Returns the text of the file.
    pub fn text(&self) -> String {
        let secret = match self.secret {
            SecretSource::File(path) => format!("file = {}", quoted(&path.to_string_lossy())),
            SecretSource::Env(name) => format!("env = {}", quoted(name)),
            SecretSource::Credential(name) => format!("credential = {}", quoted(name)),
            SecretSource::Command(words) => format!("command = [{}]", list(words.iter().map(String::as_str))),
        };
        let drafts = match self.drafts {
            DraftSelection::All => quoted("all"),
            DraftSelection::Listed(ids) => format!("[{}]", list(ids.iter().map(MediaId::as_str))),
        };
        let (archive, name) = (quoted(&self.archive.to_string_lossy()), quoted(self.name.as_str()));
        let appid = quoted(self.appid);
        let mut text = format!(
            "# Configuration of draftkeep. Every key is explained in configuration.md, in docs/ or /usr/share/doc/draftkeep.\n\
             # After a change: draftkeep config check && systemctl reload draftkeep\n\n\
             archive = {archive}\n\n\
             [[account]]\nname   = {name}\nappid  = {appid}\nsecret = {{ {secret} }}\ndrafts = {drafts}\n"
        );
        if let Some(api_base) = self.api_base {
            text += &format!("api_base = {}\n", quoted(api_base));
            // Plain HTTP means a simulator on this machine, which also serves the pictures. A relay does not.
            if api_base.starts_with("http://") {
                text += &format!("image_base = {}\n", quoted(api_base));
            }
        }
        text
    }
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(quoted).collect::<Vec<_>>().join(", ")
}

/// Formats a basic string of TOML 1.0.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::Config;
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let (name, awkward) = ("mag".parse().unwrap(), "a\"b\\c\u{1}".to_owned());
        for (secret, drafts) in [
            (SecretSource::File(PathBuf::from("/etc/draftkeep/mag.secret")), DraftSelection::All),
            (
                SecretSource::Credential("draftkeep.mag.secret".to_owned()),
                DraftSelection::Listed(vec![MediaId::new("A_B-9")]),
            ),
            (SecretSource::Command(vec!["/bin/pass".to_owned(), awkward]), DraftSelection::All),
        ] {
            let archive = PathBuf::from("/var/lib/draft\"keep/archive.db");
            let api_base = Some("http://127.0.0.1:1");
            let appid = "wx0123456789abcdef";
            let beginning =
                ConfigTemplate { archive: &archive, name: &name, appid, secret: &secret, drafts: &drafts, api_base };
            let config = Config::from_text(Path::new("/etc/draftkeep/config.toml"), &beginning.text()).unwrap();
            let [account] = &config.accounts[..] else { panic!("one account") };
            assert_eq!((config.archive, &account.name, &account.drafts), (archive.clone(), &name, &drafts));
            assert_eq!(account.credentials, super::super::Credentials::Secret(secret));
        }
    }
}
