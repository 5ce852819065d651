//! What an HTTP status means, where the body says nothing better.

use std::time::Duration;

use super::answer::Answer;
use super::client::{Response, SHORT_WAIT};
use super::meaning::Meaning;
use crate::model::Timestamp;

/// Returns what a response means by its status; `None` for a success.
pub(super) fn refusal(response: &Response, now: Timestamp) -> Option<Answer> {
    let wait = response.wait(now).unwrap_or(SHORT_WAIT);
    let answer = match response.status {
        200..300 => return None,
        301 | 308 => Answer::parked(Meaning::Redirected),
        // A gateway may ask for a login that somebody gives.
        300..400 => Answer::later(wait, Meaning::Redirected),
        401 | 403 | 407 => Answer::parked(Meaning::NotAuthorized),
        404 | 405 | 410 => Answer::parked(Meaning::AddressWrong),
        408 | 425 => Answer::later(wait, Meaning::Busy),
        413 => Answer::rejected(Meaning::TooLong),
        429 => Answer::later(wait, Meaning::TooOften),
        400..500 => Answer::rejected(Meaning::InvalidRequest),
        500.. => Answer::later(wait, Meaning::Busy),
        _ => Answer::later(wait, Meaning::NotUnderstood),
    };
    Some(answer.code(i64::from(response.status)).said(words(response)))
}

/// Returns what is to be thought of a success without the answer that this kind of target gives.
pub(super) fn not_understood(response: &Response) -> Answer {
    let answer = if response.body.is_empty() {
        // The target may have broken off after its work.
        Answer::uncertain(Meaning::NotUnderstood)
    } else {
        Answer::later(Duration::from_secs(300), Meaning::NotUnderstood)
    };
    answer.code(i64::from(response.status)).said(words(response))
}

/// A page is not shown.
fn words(response: &Response) -> String {
    let text = response.text();
    if text.trim_start().starts_with('<') { "an HTML page".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_meaning() {
        let now = Timestamp::default();
        for (status, expected) in [
            (301, Answer::parked(Meaning::Redirected)),
            (302, Answer::later(SHORT_WAIT, Meaning::Redirected)),
            (400, Answer::rejected(Meaning::InvalidRequest)),
            (401, Answer::parked(Meaning::NotAuthorized)),
            (404, Answer::parked(Meaning::AddressWrong)),
            (410, Answer::parked(Meaning::AddressWrong)),
            (413, Answer::rejected(Meaning::TooLong)),
            (429, Answer::later(SHORT_WAIT, Meaning::TooOften)),
            (500, Answer::later(SHORT_WAIT, Meaning::Busy)),
            (504, Answer::later(SHORT_WAIT, Meaning::Busy)),
        ] {
            assert_eq!(refusal(&Response::of(status, ""), now), Some(expected.code(i64::from(status))), "{status}");
        }
        assert_eq!(refusal(&Response::of(204, ""), now), None);
    }

    #[test]
    fn a_success_that_says_nothing_is_none() {
        assert!(matches!(not_understood(&Response::of(200, "")), Answer::Uncertain { .. }));
        let page = not_understood(&Response::of(200, "<html>key</html>"));
        assert!(matches!(page, Answer::Later { .. }));
        assert_eq!(page.reason().unwrap().said, "an HTML page");
    }
}
