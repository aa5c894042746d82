use std::collections::HashMap;

use super::options::GenerateOptions;
use super::table::{Schema, Table};

/// How many children a parent has on average, where nothing is known.
const CHILDREN_PER_PARENT: u64 = 5;
const LOOKUP_ROWS: u64 = 20;
const FEWEST_ROWS: u64 = 1_000;

/// Rows to generate for each table: as asked, else as the statistics say, else the default for tables that nobody
/// refers to, a fifth of its largest child for a parent, and a few for a lookup table.
pub(super) fn row_counts(schema: &Schema, options: &GenerateOptions<'_>) -> Vec<u64> {
    let asked: HashMap<_, _> = options
        .rows
        .iter()
        .map(|(name, rows)| (name, *rows))
        .collect();
    let given = |table: &Table| {
        asked.get(&table.name).copied().or_else(|| {
            let rows = options
                .statistics?
                .table_by_name(&table.name)?
                .statistics
                .as_ref()?
                .rows;
            // Negative: never analyzed. The cast saturates.
            (rows >= 0.0).then_some(rows as u64)
        })
    };
    let mut counts: Vec<Option<u64>> = schema.tables.iter().map(given).collect();
    let mut referred = vec![Vec::new(); schema.tables.len()];
    for (child, table) in schema.tables.iter().enumerate() {
        for key in &table.foreign_keys {
            if key.parent != child {
                referred[key.parent].push(child);
            }
        }
    }
    // Children come after their parents in this order, so that backwards they are known first.
    for position in schema.parents_first().into_iter().rev() {
        if counts[position].is_some() {
            continue;
        }
        let table = &schema.tables[position];
        let largest_child = referred[position]
            .iter()
            .filter_map(|child| counts[*child])
            .max();
        let few = FEWEST_ROWS.min(options.default_rows);
        counts[position] = Some(match largest_child {
            Some(_) if table.is_lookup() => LOOKUP_ROWS.min(options.default_rows),
            Some(children) => {
                (children / CHILDREN_PER_PARENT).clamp(few, options.default_rows.max(few))
            }
            None => options.default_rows,
        });
    }
    counts.into_iter().map(Option::unwrap_or_default).collect()
}
