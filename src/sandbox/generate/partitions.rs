use postgres::Client;

use super::super::SandboxError;
use super::formula::{ROW, Salt, nth, pick};
use super::table::{Column, Table};
use super::value::UNLIMITED;
use crate::catalog::quote_literal;

/// Where the rows of a partitioned table may lie.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    /// Deparsed constraint of each leaf.
    pub leaf_constraints: Vec<String>,
    /// Of the first level: the key's column, and the bounds of the partitions.
    pub key: Option<(usize, KeyBounds)>,
}

#[derive(Debug)]
pub(super) enum KeyBounds {
    /// Lower (included) and upper bound (not included); `None` is MINVALUE or MAXVALUE.
    Ranges(Vec<(Option<String>, Option<String>)>),
    Values(Vec<String>),
}

const LEAVES: &str = "
    SELECT pg_get_partition_constraintdef(t.relid) FROM pg_partition_tree($1::oid::regclass) t
    WHERE t.isleaf AND t.relid <> $1::oid::regclass";

const FIRST_LEVEL: &str = "
    SELECT p.partstrat::text, p.partnatts, p.partattrs[0], pg_get_expr(c.relpartbound, c.oid)
    FROM pg_partitioned_table p JOIN pg_inherits i ON i.inhparent = p.partrelid JOIN pg_class c ON c.oid = i.inhrelid
    WHERE p.partrelid = $1 ORDER BY c.relname";

impl Partitions {
    pub fn read(client: &mut Client, table: &Table) -> Result<Self, SandboxError> {
        if !table.partitioned {
            return Ok(Self::default());
        }
        let leaf_constraints = client
            .query(LEAVES, &[&table.oid])?
            .iter()
            .map(|row| {
                row.get::<_, Option<String>>(0)
                    .unwrap_or_else(|| "true".to_owned())
            })
            .collect();
        let mut ranges = Vec::new();
        let mut values = Vec::new();
        let mut column = None;
        for row in client.query(FIRST_LEVEL, &[&table.oid])? {
            let (strategy, columns, number): (String, i16, i16) =
                (row.get(0), row.get(1), row.get(2));
            let Some(bound) = row.get::<_, Option<String>>(3) else {
                continue;
            };
            column = table
                .columns
                .iter()
                .position(|column| column.number == number);
            match (strategy.as_str(), columns) {
                ("r", _) => ranges.extend(range(&bound)),
                ("l", 1) => values.extend(texts(&bound).into_iter().flatten()),
                _ => {}
            }
        }
        let bounds = match (ranges.is_empty(), values.is_empty()) {
            (false, _) => Some(KeyBounds::Ranges(ranges)),
            (true, false) => Some(KeyBounds::Values(values)),
            (true, true) => None,
        };
        Ok(Self {
            leaf_constraints,
            key: column.zip(bounds),
        })
    }
}

impl KeyBounds {
    /// Another value inside the partitions for each `v` (SQL of type bigint, from 0), and for how many: in turn into
    /// each partition. `None` where counting on from one does as well.
    pub fn injective(&self, column: &Column, v: &str, rows: u64) -> Option<(String, u64)> {
        match self {
            Self::Values(values) => Some((nth(v, values, &column.base_type), values.len() as u64)),
            Self::Ranges(_) if column.is_moment() => {
                let bounds = self.finite(column, "interval '30 days'")?;
                let count = bounds.len() as u64;
                let index = format!("1 + (({v}) % {count})::int");
                let (low, high) = (
                    nth_bound(&bounds, Side::Low, &index),
                    nth_bound(&bounds, Side::High, &index),
                );
                let each = rows.div_ceil(count).max(1);
                let place = format!("(({v}) / {count})");
                Some(if column.type_name == "date" {
                    (
                        format!("({low} + {place} * interval '1 day')::date"),
                        UNLIMITED,
                    )
                } else {
                    let sql_type = &column.base_type;
                    (
                        format!(
                            "({low} + ({high} - {low}) * ({place}::float8 / {each}))::{sql_type}"
                        ),
                        UNLIMITED,
                    )
                })
            }
            Self::Ranges(_) => None,
        }
    }

