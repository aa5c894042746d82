use crate::catalog::{Catalog, Column, ColumnStatistics, Type};

/// How values of a type lie in a tuple.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Storage {
    /// Bytes of a value, on average, its length word included.
    pub width: f64,
    pub alignment: usize,
    /// Whether all values have the same length.
    pub fixed: bool,
    /// Whether equal values have equal bytes, so that a B-tree can merge their entries (`btequalimage` of nbtutils.c
    /// and the operator classes of pg_amproc).
    pub equal_image: bool,
}

/// How a column's values are stored; the width is that of the statistics, or PostgreSQL's guess for the type
/// (`get_typavgwidth` of lsyscache.c).
pub fn column_storage(catalog: &Catalog, column: &Column) -> Storage {
    storage(
        catalog.base_type(&column.data_type),
        column.statistics.as_ref(),
    )
}

/// The same for values of a type of which statistics may be known.
pub fn storage(data_type: &Type, statistics: Option<&ColumnStatistics>) -> Storage {
    if let Some((width, alignment)) = fixed_length(data_type) {
        return Storage {
            width,
            alignment,
            fixed: true,
            equal_image: !matches!(data_type, Type::Float4 | Type::Float8 | Type::Interval),
        };
    }
    let width = statistics
        .and_then(|statistics| statistics.width)
        .filter(|width| *width > 0.0)
        .unwrap_or_else(|| default_width(data_type));
    Storage {
        width,
        // Up to 126 bytes the length word is one byte, and needs no alignment.
        alignment: if width <= 127.0 { 1 } else { 4 },
        fixed: false,
        equal_image: matches!(
            data_type,
            Type::Text
                | Type::Varchar(_)
                | Type::Char(_)
                | Type::Bytea
                | Type::Inet
                | Type::Cidr
                | Type::Bit
        ),
    }
}

/// Length and alignment of types whose values all have the same: pg_type.dat.
fn fixed_length(data_type: &Type) -> Option<(f64, usize)> {
    Some(match data_type {
        Type::Bool => (1.0, 1),
        Type::Int2 => (2.0, 2),
        Type::Int4 | Type::Float4 | Type::Date | Type::Oid | Type::Enum(_) => (4.0, 4),
        Type::Int8
        | Type::Float8
        | Type::Money
        | Type::Time
        | Type::Timestamp
        | Type::TimestampTz => (8.0, 8),
        Type::TimeTz => (12.0, 8),
        Type::Interval => (16.0, 8),
        Type::Uuid => (16.0, 1),
        Type::Macaddr => (6.0, 4),
        Type::Name => (64.0, 1),
        _ => return None,
    })
}

fn default_width(data_type: &Type) -> f64 {
    match data_type {
        Type::Char(length) if *length > 0 => f64::from(*length) + 1.0,
        Type::Varchar(Some(length)) => {
            let longest = f64::from(*length);
            if longest <= 32.0 {
                longest
            } else if longest < 1000.0 {
                32.0 + (longest - 32.0) / 2.0
            } else {
                32.0 + (1000.0 - 32.0) / 2.0
            }
        }
        _ => 32.0,
    }
}

/// Stored widths of a column's values with their probabilities, NULLs left aside. From the values that the statistics
/// show, where they show some: of two strings of 3 and 13 bytes each takes another multiple of 8, and their mean width
/// tells neither. Otherwise spread a little around the mean.
pub(super) fn widths(
    data_type: &Type,
    storage: Storage,
    statistics: Option<&ColumnStatistics>,
) -> Vec<(f64, f64)> {
    if storage.fixed {
        return vec![(storage.width, 1.0)];
    }
    if let Some(widths) = statistics.and_then(|statistics| widths_of_values(data_type, statistics))
    {
        return widths;
    }
    let mean = storage.width.round();
    let spread: Vec<f64> = (-3..=4)
        .map(|more| mean + f64::from(more))
        .filter(|width| *width >= 1.0)
        .collect();
    let each = 1.0 / spread.len() as f64;
    spread.into_iter().map(|width| (width, each)).collect()
}

