//! What an account's next polls will be like, in words.

use chrono::TimeDelta;

use super::super::times::local;
use crate::health::Forecast;
use crate::quota::FreshnessEstimate;

impl Forecast {
    /// Says it to people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Adaptive(promise) => format!("planned: {}{}", looks(promise), new_drafts(promise)),
            Self::Scheduled { words, thinned: false, .. } => words.clone(),
            Self::Scheduled { words, thinned: true, promise } => {
                format!("{words}, thinned out: today's calls do not bear them all{}", new_drafts(promise))
            }
            Self::QuotaSpent(until) => {
                format!("nothing is left for polls today: they go on at {} (00:00 in China)", local(*until))
            }
            Self::Blocked(until) => format!("none before {}: the platform has closed what they need", local(*until)),
        }
    }
}

fn looks(FreshnessEstimate { active, idle, .. }: &FreshnessEstimate) -> String {
    match active == idle {
        true => format!("every draft is looked at every {} or so", short(*idle)),
        false => format!(
            "a draft that is being edited is looked at every {} or so, every other one within {}",
            short(*active),
            short(*idle)
        ),
    }
}

/// Says when new drafts are found, if that is later than the others are looked at.
fn new_drafts(FreshnessEstimate { idle, new, .. }: &FreshnessEstimate) -> String {
    match new {
        None => "; new drafts are not found for now: draft/batchget cannot be called".to_owned(),
        Some(new) if new > idle => format!("; a new draft is found within {}", short(*new)),
        Some(_) => String::new(),
    }
}

/// Says how long a time is: no shorter than it is, and no finer than it is meant.
fn short(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    match seconds {
        ..60 => format!("{} s", (seconds + 4) / 5 * 5),
        60..3_600 => format!("{} min", (seconds + 59) / 60),
        _ => format!("{} h", (seconds + 3_599) / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_round_numbers_that_promise_no_more() {
        let told = [10, 21, 59, 60, 364, 3_599, 3_600, 17_771].map(|seconds| short(TimeDelta::seconds(seconds)));
        assert_eq!(told, ["10 s", "25 s", "60 s", "1 min", "7 min", "60 min", "1 h", "5 h"]);
    }
}
