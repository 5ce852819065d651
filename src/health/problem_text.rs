//! Describes problems, and how to fix them. Pure.

use chrono::TimeDelta;

use super::problem::{Problem, QuotaExhausted, block_kind};
use crate::archive::{EndpointBlock, HeldDrafts, RefusedReload};
use crate::invocation::NEW_ARCHIVE;
use crate::model::{Timestamp, counted, roughly};
use crate::restore;
use crate::wechat::ErrorKind;

impl Problem {
    /// Describes the problem; `time` formats a time.
    pub fn what(&self, time: &dyn Fn(Timestamp) -> String) -> String {
        match self {
            Self::OtherAppid { known, configured } => format!(
                "it is not polled: the archive knows this name as {known}, the configuration says {configured}; correct \
                 `appid`, or give the other account a name of its own"
            ),
            Self::ConfigRefused(RefusedReload { at, message }) => format!(
                "the daemon refused this configuration at {}, and goes on with the one before: {message}",
                time(*at)
            ),
            Self::NeverPolled { daemon } => format!("it was never polled{}", daemon_words(*daemon)),
            Self::Overdue { since, daemon } => {
                format!("no poll since {}, although polls were due{}", time(*since), daemon_words(*daemon))
            }
            Self::DraftsOverdue { media_id, since, drafts } => {
                let more = if *drafts > 1 { format!(" ({} more were not, either)", drafts - 1) } else { String::new() };
                format!("draft {media_id} was not looked at since {}, later than promised{more}", time(*since))
            }
            Self::DraftsFailing { media_id, since, message, drafts } => {
                let more =
                    if *drafts > 1 { format!(" ({} more could not, either)", drafts - 1) } else { String::new() };
                format!("draft {media_id} could not be read since {}: {message}{more}", time(*since))
            }
            Self::ListOverdue { since } => format!(
                "the list of drafts was not read since {}, later than promised: new drafts may not be in the archive yet",
                time(*since)
            ),
            Self::NotStored { media_id, message, drafts } => {
                let more = if *drafts > 1 { format!(" (and so of {} more)", drafts - 1) } else { String::new() };
                format!("draft {media_id}: {message}{more}")
            }
            Self::Damaged { message, others } => {
                let more = if *others > 0 { format!(" (and {others} more)") } else { String::new() };
                format!("{message}{more}")
            }
            Self::PollsBroken { since, message } => format!("polls have broken off since {}: {message}", time(*since)),
            Self::PollInFuture { finished_at, ahead } => format!(
                "the last poll is dated {}, {} from now: this machine's clock was ahead then, or is behind now",
                time(*finished_at),
                roughly(*ahead)
            ),
            Self::ClockSkew { ahead, seen } => {
                let side = if *ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
                let (by, when) = (roughly(ahead.abs()), time(*seen));
                format!("this machine's clock was about {by} {side} the platform's when it said {when}")
            }
            Self::Blocked(EndpointBlock { endpoint: None, until, message, .. }) => {
                format!("{message}; nothing is asked before {}", time(*until))
            }
            Self::Blocked(EndpointBlock { until, message, .. }) => {
                format!("{message}; it is tried again at {}", time(*until))
            }
            Self::HeldBack(HeldDrafts { drafts, since, confirmable_from }) => {
                let when = match confirmable_from {
                    Some(at) => {
                        format!("a poll at {} or later believes it if draft/get confirms it once more", time(*at))
                    }
                    None => "a poll believes it ten minutes after draft/get has confirmed all of them".to_owned(),
                };
                format!(
                    "{} vanished at {}, too many at once to believe, and nothing is concluded yet: {when}. Look into the \
                     draft box at mp.weixin.qq.com",
                    counted(*drafts, "draft"),
                    time(*since)
                )
            }
            Self::UnfinishedRestore(record) => format!("{} is not complete", restore::describe(record, time)),
            Self::PollsFailing { media_id, message, others, since, polls, retry_at, .. } => {
                let about = media_id.as_ref().map_or_else(String::new, |media_id| format!("draft {media_id}: "));
                let more = if *others > 0 { format!(" (and {others} more)") } else { String::new() };
                let part = if media_id.is_some() { " in part" } else { "" };
                let which = match polls {
                    1 => format!("the last poll failed{part}"),
                    _ => format!("polls have failed{part} since {}, {polls} so far", time(*since)),
                };
                let again = retry_at.map_or_else(String::new, |at| format!("; it is tried again at {}", time(at)));
                format!("{which}: {about}{message}{more}{again}")
            }
        }
    }

    /// Returns what to do: the command to type, or why there is none; `time` formats a time.
    pub fn next(&self, account: &str, time: &dyn Fn(Timestamp) -> String) -> String {
        if let Some(command) = self.command(account) {
            return command;
        }
        match self {
            Self::PollsFailing { exhausted: Some(QuotaExhausted { until: Some(until), others }), .. } => {
                let blame = match others {
                    0 => String::new(),
                    _ => format!(", and see which other systems call: they made {others} of these calls"),
                };
                format!("wait until {}: polls go on by themselves{blame}", time(*until))
            }
            _ => "stop here, and read the notice at mp.weixin.qq.com".to_owned(),
        }
    }

    /// Returns the command to type, if one helps.
    pub fn command(&self, account: &str) -> Option<String> {
        let command = match self {
            Self::OtherAppid { .. } | Self::ConfigRefused(_) => "draftkeep config check".to_owned(),
            Self::NeverPolled { daemon: Some(false) } | Self::Overdue { daemon: Some(false), .. } => {
                "systemctl start draftkeep".to_owned()
            }
            Self::NeverPolled { .. } | Self::Overdue { .. } | Self::PollsFailing { media_id: Some(_), .. } => {
                format!("draftkeep poll {account}")
            }
            Self::DraftsOverdue { .. } | Self::DraftsFailing { .. } | Self::ListOverdue { .. } => {
                format!("draftkeep poll {account}")
            }
            Self::NotStored { .. } | Self::Damaged { .. } => NEW_ARCHIVE.to_owned(),
            Self::HeldBack(_) => format!("draftkeep poll --believe {account}"),
            Self::PollsBroken { .. } => "journalctl -u draftkeep -p err -n 20".to_owned(),
            Self::PollInFuture { .. } | Self::ClockSkew { .. } => "timedatectl status".to_owned(),
            Self::UnfinishedRestore(record) if record.is_drill() => {
                format!("draftkeep drill --account {} --apply", record.account)
            }
            Self::UnfinishedRestore(record) => format!("draftkeep restore --resume {}/{}", record.account, record.id),
            Self::Blocked(what) if block_kind(what) == ErrorKind::Suspended => return None,
            // A poll that calls the endpoint anyway unblocks it.
            Self::Blocked(_) => format!("draftkeep config check --online && draftkeep poll --all {account}"),
            Self::PollsFailing { exhausted: Some(QuotaExhausted { until: Some(_), .. }), .. } => return None,
            Self::PollsFailing { exhausted: Some(_), .. } => format!("draftkeep poll {account}"),
            Self::PollsFailing { media_id: None, .. } => "draftkeep config check --online".to_owned(),
        };
        Some(command)
    }
}

fn daemon_words(daemon: Option<bool>) -> &'static str {
    if daemon == Some(false) { ": the daemon is not running" } else { "" }
}