    /// The bounds of the partitions as SQL, open ones closed `span` further.
    fn finite(&self, column: &Column, span: &str) -> Option<Vec<(String, String)>> {
        let Self::Ranges(ranges) = self else {
            return None;
        };
        let sql_type = if column.type_name == "date" {
            "timestamp"
        } else {
            &column.base_type
        };
        let typed = |text: &str| format!("{}::{sql_type}", quote_literal(text));
        let mut sorted = ranges.clone();
        sorted.sort();
        sorted
            .iter()
            .map(|range| match range {
                (Some(low), Some(high)) => Some((typed(low), typed(high))),
                (Some(low), None) => Some((typed(low), format!("{} + {span}", typed(low)))),
                (None, Some(high)) => Some((format!("{} - {span}", typed(high)), typed(high))),
                (None, None) => None,
            })
            .collect()
    }

    /// Values inside the partitions; `None` where the type has no arithmetic that we know.
    pub fn formula(&self, column: &Column, salt: Salt, rows: u64) -> Option<String> {
        let sql_type = &column.base_type;
        if let Self::Values(values) = self {
            let weighted: Vec<_> = values.iter().map(|value| (value.clone(), 1.0)).collect();
            return Some(pick(&salt.with("value").unit(), &weighted, sql_type));
        }
        let (span, whole) = if column.is_moment() {
            ("interval '30 days'", false)
        } else if column.is_number() {
            ("1000", column.is_integer())
        } else {
            return None;
        };
        let bounds = self.finite(column, span)?;
        let count = bounds.len();
        // Rows fall into the partitions one after the other, as time goes by.
        let place = format!(
            "(least(({ROW}::float8 + 0.5) / {}, 0.999999) * {count})",
            rows.max(1)
        );
        let index = format!("1 + floor({place})::int");
        let (low, high) = (
            nth_bound(&bounds, Side::Low, &index),
            nth_bound(&bounds, Side::High, &index),
        );
        let unit = format!("({} * 0.999999)", salt.with("value").unit());
        Some(if column.is_moment() {
            format!("({low} + ({high} - {low}) * {unit})::{sql_type}")
        } else if whole {
            format!("({low} + floor(({high} - {low}) * {unit}))::{sql_type}")
        } else {
            format!("({low} + (({high} - {low})::float8 * {unit})::{sql_type})::{sql_type}")
        })
    }
}

enum Side {
    Low,
    High,
}

/// The bound of the partition at `index` (SQL, from 1).
fn nth_bound(bounds: &[(String, String)], side: Side, index: &str) -> String {
    let listed: Vec<&str> = bounds
        .iter()
        .map(|(low, high)| match side {
            Side::Low => low.as_str(),
            Side::High => high.as_str(),
        })
        .collect();
    format!("(ARRAY[{}])[{index}]", listed.join(", "))
}

/// `FOR VALUES FROM ('a', ...) TO ('b', ...)`: the bounds of the first column.
fn range(bound: &str) -> Option<(Option<String>, Option<String>)> {
    let (low, high) = bound.strip_prefix("FOR VALUES FROM ")?.split_once(" TO ")?;
    let first = |list: &str| texts(list).into_iter().next().unwrap_or_default();
    Some((first(low), first(high)))
}

/// The literals of a list in parentheses; `None` for MINVALUE, MAXVALUE and NULL.
fn texts(list: &str) -> Vec<Option<String>> {
    let Some(start) = list.find('(') else {
        return Vec::new();
    };
    let mut texts = Vec::new();
    let mut current = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    let mut characters = list[start + 1..].chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\'' if quoted && characters.peek() == Some(&'\'') => {
                current.push('\'');
                characters.next();
            }
            '\'' => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' | ')' if !quoted => {
                let text = std::mem::take(&mut current);
                let bare = text.trim();
                let keyword = ["MINVALUE", "MAXVALUE", "NULL"].contains(&bare);
                texts.push(match was_quoted {
                    true => Some(text),
                    false => (!keyword && !bare.is_empty()).then(|| bare.to_owned()),
                });
                was_quoted = false;
                if c == ')' {
                    break;
                }
            }
            c if quoted || !c.is_whitespace() => current.push(c),
            _ => {}
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_the_server_prints_them() {
        assert_eq!(
            range("FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')"),
            Some((Some("2024-01-01".to_owned()), Some("2024-02-01".to_owned())))
        );
        assert_eq!(
            range("FOR VALUES FROM (MINVALUE) TO (100)"),
            Some((None, Some("100".to_owned())))
        );
        assert_eq!(range("DEFAULT"), None);
        assert_eq!(
            texts("FOR VALUES IN ('it''s, so', NULL, 7)"),
            [Some("it's, so".to_owned()), None, Some("7".to_owned())]
        );
    }
}
