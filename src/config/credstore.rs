//! systemd's credential stores (systemd.exec(5), `LoadCredential=`), from which systemd passes credentials to a service. Outside of a
//! service, whoever may read them can use them.

use std::path::{Path, PathBuf};

/// The store of encrypted credentials.
pub const ENCRYPTED: &str = "/etc/credstore.encrypted";

const PLAIN: &str = "/etc/credstore";

/// A credential in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemdCredential {
    Plain(PathBuf),
    /// Only root can decrypt it, with `systemd-creds decrypt`.
    Encrypted(PathBuf),
}

/// Finds a credential; an encrypted one takes precedence.
pub fn find_credential(name: &str) -> Option<SystemdCredential> {
    let there = |store: &str| Some(Path::new(store).join(name)).filter(|path| path.exists());
    there(ENCRYPTED).map(SystemdCredential::Encrypted).or_else(|| there(PLAIN).map(SystemdCredential::Plain))
}
