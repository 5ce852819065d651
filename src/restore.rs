//! Restore: a version goes back to files or to a draft box. There is always a plan first, then it is applied.
//!
//! A face restores in three calls:
//!
//! 1. It reads the version ([`Source::read`]) and plans: [`FilesPlan::new`], [`NewDraftRestore::new`] or [`InPlaceRestore::new`].
//!    Nothing was called or written yet, and the plan can be shown. A plan in place is a call of its own,
//!    [`InPlaceRestore::plan`]: it reads the draft, keeps what it says as a version, and has a number.
//! 2. It applies: [`FilesPlan::apply`]; or, within [`with_context`], which creates the client, opens the archive and takes its
//!    restore lock, [`NewDraftRestore::apply`] or [`InPlaceRestore::apply`] with the number of the plan that was shown.
//! 3. It shows the [`RestoreResult`]: the number of the restore, for undo, and the [`Report`] of what came through.
//!
//! A program that has the archive open already has [`RestoreResources`] in place of [`with_context`].
//!
//! For programs, [`json`](crate::json) has the documents of plan and result. A restore on record ([`find_record`]) is undone or
//! completed in the same way: [`Undo::of`] and [`Resume::of`] say by which call. Each step is recorded before the platform is
//! called, so an interrupted restore can be resumed and nothing is written twice. The result is read back, compared and kept as a
//! version.

mod as_new;
mod content;
mod context;
mod draft_box;
mod draft_query;
mod error;
mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
mod hints;
mod in_place;
mod issue;
mod issue_chinese;
mod new_draft;
mod new_draft_plan;
mod paste_page;
mod payload;
mod plan_basis;
mod preflight;
mod recorded;
mod report;
mod restorability;
mod result;
mod session;
mod source;
mod undo;
mod until_stopped;
mod uploads;
mod validate;

pub(crate) use self::as_new::SETTLED;
pub use self::content::{NormalizedBody, UnsupportedMarkup};
pub use self::context::{AskedBy, RestoreContext, RestoreForm, RestoreResources, with_context};
pub use self::draft_box::CurrentDraft;
pub(crate) use self::draft_box::{DraftBox, READ_BACK_WAITS};
pub(crate) use self::draft_query::DraftQuery;
pub use self::error::{MissingPicture, RestoreError, ShapeMismatch};
pub use self::files::{FilesError, FilesPlan, PlannedFile};
pub use self::hints::hints_for;
pub use self::in_place::{InPlacePlan, InPlaceRestore};
pub use self::issue::{Issue, IssueKind, Severity, TextSize};
pub use self::new_draft::NewDraftRestore;
pub use self::new_draft_plan::{NewDraftPlan, PlanError};
pub use self::paste_page::inline as inline_pictures;
pub(crate) use self::payload::articles as payloads;
pub use self::payload::{ArticlePayload, OptionalField, RestoreOptions};
pub use self::plan_basis::PlanRefusal;
pub use self::preflight::{preflight, preflight_of_program};
pub use self::recorded::{RecordError, Resume, Undo, describe, find_record, restored_source};
pub use self::report::{ArticleReport, FieldNote, FieldOutcome, FieldReport, Report};
pub(crate) use self::report::{compare_some, is_only_of, is_written};
pub use self::restorability::{Restorability, RestoreLevel, judge, restorability};
pub use self::result::{Confirmation, RestoreResult, UploadSummary};
pub use self::source::{AssetBytes, Source};
pub use self::undo::{DrillDraft, UndoResult, abandon_new, delete_new, take_away};
pub use self::until_stopped::until_stopped;
pub(crate) use self::validate::validate;
