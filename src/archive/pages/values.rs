//! The values of a row (<https://www.sqlite.org/fileformat2.html#record_format>).

use rusqlite::types::Value;

use super::page::varint;

/// Reads the values of a row. `None` where it is none: what its header says must be exactly as long as it is, and a text is UTF-8.
pub(in super::super) fn decode(row: &[u8]) -> Option<Vec<Value>> {
    let mut at = 0;
    let header = usize::try_from(varint(row, &mut at)?).ok().filter(|header| *header <= row.len())?;
    let mut content = header;
    let mut values = Vec::new();
    while at < header {
        let kind = varint(row, &mut at)?;
        let length = length(kind)?;
        let bytes = row.get(content..content.checked_add(length)?)?;
        content += length;
        values.push(value(kind, bytes)?);
    }
    (at == header && content == row.len()).then_some(values)
}

fn length(kind: i64) -> Option<usize> {
    match kind {
        0 | 8 | 9 => Some(0),
        1..=4 => Some(kind as usize),
        5 => Some(6),
        6 | 7 => Some(8),
        12.. => usize::try_from((kind - 12) / 2).ok(),
        _ => None,
    }
}

fn value(kind: i64, bytes: &[u8]) -> Option<Value> {
    Some(match kind {
        0 => Value::Null,
        8 | 9 => Value::Integer(kind - 8),
        1..=6 => Value::Integer(integer(bytes)),
        7 => Value::Real(f64::from_bits(integer(bytes) as u64)),
        _ if kind % 2 == 0 => Value::Blob(bytes.to_vec()),
        _ => Value::Text(std::str::from_utf8(bytes).ok()?.to_owned()),
    })
}

/// Reads a big-endian integer with its sign.
fn integer(bytes: &[u8]) -> i64 {
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    bytes.iter().fold(if is_negative { -1 } else { 0 }, |number, byte| number << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_length_that_its_header_says() {
        let row = [6, 0, 1, 9, 15, 14, 0xfe, b'a', 1];
        let values =
            [Value::Null, Value::Integer(-2), Value::Integer(1), Value::Text("a".to_owned()), Value::Blob(vec![1])];
        assert_eq!(decode(&row).unwrap(), values);
        assert_eq!(decode(&row[..8]), None);
        assert_eq!(decode(&[&row[..], &[0]].concat()), None);
        assert_eq!(decode(&[2, 15, 0xff]), None, "no UTF-8");
        assert_eq!(decode(&[]), None);
    }
}
