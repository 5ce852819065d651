//! What the errors of a store mean.

use crate::copies::error::CopyError;

/// Makes nothing of the removal of what is not there.
pub(super) fn unless_gone(removed: object_store::Result<()>) -> object_store::Result<()> {
    match removed {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        removed => removed,
    }
}

/// Gives an error of the store its meaning.
pub(super) fn of(place: &str, error: &object_store::Error) -> CopyError {
    let (place, reason) = (place.to_owned(), reason(error));
    match status(error) {
        _ if is_of_another_region(&reason) => CopyError::OtherRegion { place, reason },
        Some(404) => CopyError::NotThere { place, reason },
        Some(401 | 403) => CopyError::Refused { place, reason },
        _ => CopyError::Other { place, reason },
    }
}

/// Returns the status of the answer. The kinds of errors tell it of most requests, but not of lists.
fn status(error: &object_store::Error) -> Option<u16> {
    let text = error.to_string();
    let (_, status) = text.split_once("status code: ")?;
    status.get(..3)?.parse().ok()
}

fn is_of_another_region(reason: &str) -> bool {
    let signs = [
        "PermanentRedirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraint",
        "incorrectly configured region",
    ];
    signs.iter().any(|sign| reason.contains(sign))
}

/// Returns what the store says: its code and its words, where it answered as such stores do.
pub(super) fn reason(error: &object_store::Error) -> String {
    let text = error.to_string();
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0)
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => crate::model::root_cause(error),
    }
}
