//! What a cron expression may hold, field by field.
//!
//! Numbers, `*`, lists, ranges, steps, and the English names of months and days. Not `L`, `W`, `#`, `?` and `+`: crons
//! disagree about them and no poll needs them. croner alone is too kind here: it takes a day's name for a minute, says
//! "every 90 minutes" of `*/90` though that fires once an hour, and searches for a minute and a half for the next match
//! of `, * * * *`.

use super::error::ScheduleError;
use super::pattern::parse_cron;

struct Field {
    name: &'static str,
    max: u32,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 6] = [
    Field { name: "second", max: 59, names: &[] },
    Field { name: "minute", max: 59, names: &[] },
    Field { name: "hour", max: 23, names: &[] },
    Field { name: "day of the month", max: 31, names: &[] },
    Field { name: "month", max: 12, names: MONTHS },
    Field { name: "day of the week", max: 7, names: DAYS },
];

/// Refuses an expression with the wrong number of fields, or the first field that is wrong.
pub(super) fn check(expression: &str) -> Result<(), ScheduleError> {
    let written: Vec<&str> = expression.split_whitespace().collect();
    if expression.contains('@') {
        return Err(ScheduleError::Nickname);
    }
    let fields = match written.len() {
        5 => &FIELDS[1..],
        6 => &FIELDS[..],
        other => return Err(ScheduleError::Fields(other)),
    };
    fields.iter().zip(written).try_for_each(|(field, written)| {
        field.check(written).map_err(|reason| ScheduleError::Field {
            field: field.name,
            written: written.to_owned(),
            reason,
        })
    })
}

impl Field {
    fn check(&self, written: &str) -> Result<(), String> {
        for part in written.split(',') {
            self.check_part(part)?;
        }
        self.ask_croner(written)
    }

    /// Checks one entry of a list: `*`, `5`, `1-5`, `*/10`, `mon-fri`.
    fn check_part(&self, part: &str) -> Result<(), String> {
        if part.is_empty() {
            return Err("its list has an empty place".to_owned());
        }
        for word in part.split(['-', '/', '*']).filter(|word| !word.is_empty()) {
            self.check_word(word)?;
        }
        match part.split_once('/') {
            Some((_, step)) => self.check_step(step),
            None => Ok(()),
        }
    }

    fn check_word(&self, word: &str) -> Result<(), String> {
        if word.bytes().all(|byte| byte.is_ascii_digit()) || self.names.contains(&word.to_ascii_lowercase().as_str()) {
            return Ok(());
        }
        Err(match self.names {
            [] => format!("{word:?} is not understood; it takes numbers, \"*\", \",\", \"-\" and \"/\""),
            [first, .., last] | [first @ last] => {
                format!(
                    "{word:?} is not understood; it takes numbers, {first} to {last}, \"*\", \",\", \"-\" and \"/\""
                )
            }
        })
    }

    fn check_step(&self, step: &str) -> Result<(), String> {
        match step.parse::<u32>() {
            Ok(step) if step > self.max => {
                Err(format!("a step of {step} is longer than the field, which ends at {}", self.max))
            }
            _ => Ok(()),
        }
    }

    /// Lets croner read the field with every other one as `*`, so that its reason is about this one.
    fn ask_croner(&self, written: &str) -> Result<(), String> {
        let alone = FIELDS.each_ref().map(|field| if field.name == self.name { written } else { "*" });
        parse_cron(&alone.join(" ")).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_named_with_its_reason() {
        let table = [
            ("60 * * * *", r#"minute "60": number out of bounds"#),
            ("0 25 * * *", r#"hour "25": number out of bounds"#),
            ("*/0 * * * *", r#"minute "*/0": step cannot be zero"#),
            ("*/90 * * * *", r#"minute "*/90": a step of 90 is longer than the field, which ends at 59"#),
            (", * * * *", r#"minute ",": its list has an empty place"#),
            ("1,,2 * * * *", r#"minute "1,,2": its list has an empty place"#),
            ("mon * * * *", r#"minute "mon": "mon" is not understood; it takes numbers, "*", ",", "-" and "/""#),
            (
                "0 0 * * 5L",
                r#"day of the week "5L": "5L" is not understood; it takes numbers, sun to sat, "*", ",", "-" and "/""#,
            ),
            ("0 0 ? * 1", r#"day of the month "?": "?" is not understood; it takes numbers, "*", ",", "-" and "/""#),
            ("0 0 * * fri-mon", r#"day of the week "fri-mon": range out of bounds"#),
            ("10-5 * * * *", r#"minute "10-5": range out of bounds"#),
            ("٥ * * * *", r#"minute "٥": "٥" is not understood; it takes numbers, "*", ",", "-" and "/""#),
            ("99999999999 * * * *", r#"minute "99999999999": invalid number"#),
        ];
        for (expression, message) in table {
            assert_eq!(check(expression).unwrap_err().to_string(), message, "{expression}");
        }
    }

    #[test]
    fn five_or_six_fields_and_no_nicknames() {
        for (expression, fields) in [("", 0), ("* * * *", 4), ("* * * * * * *", 7)] {
            assert_eq!(check(expression), Err(ScheduleError::Fields(fields)), "{expression}");
        }
        assert_eq!(check("@daily"), Err(ScheduleError::Nickname));
        for good in ["* * * * *", " */5  *\t* * * ", "0-30/10 1,2,3 1 JAN-Mar Sun,6", "*/59 * * * * 7"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }
}
