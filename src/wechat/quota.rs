//! The daily limit of an endpoint, as the platform reports it.

use super::error::Error;
use super::json_response::{JsonResponse, value};
use crate::canonical::json;
use crate::model::Endpoint;

/// The platform's count of today's calls to an endpoint, by all systems of the account. It is accurate to about one percent (官方文档 接口调用频次限制说明).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaResponse {
    /// Calls per day, of all systems together.
    pub daily_limit: u64,
    /// Made today.
    pub used: u64,
    /// Left today.
    pub remain: u64,
}

/// No endpoint has a larger limit: a larger number is not believed.
const LARGEST: u64 = 1_000_000_000;

/// Calls in progress may be counted or not, so the count may exceed a used up limit by a few.
const UNDER_WAY: u64 = 4;

impl QuotaResponse {
    /// Returns whether the limit can be true, if our own calls of today are `ours`. One far below the calls that were made is not believed:
    /// it would stop all calls for a day, and not to believe a true one costs one refused call.
    pub fn is_plausible(&self, ours: u64) -> bool {
        self.used.max(ours) <= self.daily_limit.saturating_add(UNDER_WAY.max(self.daily_limit / 50))
    }
}

/// Parses a response of `openapi/quota/get`.
pub(super) fn parse_quota(bytes: &[u8]) -> Result<QuotaResponse, Error> {
    let answer = JsonResponse::open(Endpoint::QuotaGet, bytes)?;
    let quota = answer.value("quota").and_then(|quota| json::members(quota).ok());
    let quota = quota.ok_or_else(|| answer.unexpected("it has no `quota`"))?;
    let number = |key: &str| match value(&quota, key) {
        None => Ok(None),
        Some(number) => match json::integer(number).and_then(|number| u64::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(answer.unexpected(&format!("`{key}` is no number from 0 on"))),
        },
    };
    let needed = |key: &str| number(key)?.ok_or_else(|| answer.unexpected(&format!("it has no number `{key}`")));
    let (daily_limit, used) = (needed("daily_limit")?, needed("used")?);
    let remain = number("remain")?.unwrap_or_else(|| daily_limit.saturating_sub(used));
    let response = QuotaResponse { daily_limit, used, remain };
    // A limit of 0 would stop all calls for a day.
    if !(1..=LARGEST).contains(&daily_limit) || remain > daily_limit {
        return Err(answer.unexpected(&format!("a limit of {daily_limit}, {used} used and {remain} left cannot be")));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::super::ErrorKind;
    use super::*;

    fn quota(members: &str) -> Result<QuotaResponse, Error> {
        parse_quota(
            format!(r#"{{"errcode":0,"errmsg":"ok","quota":{members},"rate_limit":{{"call_count":200}}}}"#).as_bytes(),
        )
    }

    #[test]
    fn numbers_may_be_texts_and_what_is_left_follows_from_the_others() {
        let expected = QuotaResponse { daily_limit: 500, used: 37, remain: 463 };
        assert_eq!(quota(r#"{"daily_limit":500,"used":37,"remain":463}"#), Ok(expected));
        assert_eq!(quota(r#"{"daily_limit":"500","used":"37"}"#), Ok(expected));
        let beyond = QuotaResponse { daily_limit: 500, used: 505, remain: 0 };
        assert_eq!(quota(r#"{"daily_limit":500,"used":505}"#), Ok(beyond));
    }

    #[test]
    fn a_limit_far_below_the_calls_that_were_made_is_not_plausible() {
        let counted = quota(r#"{"daily_limit":60,"used":37,"remain":23}"#).unwrap();
        assert_eq!([0, 60, 64, 65, 93].map(|ours| counted.is_plausible(ours)), [true, true, true, false, false]);
        assert!(!quota(r#"{"daily_limit":60,"used":93,"remain":0}"#).unwrap().is_plausible(0));
        assert!(quota(r#"{"daily_limit":500,"used":510,"remain":0}"#).unwrap().is_plausible(0));
    }

    #[test]
    fn half_a_count_is_no_fact() {
        for members in [
            "7",
            "{}",
            r#"{"daily_limit":500}"#,
            r#"{"used":37,"remain":463}"#,
            r#"{"daily_limit":-1,"used":37}"#,
            r#"{"daily_limit":500,"used":-37}"#,
            r#"{"daily_limit":500,"used":37,"remain":-1}"#,
            r#"{"daily_limit":500,"used":"many"}"#,
        ] {
            assert_eq!(quota(members).unwrap_err().kind, ErrorKind::Unexpected, "{members}");
        }
        for members in [
            r#"{"daily_limit":0,"used":0,"remain":0}"#,
            r#"{"daily_limit":0,"used":37,"remain":0}"#,
            r#"{"daily_limit":500,"used":1,"remain":5000}"#,
            r#"{"daily_limit":1000000001,"used":1}"#,
            r#"{"daily_limit":9223372036854775808,"used":1}"#,
        ] {
            assert_eq!(quota(members).unwrap_err().kind, ErrorKind::Unexpected, "{members}");
        }
        assert_eq!(parse_quota(b"{}").unwrap_err().kind, ErrorKind::Unexpected);
        assert_eq!(
            parse_quota(br#"{"errcode":76022,"errmsg":"no permission"}"#).unwrap_err().kind,
            ErrorKind::InvalidRequest
        );
    }
}
