//! The archive: one SQLite file that ordinary tools can read. The only room that knows SQL.
//!
//! [`Reader`] cannot write, [`Writer`] writes in short IMMEDIATE transactions, and [`sql`] runs read-only queries of the users' own.
//! [`WriterHandle`] sends jobs to a writer that runs on a thread of its own, for the polls.

mod account_state;
mod asset;
mod check;
mod checksum;
mod checksum_tables;
mod constraint_check;
mod copy;
mod daemon_report;
mod damage;
mod damaged_draft;
mod damaged_rows;
mod damaged_state;
mod decode;
pub mod delta;
mod document;
mod draft_iter;
mod draft_snapshot;
mod draft_state;
mod drafts;
mod endpoint_block;
mod error;
mod export_rows;
mod files;
mod foreign_journal;
mod functions;
mod held_back;
mod identity;
mod import_rows;
mod internal_error;
mod journal_mark;
mod limits;
mod lock;
mod migrate;
mod missing_drafts;
mod observation;
mod open_file;
mod open_reader;
mod picture;
mod picture_row;
mod picture_use;
mod plan;
mod poll_start;
mod polls;
mod reader;
mod record;
mod replace;
mod restore_journal;
mod restore_records;
mod restore_writes;
pub mod sql;
mod stats;
mod stats_queries;
mod usage;
mod vacuum;
mod version;
mod wal;
mod web_login;
mod web_restore;
mod web_session;
mod writer;
mod writer_handle;

pub use account_state::{AccountState, EndpointUsage, QuotaReport, QuotaSource};
pub use asset::{AssetInfo, NewAsset};
pub use check::CheckReport;
pub use daemon_report::{BrokenPoll, DaemonReport, RefusedReload};
pub use damage::{Damage, DamageKind};
pub use damaged_rows::DamagedRow;
pub use document::StoredDocument;
pub use draft_iter::DraftLabel;
pub use endpoint_block::EndpointBlock;
pub use error::{Change, Error};
pub use export_rows::{AccountRow, DraftRow};
pub use held_back::{HeldBack, HeldBackUpdate};
pub use identity::AccountMatch;
pub use import_rows::ImportedVersion;
pub use lock::{DaemonLock, RestoreLock};
pub use missing_drafts::MissingDraftContent;
pub use observation::{DraftSnapshot, Failure, MissingDraft, Observation, PollLog, RecordOutcome, SeenDraft};
pub use picture::{
    AssetScope, DownloadFailure, LONGEST_WAIT, PendingDownload, PictureCount, PictureId, VersionPicture,
};
pub use plan::{PlanGoal, PlanId, PlanState, ShownPlan};
pub use poll_start::PollStart;
pub use reader::{Draft, Filter, Reader, UnnumberedVersion, Version};
pub use replace::Replacement;
pub use restore_journal::{JournalEntry, RestoreAction, Upload};
pub use restore_records::{
    BeginRestore, CompletedRestore, RestoreId, RestoreKind, RestoreOutcome, RestoreRecord, UnfinishedRestore,
};
pub use stats::{AccountStats, FailureStreak, HeldDrafts, LastSeen, PollRecord, VersionTimes};
pub use web_restore::{RestoreRequest, WebRestore};
pub use web_session::WebSession;
pub use writer::{AccountId, Writer};
pub use writer_handle::WriterHandle;
