//! Files with the right owners and modes, all of them or none.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::error::{CommandError, Exit};
use crate::config::{DEFAULT_PATH, SecretSource, credstore};
use crate::model::AccountName;
use crate::owner::sync_directory;
use crate::secret::Secret;

/// The service's own archive; the unit's `StateDirectory=`.
const SERVICE_ARCHIVE: &str = "/var/lib/draftkeep/archive.db";

/// Where the unit may be installed.
const UNITS: [&str; 3] = [
    "/etc/systemd/system/draftkeep.service",
    "/usr/lib/systemd/system/draftkeep.service",
    "/lib/systemd/system/draftkeep.service",
];

/// Settings of the unit that this machine's operator adds.
const DROP_INS: &str = "/etc/systemd/system/draftkeep.service.d";

/// Who will read what is written, and how.
#[derive(Debug)]
pub(super) struct InitWriter {
    directory: PathBuf,
    /// The group that owns the directory, where files of root's are given to it to be read.
    group: Option<u32>,
    for_the_service: bool,
    encrypts: bool,
}

/// Where the secret goes.
#[derive(Debug)]
pub(super) enum SecretPlace {
    File(PathBuf),
    /// Encrypted for this machine, and handed to the service by a setting of its unit.
    Credential {
        name: String,
        file: PathBuf,
        drop_in: PathBuf,
    },
}

impl SecretPlace {
    pub(super) fn source(&self) -> SecretSource {
        match self {
            // Relative to the configuration beside it.
            Self::File(path) => SecretSource::File(path.file_name().map(PathBuf::from).unwrap_or_default()),
            Self::Credential { name, .. } => SecretSource::Credential(name.clone()),
        }
    }

    pub(super) fn in_words(&self) -> String {
        match self {
            Self::File(path) => format!("file {}", path.display()),
            Self::Credential { file, drop_in, .. } => {
                format!("encrypted for this machine, {}; the service gets it by {}", file.display(), drop_in.display())
            }
        }
    }

    pub(super) fn file(&self) -> &Path {
        match self {
            Self::File(file) | Self::Credential { file, .. } => file,
        }
    }

    /// The credential's name, where it is one.
    pub(super) fn credential(&self) -> Option<&str> {
        match self {
            Self::File(_) => None,
            Self::Credential { name, .. } => Some(name),
        }
    }

    fn files(&self) -> Vec<&Path> {
        match self {
            Self::File(path) => vec![path],
            Self::Credential { file, drop_in, .. } => vec![file, drop_in],
        }
    }
}

impl InitWriter {
    /// Looks at the directory of the configuration, which is made where it is not there.
    pub(super) fn prepare(config: &Path, plain_secret: bool) -> Result<Self, CommandError> {
        let directory = config.parent().unwrap_or(Path::new(""));
        let here = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let made = DirBuilder::new().recursive(true).mode(0o750).create(here).and_then(|()| here.metadata());
        let found = made.map_err(|error| cannot("make the directory", here, &error))?;
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let for_the_service =
            is_root && config == Path::new(DEFAULT_PATH) && UNITS.iter().any(|unit| Path::new(unit).exists());
        Ok(Self {
            directory: directory.to_owned(),
            group: Some(found.gid()).filter(|group| is_root && *group != 0),
            for_the_service,
            encrypts: for_the_service && !plain_secret && can_encrypt(),
        })
    }

    pub(super) fn is_for_the_service(&self) -> bool {
        self.for_the_service
    }

    pub(super) fn archive(&self) -> PathBuf {
        PathBuf::from(if self.for_the_service { SERVICE_ARCHIVE } else { "archive.db" })
    }

