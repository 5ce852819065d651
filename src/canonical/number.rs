//! Numbers by their value, not by their spelling.

/// Plain decimals longer than this are written with an exponent, so that `1e400` stays short.
const PLAIN: i64 = 40;

/// Tells whether `spelling` is a number by the grammar of RFC 8259, section 6.
pub(super) fn is_number(spelling: &str) -> bool {
    let Some(parts) = split(spelling) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(parts.whole)
        && (parts.whole == "0" || !parts.whole.starts_with('0'))
        && parts.fraction.is_none_or(digits)
        && parts.exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: Option<&'a str>,
    exponent: Option<&'a str>,
}

fn split(spelling: &str) -> Option<Parts<'_>> {
    let (mantissa, exponent) = match spelling.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (spelling, None),
    };
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    Some(Parts { negative: mantissa.starts_with('-'), whole, fraction, exponent })
}

/// Returns the one spelling of a number's value: a plain decimal without superfluous zeros, or, where that is longer
/// than 40 digits, its digits and a power of ten (`1e400`). No precision is lost, whatever the size.
pub(super) fn canonical(spelling: &str) -> String {
    let exact = || {
        let parts = split(spelling)?;
        let fraction = parts.fraction.unwrap_or("");
        let exponent: i64 = parts.exponent.unwrap_or("0").parse().ok()?;
        let digits = format!("{}{fraction}", parts.whole);
        let significant = digits.trim_start_matches('0').trim_end_matches('0');
        let trailing = digits.len() - digits.trim_end_matches('0').len();
        let power = exponent.checked_sub(fraction.len() as i64)?.checked_add(trailing as i64)?;
        let sign = if parts.negative { "-" } else { "" };
        Some(if significant.is_empty() { "0".to_owned() } else { format!("{sign}{}", decimal(significant, power)) })
    };
    // An exponent of over eighteen digits is no number that anybody meant; its spelling is its value.
    exact().unwrap_or_else(|| spelling.to_owned())
}

/// Writes `digits` times ten to the `power`.
fn decimal(digits: &str, power: i64) -> String {
    let length = digits.len() as i64;
    match power {
        0.. if length.saturating_add(power) <= PLAIN => format!("{digits}{}", "0".repeat(power as usize)),
        ..0 if power > -length => {
            let (whole, fraction) = digits.split_at((length + power) as usize);
            format!("{whole}.{fraction}")
        }
        ..0 if power >= -PLAIN => format!("0.{}{digits}", "0".repeat((-power - length) as usize)),
        _ => format!("{digits}e{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_spelling() {
        for (spelling, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("1", "1"),
            ("1.0", "1"),
            ("10", "10"),
            ("1e1", "10"),
            ("100e-1", "10"),
            ("1.10", "1.1"),
            ("0.001", "0.001"),
            ("1E-3", "0.001"),
            ("-12.5", "-12.5"),
            ("125e-1", "12.5"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e400", "1e400"),
            ("10e399", "1e400"),
            ("1e-400", "1e-400"),
            ("1e99999999999999999999", "1e99999999999999999999"),
        ] {
            assert_eq!(canonical(spelling), expected, "{spelling}");
            assert!(is_number(spelling), "{spelling}");
        }
    }

    #[test]
    fn the_grammar_of_numbers() {
        for bad in ["", "-", "01", ".5", "1.", "1e", "1e+", "+1", "1.2.3", "--1", "1e1e1"] {
            assert!(!is_number(bad), "{bad}");
        }
    }
}
