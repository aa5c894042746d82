use postgres::Client;

use super::super::SandboxError;
use super::formula::{ROW, Salt, pick};
use super::table::{Column, Table};
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
    /// Values inside the partitions; `None` where the type has no arithmetic that we know.
    pub fn formula(&self, column: &Column, salt: Salt, rows: u64) -> Option<String> {
        let sql_type = &column.base_type;
        let ranges = match self {
            Self::Values(values) => {
                let weighted: Vec<_> = values.iter().map(|value| (value.clone(), 1.0)).collect();
                return Some(pick(&salt.with("value").unit(), &weighted, sql_type));
            }
            Self::Ranges(ranges) => ranges,
        };
        let (span, whole) = if column.is_moment() {
            ("interval '30 days'", false)
        } else if column.is_number() {
            ("1000", column.is_integer())
        } else {
            return None;
        };
        let is_date = column.type_name == "date";
        let typed = |text: &str| {
            format!(
                "{}::{}",
                quote_literal(text),
                if is_date { "timestamp" } else { sql_type }
            )
        };
        let mut bounds: Vec<(String, String)> = Vec::new();
        let mut sorted = ranges.clone();
        sorted.sort();
        for range in &sorted {
            bounds.push(match range {
                (Some(low), Some(high)) => (typed(low), typed(high)),
                (Some(low), None) => (typed(low), format!("{} + {span}", typed(low))),
                (None, Some(high)) => (format!("{} - {span}", typed(high)), typed(high)),
                (None, None) => return None,
            });
        }
        let joined = |pick: fn(&(String, String)) -> &String| {
            bounds
                .iter()
                .map(pick)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (lows, highs) = (joined(|bound| &bound.0), joined(|bound| &bound.1));
        let count = bounds.len();
        // Rows fall into the partitions one after the other, as time goes by.
        let place = format!(
            "(least(({ROW}::float8 + 0.5) / {}, 0.999999) * {count})",
            rows.max(1)
        );
        let index = format!("1 + floor({place})::int");
        let (low, high) = (
            format!("(ARRAY[{lows}])[{index}]"),
            format!("(ARRAY[{highs}])[{index}]"),
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
