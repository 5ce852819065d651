//! For whom copies are encrypted.

use std::fmt;
use std::path::{Path, PathBuf};

use age::x25519;

/// Whose keys open a copy: each of them alone does. None are secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipients {
    Age(Vec<x25519::Recipient>),
    /// Files with OpenPGP keys, as `gpg --export` writes them.
    OpenPgp(Vec<PathBuf>),
}

/// One of them.
#[derive(Clone, Debug)]
enum Recipient {
    Age(x25519::Recipient),
    OpenPgp(PathBuf),
}

impl Recipients {
    /// Reads them as they are written in `encrypt_to`; files are relative to `base`.
    ///
    /// # Errors
    ///
    /// The rule that they break.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>, base: &Path) -> Result<Self, &'static str> {
        const KINDS: &str = "all are for age, or all for OpenPGP: a copy is encrypted by one of the two";
        let mut all: Option<Self> = None;
        for text in texts {
            match (all.as_mut(), Recipient::parse(text, base)?) {
                (None, Recipient::Age(recipient)) => all = Some(Self::Age(vec![recipient])),
                (None, Recipient::OpenPgp(file)) => all = Some(Self::OpenPgp(vec![file])),
                (Some(Self::Age(recipients)), Recipient::Age(recipient)) => recipients.push(recipient),
                (Some(Self::OpenPgp(files)), Recipient::OpenPgp(file)) => files.push(file),
                _ => return Err(KINDS),
            }
        }
        all.ok_or("this names at least one recipient")
    }
}

impl Recipient {
    fn parse(text: &str, base: &Path) -> Result<Self, &'static str> {
        if text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
            return Err("this is a secret key; write the recipient that belongs to it: age-keygen -y FILE");
        }
        if text.starts_with("age1") {
            return text.parse().map(Self::Age).map_err(|_| "this is no whole recipient of age (age1…)");
        }
        match Path::new(text).extension().and_then(|end| end.to_str()) {
            Some("asc" | "gpg" | "pgp") => Ok(Self::OpenPgp(base.join(text))),
            // A name, an address or a short id may fit the key of a stranger.
            _ => Err("this is a recipient of age (age1…), or a file with an OpenPGP key (me.asc)"),
        }
    }
}

impl fmt::Display for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = match self {
            Self::Age(recipients) => recipients.iter().map(ToString::to_string).collect(),
            Self::OpenPgp(files) => files.iter().map(|file| file.display().to_string()).collect(),
        };
        f.write_str(&texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    #[test]
    fn recipients_are_of_one_kind_and_whole() {
        let parse = |texts: &[&str]| Recipients::parse(texts.iter().copied(), Path::new("/etc/draftkeep"));
        assert_eq!(parse(&[AGE]).unwrap().to_string(), AGE);
        assert_eq!(parse(&["me.asc"]).unwrap().to_string(), "/etc/draftkeep/me.asc");
        assert!(matches!(parse(&[AGE, AGE]).unwrap(), Recipients::Age(all) if all.len() == 2));
        assert!(parse(&[AGE, "me.asc"]).unwrap_err().contains("one of the two"));
        assert!(parse(&[]).is_err());
        let secret = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
        assert!(parse(&[secret]).unwrap_err().contains("age-keygen -y"));
        for wrong in ["", "me@example.com", "89ABCDEF01234567", &AGE[..40], "age1"] {
            assert!(parse(&[wrong]).is_err(), "{wrong}");
        }
    }
}
