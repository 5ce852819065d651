//! The rules, as flags and configuration give them.

use std::fmt;

use super::duration::Within;

/// What to keep. Each rule that is given keeps something, for zeros are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// So many of the newest versions.
    pub last: Option<u32>,
    /// All versions that were seen within this time.
    pub within: Option<Within>,
    /// The newest version of each of so many days, the newest days that have one.
    pub daily: Option<u32>,
    /// Likewise of weeks, which begin on Monday.
    pub weekly: Option<u32>,
    /// Likewise of months.
    pub monthly: Option<u32>,
    /// Whether the last version of an editing session may go as well.
    pub drop_session_ends: bool,
}

/// Why rules are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    #[error("no rule says what to keep, so all but the newest version of each draft would go")]
    None,
    #[error("0 would keep nothing")]
    Zero,
}

impl Rules {
    /// Checks that there is a rule, and that each keeps something.
    ///
    /// # Errors
    ///
    /// Where versions would go that nobody spoke of.
    pub fn check(&self) -> Result<(), RulesError> {
        let counts = [self.last, self.daily, self.weekly, self.monthly];
        if counts.contains(&Some(0)) {
            return Err(RulesError::Zero);
        }
        match self.within.is_none() && counts.iter().all(Option::is_none) {
            true => Err(RulesError::None),
            false => Ok(()),
        }
    }
}

/// What is kept, in the words of the configuration: `last 10, within 90d`.
impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |name: &str, count: Option<u32>| count.map(|count| format!("{name} {count}"));
        let rules = [
            count("last", self.last),
            self.within.map(|within| format!("within {within}")),
            count("daily", self.daily),
            count("weekly", self.weekly),
            count("monthly", self.monthly),
            (!self.drop_session_ends).then(|| "the ends of editing sessions".to_owned()),
        ];
        f.write_str(&rules.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_rule_and_each_keeps_something() {
        let none = Rules::default;
        assert_eq!(none().check(), Err(RulesError::None));
        let within = "90d".parse().ok();
        for rules in
            [Rules { last: Some(1), ..none() }, Rules { monthly: Some(1), ..none() }, Rules { within, ..none() }]
        {
            assert_eq!(rules.check(), Ok(()), "{rules}");
        }
        assert_eq!(Rules { weekly: Some(0), within, ..none() }.check(), Err(RulesError::Zero));
        let rules = Rules { last: Some(10), within, ..none() };
        assert_eq!(rules.to_string(), "last 10, within 90d, the ends of editing sessions");
    }
}
