//! The archive: one SQLite file that ordinary tools can read. The only room that knows SQL.
//!
//! [`Reader`] cannot write, [`Writer`] writes in short IMMEDIATE transactions, and [`sql`] runs read-only queries of the users' own.
//! [`WriterHandle`] sends jobs to a writer that runs on a thread of its own, for the polls.

mod account_id;
mod account_state;
mod asset;
mod check;
mod checksum;
mod checksum_tables;
mod condition;
mod constraint_check;
mod copy;
mod daemon_lock;
mod damage;
mod damaged_draft;
mod damaged_row;
mod damaged_rows;
mod damaged_state;
mod decode;
pub mod delta;
mod disk_space;
mod document;
mod draft_iter;
mod draft_snapshot;
mod draft_state;
mod drafts;
mod endpoint_block;
mod endpoint_usage;
mod error;
mod event;
mod export_rows;
mod failure;
mod files;
mod foreign_journal;
mod functions;
mod held_back;
mod identity;
mod import_rows;
mod internal_error;
mod journal_mark;
mod limits;
mod link_key;
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
mod quota_report;
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
mod version_event;
mod wal;
mod web_login;
mod web_restore;
mod web_session;
mod writer;
mod writer_handle;

pub use account_id::AccountId;
pub use account_state::AccountState;
pub use asset::{AssetInfo, NewAsset};
pub use check::CheckReport;
pub use daemon_lock::{BrokenPoll, DaemonLock, DaemonReport, RefusedReload};
pub use damage::{Damage, DamageKind};
pub use damaged_row::DamagedRow;
pub use disk_space::DiskSpace;
pub use document::StoredDocument;
pub use draft_iter::DraftLabel;
pub use endpoint_block::EndpointBlock;
pub use endpoint_usage::EndpointUsage;
pub use error::{Change, Error};
pub use event::{Event, EventFilter};
pub use export_rows::{AccountRow, DraftRow};
pub use failure::Failure;
pub use held_back::{HeldBack, HeldBackUpdate};
pub use identity::AccountMatch;
pub use import_rows::ImportedVersion;
pub use link_key::{LinkKey, link_key, link_key_or, remove_link_key};
pub use lock::RestoreLock;
pub use missing_drafts::MissingDraftContent;
pub use observation::{DraftSnapshot, MissingDraft, Observation, PollLog, RecordOutcome, SeenDraft};
pub use picture::{
    AssetScope, DownloadFailure, LONGEST_WAIT, PendingDownload, PictureCount, PictureId, VersionPicture,
};
pub use plan::{PlanGoal, PlanId, PlanState, ShownPlan};
pub use poll_start::PollStart;
pub use quota_report::{QuotaReport, QuotaSource};
pub use reader::{Draft, Filter, Reader, UnnumberedVersion, Version};
pub use replace::Replacement;
pub use restore_journal::{JournalEntry, RestoreAction, Upload};
pub use restore_records::{
    BeginRestore, CompletedRestore, RestoreId, RestoreKind, RestoreOutcome, RestoreRecord, RestoreState,
    UnfinishedRestore,
};
pub use stats::{AccountStats, FailureStreak, HeldDrafts, LastSeen, PollRecord, VersionTimes};
pub use web_restore::{RestoreRequest, WebRestore};
pub use web_session::WebSession;
pub use writer::Writer;
pub use writer_handle::WriterHandle;
