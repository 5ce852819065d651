//! systemd's stores of credentials (systemd.exec(5), `LoadCredential=`): where those of a service lie before systemd hands
//! them over. Outside of a service, what is there can be used by whoever may read it.

use std::path::{Path, PathBuf};

/// Where encrypted ones lie.
pub const ENCRYPTED: &str = "/etc/credstore.encrypted";

const PLAIN: &str = "/etc/credstore";

/// A credential in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemdCredential {
    Plain(PathBuf),
    /// `systemd-creds decrypt` opens it, for root alone.
    Encrypted(PathBuf),
}

/// Looks a credential up; the encrypted one counts where there are two.
pub fn find_credential(name: &str) -> Option<SystemdCredential> {
    let there = |store: &str| Some(Path::new(store).join(name)).filter(|path| path.exists());
    there(ENCRYPTED).map(SystemdCredential::Encrypted).or_else(|| there(PLAIN).map(SystemdCredential::Plain))
}
