//! The account that is polled, and what a poll works with.

use tokio_util::sync::CancellationToken;

use super::allowance::Trigger;
use crate::archive::{AccountId, WriterHandle};
use crate::clock::Clock;
use crate::config::FieldRules;
use crate::model::{AccountName, ShrunkShare};
use crate::wechat::Client;

/// What does not change during a poll.
pub(super) struct PollContext<'a> {
    pub(super) client: &'a Client,
    pub(super) archive: &'a WriterHandle,
    pub(super) clock: &'a Clock,
    pub(super) stop: &'a CancellationToken,
    pub(super) trigger: Trigger,
    pub(super) name: AccountName,
    pub(super) account: AccountId,
    pub(super) fields: FieldRules,
    pub(super) shrunk_share: ShrunkShare,
    /// Whether drafts that `draft/get` does not have are gone, however many they are: the operator says so.
    pub(super) accept_absences: bool,
}
