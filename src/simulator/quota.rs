//! Call limits per endpoint and day, counted from midnight in Shanghai. Rejected calls count too.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike};

use super::clock::quota_day;
use super::profile::Profile;
use super::refusal::Refusal;

/// Limits of a new account (官方文档 "接口调用频次限制说明").
const DAILY: &[(&str, u64)] = &[
    ("token", 2000),
    ("stable_token", 500_000),
    ("draft/add", 1000),
    ("draft/get", 500),
    ("draft/batchget", 1000),
    ("draft/count", 1000),
    ("draft/update", 1000),
    ("draft/delete", 1000),
    ("media/upload", 100_000),
    // Not documented; one report reached the limit at about this number.
    ("media/uploadimg", 1000),
    ("freepublish/submit", 100),
    ("freepublish/get", 100),
    ("freepublish/batchget", 100),
    ("freepublish/getarticle", 100),
    ("freepublish/delete", 10),
];

/// Limit of all other endpoints.
const OTHERWISE: u64 = 5000;

/// For everything but tokens on a test account (测试号); reports speak of fewer than 50 calls.
const TEST_ACCOUNT: u64 = 50;

/// `token` on a test account (官方文档).
const TEST_ACCOUNT_TOKENS: u64 = 200;

/// Resets per month, by hand or by API.
const RESETS_A_MONTH: u32 = 10;

/// The counters of one account.
#[derive(Clone, Debug)]
pub(super) struct Quota {
    daily: BTreeMap<String, u64>,
    pub(super) minutely: BTreeMap<String, u64>,
    day: i64,
    pub(super) used: BTreeMap<String, u64>,
    /// Wrong limits that `openapi/quota/get` reports.
    pub(super) misreported: BTreeMap<String, i64>,
    minute: i64,
    used_this_minute: BTreeMap<String, u64>,
    pub(super) resets: Resets,
}

impl Default for Quota {
    fn default() -> Self {
        let minutely = BTreeMap::from([("stable_token".to_owned(), 10_000)]);
        let (daily, used, misreported, used_this_minute) = Default::default();
        Self { daily, minutely, day: 0, used, misreported, minute: 0, used_this_minute, resets: Resets::default() }
    }
}

impl Quota {
    /// Counts a call; rejects it if the limit of the day or the minute is exceeded.
    pub(super) fn count_call(&mut self, endpoint: &str, profile: Profile, now: i64) -> Result<(), Refusal> {
        self.roll_over(now);
        let today = bump(&mut self.used, endpoint);
        let this_minute = bump(&mut self.used_this_minute, endpoint);
        if today > self.limit(endpoint, profile) {
            return Err(Refusal::of(45009));
        }
        if self.minutely.get(endpoint).is_some_and(|limit| this_minute > *limit) {
            return Err(Refusal::of(45011));
        }
        Ok(())
    }

    /// Resets the counters when a new day or a new minute begins.
    fn roll_over(&mut self, now: i64) {
        if self.day != quota_day(now) {
            self.day = quota_day(now);
            self.used.clear();
        }
        if self.minute != now.div_euclid(60) {
            self.minute = now.div_euclid(60);
            self.used_this_minute.clear();
        }
    }

    pub(super) fn limit(&self, endpoint: &str, profile: Profile) -> u64 {
        let documented = || DAILY.iter().find(|(name, _)| *name == endpoint).map_or(OTHERWISE, |(_, limit)| *limit);
        let by_profile = || match (profile, endpoint) {
            (Profile::Test, "token") => TEST_ACCOUNT_TOKENS,
            (Profile::Test, "stable_token") => documented(),
            (Profile::Test, _) => documented().min(TEST_ACCOUNT),
            _ => documented(),
        };
        self.daily.get(endpoint).copied().unwrap_or_else(by_profile)
    }

    pub(super) fn set_limit(&mut self, endpoint: &str, calls: u64) {
        self.daily.insert(endpoint.to_owned(), calls);
    }

