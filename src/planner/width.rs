use crate::catalog::{Catalog, Column, ColumnStatistics, Type};

/// How values of a type lie in a tuple.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Storage {
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
pub(super) fn column_storage(catalog: &Catalog, column: &Column) -> Storage {
    storage(
        catalog.base_type(&column.data_type),
        column.statistics.as_ref(),
    )
}

/// The same for values of a type of which statistics may be known.
pub(super) fn storage(data_type: &Type, statistics: Option<&ColumnStatistics>) -> Storage {
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
        Type::Char(length) => f64::from(*length) + 1.0,
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

/// Mean of `f(width)` over the values that the statistics show, where they show some: of two strings of 3 and 13
/// bytes each takes another multiple of 8, and their mean width tells neither.
pub(super) fn mean_over_values(
    statistics: &ColumnStatistics,
    f: impl Fn(f64) -> f64,
) -> Option<f64> {
    let listed: f64 = statistics
        .most_common
        .iter()
        .map(|(_, frequency)| frequency)
        .sum();
    let rest = (1.0 - listed - statistics.null_fraction).max(0.0);
    let stored = |text: &String| text.len() as f64 + 1.0;
    let mut weight = 0.0;
    let mut sum = 0.0;
    for (value, frequency) in &statistics.most_common {
        weight += frequency;
        sum += frequency * f(stored(value));
    }
    if !statistics.histogram.is_empty() {
        let each = rest / statistics.histogram.len() as f64;
        for bound in &statistics.histogram {
            weight += each;
            sum += each * f(stored(bound));
        }
    } else if rest > 0.05 {
        return None;
    }
    (weight > 0.0).then(|| sum / weight)
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
