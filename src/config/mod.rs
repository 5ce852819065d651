//! The configuration: as written (`raw`), then as meant ([`Config`]).
//!
//! [`Config::load`] reports all issues of a file at once. The keys and their rules are in docs/configuration.md.

mod address;
mod ca_file;
mod copy;
mod credentials;
pub mod credstore;
mod diagnostics;
mod error;
mod gate;
mod keys;
mod listen;
mod load;
mod media_id;
mod mirror;
mod model;
mod notify;
mod notify_validator;
mod path;
mod ping;
mod place;
mod placeholder;
mod proof;
mod quota;
mod raw;
mod raw_copy;
mod raw_gate;
mod raw_mirror;
mod raw_notify;
mod raw_proof;
mod raw_retention;
mod raw_source;
mod recipients;
mod share;
mod source;
mod source_check;
mod suggest;
mod table;
mod template;
mod text;
mod validate;
mod validate_account;
mod validate_copy;
mod validate_gate;
mod validate_mail;
mod validate_mirror;
mod validate_notify;
mod validate_proof;
mod validate_retention;
mod validate_web;
mod value;
mod web;
mod zone;

pub use address::is_loopback;
pub use ca_file::ca_certificates;
pub use copy::{Addressing, CopyConfig, CopyTarget, KeepRule, S3Target};
pub use error::{ConfigError, ConfigIssue, Warning};
pub use gate::GatePolicy;
pub use keys::{KEYS, Key, TableKind};
pub use listen::Listen;
pub use load::LoadedConfig;
pub use media_id::media_id;
pub use mirror::MirrorConfig;
pub use model::{Account, Assets, Config, DraftSelection, FieldRules, PollMode};
pub use notify::{
    KindPattern, MailAddress, MailSecurity, NotifyAddress, NotifyConfig, QuietHours, SignedAddress,
    next as next_time_of_day,
};
pub use path::{DEFAULT_PATH, path};
pub use ping::PingConfig;
pub use placeholder::is_placeholder;
pub use proof::{DrillConfig, ProofConfig};
pub use recipients::Recipients;
pub use share::QuotaShare;
pub use source::{Credentials, SecretSource, TokenSource};
pub use suggest::suggest;
pub use template::ConfigTemplate;
pub use validate_account::appid;
pub use web::{TrustedProxy, WebConfig};
pub use zone::DEFAULT_ZONE;
