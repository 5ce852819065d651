//! The id that the platform gives each request (rid).

use crate::model::Timestamp;

/// Returns when the platform answered, by its own clock: a rid begins with the Unix time in hex.
pub fn timestamp(rid: &str) -> Option<Timestamp> {
    let seconds = i64::from_str_radix(rid.get(..8)?, 16).ok()?;
    Timestamp::from_timestamp(seconds, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Endpoint;
    use crate::wechat::Error;

    #[test]
    fn a_rid_tells_when_the_platform_answered() {
        let error = Error::from_errcode(Endpoint::DraftGet, 40007, "no rid: 6a9631a0-0f1e2d3c-4b5a6978");
        assert_eq!(timestamp(&error.rid.unwrap()), "2026-09-01T02:00:00Z".parse().ok());
        assert_eq!((timestamp("6a"), timestamp("xa9631a0-0f1e2d3c"), timestamp("难6a9631a0")), (None, None, None));
    }
}