    pub(super) fn misreport_limit(&mut self, endpoint: &str, calls: i64) {
        self.misreported.insert(endpoint.to_owned(), calls);
    }

    pub(super) fn set_minute_limit(&mut self, endpoint: &str, calls: u64) {
        self.minutely.insert(endpoint.to_owned(), calls);
    }

    /// Returns the calls of today.
    pub(super) fn used(&mut self, endpoint: &str, now: i64) -> u64 {
        self.roll_over(now);
        self.used.get(endpoint).copied().unwrap_or(0)
    }

    /// Counts calls that other systems of the account made.
    pub(super) fn add_usage(&mut self, endpoint: &str, calls: u64, now: i64) {
        self.roll_over(now);
        *self.used.entry(endpoint.to_owned()).or_default() += calls;
    }
}

fn bump(counters: &mut BTreeMap<String, u64>, endpoint: &str) -> u64 {
    let counter = counters.entry(endpoint.to_owned()).or_default();
    *counter += 1;
    *counter
}

/// Resets used in the current month.
#[derive(Clone, Debug, Default)]
pub(super) struct Resets {
    month: (i32, u32),
    count: u32,
}

impl Resets {
    pub(super) fn use_one(&mut self, now: i64) -> Result<(), Refusal> {
        if self.month != month(now) {
            *self = Self { month: month(now), count: 0 };
        }
        if self.count >= RESETS_A_MONTH {
            return Err(Refusal::of(48006));
        }
        self.count += 1;
        Ok(())
    }
}

/// Returns the year and the month in Shanghai.
fn month(now: i64) -> (i32, u32) {
    let there = DateTime::from_timestamp(now + 8 * 3600, 0).unwrap_or_default();
    (there.year(), there.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-09-21 23:59:00 in Shanghai.
    const EVENING: i64 = 1_790_006_340;

    #[test]
    fn counters_start_anew_at_midnight_in_shanghai() {
        let mut quota = Quota::default();
        quota.set_limit("draft/get", 2);
        let mut call =
            |after| quota.count_call("draft/get", Profile::Verified, EVENING + after).map_err(|refusal| refusal.code);
        let outcomes = [0, 1, 2, 59, 60].map(&mut call);
        assert_eq!(outcomes, [Ok(()), Ok(()), Err(45009), Err(45009), Ok(())]);
    }

    #[test]
    fn refused_calls_count_too() {
        let mut quota = Quota::default();
        quota.set_limit("draft/get", 1);
        for _ in 0..3 {
            quota.count_call("draft/get", Profile::Verified, EVENING).unwrap_or_default();
        }
        assert_eq!(quota.used("draft/get", EVENING), 3);
    }

    #[test]
    fn a_minute_may_have_its_own_limit() {
        let mut quota = Quota::default();
        quota.set_minute_limit("draft/get", 1);
        let mut call =
            |after| quota.count_call("draft/get", Profile::Verified, EVENING + after).map_err(|refusal| refusal.code);
        assert_eq!([0, 1, 60].map(&mut call), [Ok(()), Err(45011), Ok(())]);
    }

    #[test]
    fn resets_are_counted_by_month_in_shanghai() {
        let mut resets = Resets::default();
        // 2026-09-30 23:59:59 in Shanghai.
        let evening = 1_790_783_999;
        assert_eq!((0..11).filter(|_| resets.use_one(evening).is_ok()).count(), 10);
        assert_eq!(resets.use_one(evening + 1), Ok(()));
    }

    #[test]
    fn test_accounts_have_little() {
        let quota = Quota::default();
        assert_eq!(quota.limit("draft/get", Profile::Verified), 500);
        assert_eq!(quota.limit("draft/get", Profile::Test), 50);
        assert_eq!(quota.limit("freepublish/delete", Profile::Test), 10);
        assert_eq!(quota.limit("token", Profile::Test), 200);
    }
}