fn widths_of_values(data_type: &Type, statistics: &ColumnStatistics) -> Option<Vec<(f64, f64)>> {
    let stored: fn(&str) -> f64 = match data_type {
        Type::Numeric(_) => numeric_width,
        data_type if data_type.is_string() => |text| {
            let length = text.len() as f64;
            if length < 127.0 {
                length + 1.0
            } else {
                length + 4.0
            }
        },
        _ => return None,
    };
    let listed: f64 = statistics
        .most_common
        .iter()
        .map(|(_, frequency)| frequency)
        .sum();
    let rest = (1.0 - listed - statistics.null_fraction).max(0.0);
    let mut values: Vec<(f64, f64)> = statistics
        .most_common
        .iter()
        .map(|(value, frequency)| (stored(value), *frequency))
        .collect();
    // Two bounds are a range that somebody wrote, not a sample.
    if statistics.histogram.len() > 2 {
        let each = rest / statistics.histogram.len() as f64;
        values.extend(
            statistics
                .histogram
                .iter()
                .map(|bound| (stored(bound), each)),
        );
    } else if rest > 0.05 {
        return None;
    }
    let mut widths: Vec<(f64, f64)> = Vec::new();
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    for (width, weight) in values.into_iter().filter(|_| total > 0.0) {
        match widths.iter_mut().find(|(known, _)| *known == width) {
            Some((_, sum)) => *sum += weight / total,
            None => widths.push((width, weight / total)),
        }
    }
    (!widths.is_empty()).then_some(widths)
}

/// Bytes of a stored number: length word, header, and two bytes for each four decimal digits between the first and
/// the last that are not zero, counted from the decimal point (numeric.c, `make_result`).
fn numeric_width(text: &str) -> f64 {
    let digits = text.trim_start_matches(['-', '+']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut padded = "0".repeat((4 - whole.len() % 4) % 4);
    padded.push_str(whole);
    padded.push_str(fraction);
    padded.push_str(&"0".repeat((4 - fraction.len() % 4) % 4));
    let groups: Vec<bool> = padded
        .as_bytes()
        .chunks(4)
        .map(|group| group.iter().any(|digit| *digit != b'0'))
        .collect();
    let first = groups.iter().position(|group| *group);
    let last = groups.iter().rposition(|group| *group);
    let count = match (first, last) {
        (Some(first), Some(last)) => last - first + 1,
        _ => 0,
    };
    3.0 + 2.0 * count as f64
}

/// The next multiple of `alignment`.
pub(super) fn align(size: f64, alignment: usize) -> f64 {
    let alignment = alignment as f64;
    (size / alignment).ceil() * alignment
}

/// Pages of 8 kB that the rows of a table take when they were loaded at once, without gaps: heap tuples of a header
/// of 24 bytes (`SizeofHeapTupleHeader` aligned, with room for the NULL bitmap of 8 columns) and a line pointer of 4.
pub fn estimated_heap_pages(catalog: &Catalog, columns: &[Column], rows: f64) -> f64 {
    if rows <= 0.0 {
        return 0.0;
    }
    let mut size = 0.0;
    let mut varies = false;
    for column in columns {
        let stored = column_storage(catalog, column);
        let present = 1.0
            - column
                .statistics
                .as_ref()
                .map_or(0.0, |statistics| statistics.null_fraction);
        if varies || present < 1.0 {
            // Where the tuple's offsets vary, padding is half the alignment on average.
            size += present * (stored.width + (stored.alignment - 1) as f64 / 2.0);
            varies = true;
        } else {
            size = align(size, stored.alignment) + stored.width;
            varies |= !stored.fixed;
        }
    }
    let nullable = columns.iter().any(|column| {
        column
            .statistics
            .as_ref()
            .is_some_and(|statistics| statistics.null_fraction > 0.0)
    });
    let header = if nullable {
        align(23.0 + (columns.len() as f64 / 8.0).ceil(), 8)
    } else {
        24.0
    };
    // Wide values move to the TOAST table until the row fits: TOAST_TUPLE_TARGET.
    let data = if varies { size + 3.5 } else { align(size, 8) }.min(2_032.0);
    let per_page = ((8192.0 - 24.0) / (header + data + 4.0)).floor().max(1.0);
    (rows / per_page).ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `pg_column_size` says of a stored value.
    #[test]
    fn numbers_take_two_bytes_for_four_digits() {
        for (text, bytes) in [
            ("0", 3.0),
            ("1", 5.0),
            ("10000", 5.0),
            ("173665.47", 9.0),
            ("-0.05", 5.0),
            ("0.0001", 5.0),
        ] {
            assert_eq!(numeric_width(text), bytes, "{text}");
        }
    }
}
