//! Access tokens: `token` issues a new one at every call, `stable_token` the same one while it is valid.
//!
//! 官方文档 "获取 Access token" and "获取稳定版接口调用凭据".

use super::clock::quota_day;
use super::random::Random;

/// Lifetime of a token in seconds.
const LIFE: i64 = 7200;

/// A stable token is renewed in this many seconds before it expires; both tokens are valid then.
const OVERLAP: i64 = 300;

/// Forced refreshes per day; further ones have no effect and are no error.
const FORCED_A_DAY: u32 = 20;

/// Minimum seconds between two forced refreshes; an earlier one has no effect.
const FORCED_APART: i64 = 30;

/// Whether a token is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenStatus {
    /// Valid.
    Good,
    /// Expired: 42001.
    Expired,
    /// Replaced or revoked: 40001.
    Void,
    /// Not issued for this account.
    Unknown,
}

/// All tokens of one account.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountTokens {
    issued: Vec<Token>,
    forced: ForcedRefreshes,
}

#[derive(Clone, Debug)]
struct Token {
    value: String,
    kind: Kind,
    /// Unix seconds.
    ends: i64,
    /// Replaced by a newer one, or revoked.
    replaced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Stable,
    Legacy,
}

#[derive(Clone, Debug, Default)]
struct ForcedRefreshes {
    day: i64,
    count: u32,
    last: Option<i64>,
}

impl ForcedRefreshes {
    /// Returns whether a forced refresh has an effect now, and counts it.
    fn grant(&mut self, now: i64) -> bool {
        if self.day != quota_day(now) {
            (self.day, self.count) = (quota_day(now), 0);
        }
        let granted = self.count < FORCED_A_DAY && self.last.is_none_or(|last| now - last >= FORCED_APART);
        if granted {
            (self.count, self.last) = (self.count + 1, Some(now));
        }
        granted
    }
}

impl AccountTokens {
    /// Answers `stable_token`: the token and its remaining seconds, never fewer than five minutes.
    pub(super) fn stable(&mut self, force: bool, overlap: i64, now: i64, random: &mut Random) -> (String, i64) {
        let current =
            self.issued.iter().rfind(|token| token.kind == Kind::Stable && !token.replaced && now < token.ends);
        let Some(current) = current.cloned() else { return self.issue(Kind::Stable, now, random) };
        if force && self.forced.grant(now) {
            self.replace(Kind::Stable, now + overlap);
        } else if current.ends - now > OVERLAP {
            return (current.value, current.ends - now);
        }
        self.issue(Kind::Stable, now, random)
    }

    /// Answers `token`: always a new one. The previous one stays valid for five minutes, older ones expire.
    pub(super) fn legacy(&mut self, now: i64, random: &mut Random) -> (String, i64) {
        for old in self.issued.iter_mut().filter(|token| token.kind == Kind::Legacy && token.replaced) {
            old.ends = old.ends.min(now);
        }
        self.replace(Kind::Legacy, now + OVERLAP);
        self.issue(Kind::Legacy, now, random)
    }

    /// Revokes all tokens at once.
    pub(super) fn revoke(&mut self, now: i64) {
        for token in &mut self.issued {
            (token.ends, token.replaced) = (token.ends.min(now), true);
        }
    }

    /// Revokes the stable token at once.
    pub(super) fn revoke_stable(&mut self, now: i64) {
        self.replace(Kind::Stable, now);
    }

    pub(super) fn status(&self, value: &str, now: i64) -> TokenStatus {
        match self.issued.iter().find(|token| token.value == value) {
            None => TokenStatus::Unknown,
            Some(token) if now < token.ends => TokenStatus::Good,
            Some(token) if token.replaced => TokenStatus::Void,
            Some(_) => TokenStatus::Expired,
        }
    }

    fn replace(&mut self, kind: Kind, end: i64) {
        for token in self.issued.iter_mut().filter(|token| token.kind == kind && !token.replaced) {
            (token.ends, token.replaced) = (token.ends.min(end), true);
        }
    }