    /// Returns where an account's secret goes.
    ///
    /// # Errors
    ///
    /// If something is there already.
    pub(super) fn secret_place(&self, account: &AccountName) -> Result<SecretPlace, CommandError> {
        let place = if self.encrypts {
            let name = format!("draftkeep.{account}.secret");
            let file = Path::new(credstore::ENCRYPTED).join(&name);
            SecretPlace::Credential { name, file, drop_in: Path::new(DROP_INS).join(format!("{account}.conf")) }
        } else {
            SecretPlace::File(self.directory.join(format!("{account}.secret")))
        };
        match place.files().into_iter().find(|file| file.symlink_metadata().is_ok()) {
            Some(file) => {
                let message = format!("{} is there already, and is not overwritten", file.display());
                Err(CommandError::new(Exit::Usage, message).hint("Move it away, or give the account another name"))
            }
            None => Ok(place),
        }
    }

    /// Writes the secret, then the configuration; what was written goes again where something fails.
    pub(super) fn write(
        &self,
        config: &Path,
        text: &str,
        place: &SecretPlace,
        secret: &Secret,
    ) -> Result<(), CommandError> {
        let mut made = CreatedFiles(Vec::new());
        match place {
            SecretPlace::File(path) => self.write_file(path, &format!("{}\n", secret.expose()), &mut made)?,
            SecretPlace::Credential { name, file, drop_in } => {
                made.0.push(file.clone());
                encrypt(name, file, secret)?;
                let setting = format!(
                    "# Written by `draftkeep init`. Another secret:\n#   systemd-creds encrypt --name={name} - {file} && systemctl restart draftkeep\n\
                     [Service]\nLoadCredentialEncrypted={name}:{file}\n",
                    file = file.display()
                );
                let directory = DirBuilder::new().recursive(true).mode(0o755).create(DROP_INS);
                directory.map_err(|error| cannot("make the directory", Path::new(DROP_INS), &error))?;
                made.0.push(drop_in.clone());
                let written =
                    write_new(drop_in, &setting).and_then(|file| file.set_permissions(Permissions::from_mode(0o644)));
                written.map_err(|error| cannot("write", drop_in, &error))?;
            }
        }
        self.write_file(config, text, &mut made)?;
        made.0.clear();
        Ok(())
    }

    /// Writes a file for its owner and, where root writes for a service, for that to read.
    fn write_file(&self, path: &Path, text: &str, made: &mut CreatedFiles) -> Result<(), CommandError> {
        let file = write_new(path, text).map_err(|error| cannot("write", path, &error))?;
        made.0.push(path.to_owned());
        let given = match self.group {
            Some(group) => {
                fchown(&file, None, Some(group)).and_then(|()| file.set_permissions(Permissions::from_mode(0o640)))
            }
            None => Ok(()),
        };
        given.map_err(|error| cannot("give to the service", path, &error))
    }
}

/// What was made so far; it goes with this, unless it is emptied before.
struct CreatedFiles(Vec<PathBuf>);

impl Drop for CreatedFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            if let Err(error) = fs::remove_file(path) {
                tracing::debug!(path = %path.display(), %error, "not removed");
            }
        }
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    sync_directory(path)?;
    Ok(file)
}

fn can_encrypt() -> bool {
    let asked = Command::new("systemd-creds").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Encrypts a secret with this machine's key and, where there is one, its TPM.
fn encrypt(name: &str, file: &Path, secret: &Secret) -> Result<(), CommandError> {
    let run = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(credstore::ENCRYPTED)?;
        let mut command = Command::new("systemd-creds");
        command.args(["encrypt", &format!("--name={name}"), "-"]).arg(file);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(secret.expose().as_bytes())?;
        }
        let output = child.wait_with_output()?;
        match output.status.success() {
            true => fs::set_permissions(file, Permissions::from_mode(0o600)),
            false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        }
    };
    run().map_err(|error| {
        CommandError::new(Exit::Failed, "systemd-creds does not encrypt the secret")
            .because(&error)
            .hint("Keep it in a file that the service may read: draftkeep init --plain-secret")
    })
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> CommandError {
    CommandError::new(Exit::Failed, format!("cannot {what} {}", path.display())).because(error)
}
