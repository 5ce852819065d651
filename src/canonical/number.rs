//! Writes numbers by their value, not by their spelling.

use std::borrow::Cow;

/// Plain decimals with more digits than this before or behind the point are written with an exponent, so that `1e400`
/// stays short.
const PLAIN: i64 = 40;

/// Returns whether `spelling` is a number as in RFC 8259, section 6.
pub(super) fn is_number(spelling: &str) -> bool {
    let parts = split(spelling);
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

fn split(spelling: &str) -> Parts<'_> {
    let (mantissa, exponent) = match spelling.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (spelling, None),
    };
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    Parts { negative: mantissa.starts_with('-'), whole, fraction, exponent }
}

/// Returns the one spelling of a number's value: its plain decimal where that has at most 40 digits on either side of the
/// point, else its digits and a power of ten (`1e400`). No precision is lost, whatever the size.
pub(super) fn canonical(spelling: &str) -> Cow<'_, str> {
    if spelling.len() <= PLAIN as usize && spelling.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(spelling);
    }
    let parts = split(spelling);
    let fraction = parts.fraction.unwrap_or("");
    let digits = format!("{}{fraction}", parts.whole);
    let significant = digits.trim_end_matches('0');
    let trailing = (digits.len() - significant.len()) as i64;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Cow::Borrowed("0");
    }
    match power(parts.exponent.unwrap_or("0")) {
        Some(power) => {
            let sign = if parts.negative { "-" } else { "" };
            Cow::Owned(format!("{sign}{}", decimal(significant, power - fraction.len() as i64 + trailing)))
        }
        // Not a meaningful number; its spelling is kept.
        None => Cow::Borrowed(spelling),
    }
}

/// Returns the exponent, or `None` where it has over eighteen digits (which leaves room to add a length to it).
fn power(exponent: &str) -> Option<i64> {
    let digits = exponent.trim_start_matches(['+', '-']).trim_start_matches('0');
    if digits.len() > 18 { None } else { exponent.parse().ok() }
}

/// Writes `digits`, which do not end in 0, times ten to the `power`.
fn decimal(digits: &str, power: i64) -> String {
    let whole = digits.len() as i64 + power;
    if whole > PLAIN || power < -PLAIN {
        return format!("{digits}e{power}");
    }
    match usize::try_from(power) {
        Ok(zeros) => format!("{digits}{}", "0".repeat(zeros)),
        Err(_) if whole > 0 => format!("{}.{}", &digits[..whole as usize], &digits[whole as usize..]),
        Err(_) => format!("0.{}{digits}", "0".repeat(whole.unsigned_abs() as usize)),
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
            ("0E99999999999999999999", "0"),
            ("10E+0999999999999999999", "1e1000000000000000000"),
            ("1E39", "1000000000000000000000000000000000000000"),
            ("1E40", "1e40"),
            ("1234567890123456789012345678901234567890.5", "1234567890123456789012345678901234567890.5"),
            ("12345678901234567890123456789012345678901.5", "123456789012345678901234567890123456789015e-1"),
            ("12e-40", "0.0000000000000000000000000000000000000012"),
            ("-12e-41", "-12e-41"),
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