    fn issue(&mut self, kind: Kind, now: i64, random: &mut Random) -> (String, i64) {
        const DAY: i64 = 86_400;
        self.issued.retain(|token| now - token.ends < DAY);
        let value = format!("97_{}", random.text(150));
        self.issued.push(Token { value: value.clone(), kind, ends: now + LIFE, replaced: false });
        (value, LIFE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_790_000_000;

    struct TokenFixture(AccountTokens, Random);

    impl TokenFixture {
        fn stable(&mut self, at: i64, force: bool) -> (String, i64) {
            self.0.stable(force, 0, START + at, &mut self.1)
        }

        fn legacy(&mut self, at: i64) -> String {
            self.0.legacy(START + at, &mut self.1).0
        }

        fn status(&self, token: &str, at: i64) -> TokenStatus {
            self.0.status(token, START + at)
        }
    }

    fn fixture() -> TokenFixture {
        TokenFixture(AccountTokens::default(), Random::new(1))
    }

    #[test]
    fn a_stable_token_stays_until_five_minutes_before_its_end() {
        let mut fixture = fixture();
        let (first, left) = fixture.stable(0, false);
        assert_eq!(left, 7200);
        assert_eq!(fixture.stable(6899, false), (first.clone(), 301));
        let (second, left) = fixture.stable(6900, false);
        assert_ne!(second, first);
        assert_eq!(left, 7200);
        assert_eq!(fixture.stable(6901, false), (second.clone(), 7199));
        assert_eq!(fixture.status(&first, 7199), TokenStatus::Good);
        assert_eq!(fixture.status(&first, 7200), TokenStatus::Expired);
        assert_eq!(fixture.status(&second, 7200), TokenStatus::Good);
        assert_eq!(fixture.status("97_x", 0), TokenStatus::Unknown);
    }

    #[test]
    fn a_forced_refresh_voids_at_most_every_thirty_seconds() {
        let mut fixture = fixture();
        let (first, _) = fixture.stable(0, false);
        let (second, _) = fixture.stable(10, true);
        assert_ne!(second, first);
        assert_eq!(fixture.status(&first, 10), TokenStatus::Void);
        assert_eq!(fixture.stable(39, true).0, second);
        assert_ne!(fixture.stable(40, true).0, second);
    }

    #[test]
    fn a_forced_refresh_works_twenty_times_a_day() {
        let mut fixture = fixture();
        let mut tokens: Vec<String> = (0..30).map(|n| fixture.stable(n * 30, true).0).collect();
        tokens.dedup();
        // The first call finds nothing to replace.
        assert_eq!(tokens.len(), 21);
        assert_ne!(fixture.stable(86_400, true).0, tokens[20]);
    }

    #[test]
    fn the_old_interface_leaves_the_one_before_five_minutes() {
        let mut fixture = fixture();
        let [first, second] = [0, 100].map(|at| fixture.legacy(at));
        assert_eq!(fixture.status(&first, 399), TokenStatus::Good);
        assert_eq!(fixture.status(&first, 400), TokenStatus::Void);
        let third = fixture.legacy(200);
        assert_eq!(fixture.status(&first, 201), TokenStatus::Void);
        assert_eq!(fixture.status(&second, 201), TokenStatus::Good);
        assert_eq!(fixture.status(&third, 7399), TokenStatus::Good);
    }

    #[test]
    fn the_interfaces_leave_one_another_alone_unless_told_otherwise() {
        let mut fixture = fixture();
        let (stable, _) = fixture.stable(0, false);
        fixture.legacy(1);
        assert_eq!(fixture.status(&stable, 2), TokenStatus::Good);
        fixture.0.revoke_stable(START + 2);
        assert_eq!(fixture.status(&stable, 2), TokenStatus::Void);
        assert_ne!(fixture.stable(3, false).0, stable);
    }
}
