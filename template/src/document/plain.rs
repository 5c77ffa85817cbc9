//! What text without quotes stands for in YAML 1.1, which CloudFormation and SAM read:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>. What counts is `PyYAML`, with which
//! SAM reads templates: <https://github.com/yaml/pyyaml/blob/main/lib/yaml/resolver.py>.

use serde_json::{Number, Value};

/// The value that a text stands for, or nothing if it is just text.
pub fn value(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Value::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true.into()),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false.into()),
        // Most text is no number.
        _ if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) => number(text),
        _ => None,
    }
}

fn number(text: &str) -> Option<Value> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let digits = digits.replace('_', "");
    if let Some(integer) = integer(&digits) {
        // A number that is longer than any machine's is text that looks the same.
        return format!("{sign}{integer}").parse::<i64>().ok().map(Value::from);
    }
    let is_float = is_float(&digits);
    let float = is_float.then(|| format!("{sign}{digits}").parse().ok()).flatten();
    float.and_then(Number::from_f64).map(Value::Number)
}

fn integer(digits: &str) -> Option<u64> {
    if let Some(binary) = digits.strip_prefix("0b") {
        return u64::from_str_radix(binary, 2).ok();
    }
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return u64::from_str_radix(hexadecimal, 16).ok();
    }
    match digits.strip_prefix('0') {
        Some("") => Some(0),
        Some(octal) => all(octal, |digit| digit < b'8').then(|| u64::from_str_radix(octal, 8).ok()).flatten(),
        None => sexagesimal(digits),
    }
}

/// A number, or several with colons between: `1:30` is 90.
fn sexagesimal(digits: &str) -> Option<u64> {
    let mut places = digits.split(':');
    let first = places.next().filter(|first| all(first, |_| true))?.parse().ok()?;
    places.try_fold(first, |sum: u64, place| {
        let place = (place.len() <= 2 && all(place, |_| true)).then(|| place.parse::<u64>().ok()).flatten()?;
        sum.checked_mul(60)?.checked_add(place).filter(|_| place < 60)
    })
}

/// Digits with a point. An exponent has a sign: `1e3` is text.
fn is_float(digits: &str) -> bool {
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "+0"));
    let has_sign = exponent.strip_prefix(['+', '-']).is_some_and(|exponent| all(exponent, |_| true));
    let Some((whole, fraction)) = mantissa.split_once('.') else { return false };
    let are_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    has_sign && are_digits(whole) && are_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

fn all(digits: &str, may_be: impl Fn(u8) -> bool) -> bool {
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit() && may_be(digit))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As `yaml.safe_load` of `PyYAML` 6 answers.
    #[test]
    fn as_pyyaml_reads_them() {
        for (text, expected) in [
            ("yes", json!(true)),
            ("On", json!(true)),
            ("off", json!(false)),
            ("NO", json!(false)),
            ("~", json!(null)),
            ("12", json!(12)),
            ("-12", json!(-12)),
            ("+12", json!(12)),
            ("1_000", json!(1000)),
            ("0755", json!(493)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1:30", json!(90)),
            ("1.10", json!(1.1)),
            (".5", json!(0.5)),
            ("1.", json!(1.0)),
            ("-1.5e+3", json!(-1500.0)),
        ] {
            assert_eq!(value(text), Some(expected), "{text}");
        }
        for text in [
            "y",
            "n",
            "yES",
            "nope",
            "089",
            "012345678901",
            "1e3",
            "1.5e3",
            "1:60",
            "1.2.3",
            "2012-10-17",
            "-",
            ".",
            "+",
            "0o17",
            "99999999999999999999",
        ] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
