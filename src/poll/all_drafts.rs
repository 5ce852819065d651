//! Polls all drafts of an account, by whichever endpoint can be called.

use super::conclude::resolve_absences;
use super::quota_refresh::can_call_once_refreshed;
use super::run::PollRun;
use super::{fetch_drafts, full_scan};
use crate::archive;
use crate::config::DraftSelection;
use crate::model::Endpoint;
use crate::wechat::IncludeContent;

/// Polls all drafts. If one endpoint is blocked or used up, the other one is used: the pages of the box have the drafts of a
/// configured list too, and known drafts can be read one by one.
pub(super) async fn poll_all_drafts(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    match run.known.selection.clone() {
        DraftSelection::Listed(media_ids) => {
            fetch_drafts::fetch_by_id(run, &media_ids).await?;
            if !run.is_halted() && !can_call_once_refreshed(run, Endpoint::DraftGet).await? {
                full_scan::scan_box(run, IncludeContent::Yes).await?;
            }
        }
        DraftSelection::All => {
            full_scan::scan_box(run, IncludeContent::Yes).await?;
            if !run.is_halted() && !can_call_once_refreshed(run, Endpoint::DraftBatchget).await? {
                fetch_drafts::fetch_by_id(run, &run.unseen()).await?;
            }
        }
    }
    resolve_absences(run).await
}
