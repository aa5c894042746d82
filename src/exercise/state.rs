use std::collections::BTreeMap;
use std::fmt::Write;

use postgres::Client;
use serde::{Deserialize, Serialize};

use crate::sandbox::SandboxError;

/// What a candidate can change in a database and have graded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseState {
    /// Name and definition.
    indexes: BTreeMap<String, String>,
    statistics: BTreeMap<String, String>,
    views: BTreeMap<String, String>,
    /// `table ALTER COLUMN column`; `TYPE type USING column::type`.
    types: BTreeMap<String, String>,
    /// The same; `SET STATISTICS number`.
    targets: BTreeMap<String, String>,
    /// Table; how often it was vacuumed and analysed.
    maintenance: BTreeMap<String, (i64, i64)>,
}

const OF_PUBLIC: &str = "relnamespace = 'public'::regnamespace";

impl DatabaseState {
    /// Reads it from the catalogs.
    ///
    /// # Errors
    /// Those of the server.
    pub fn read(client: &mut Client) -> Result<Self, SandboxError> {
        let mut pairs = |sql: &str| -> Result<BTreeMap<String, String>, SandboxError> {
            client
                .query(sql, &[])?
                .iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                .collect()
        };
        let indexes = pairs(&format!(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i \
             JOIN pg_class c ON c.oid = i.indrelid WHERE c.{OF_PUBLIC}"
        ))?;
        let statistics = pairs(
            "SELECT quote_ident(stxname), pg_get_statisticsobjdef(oid) FROM pg_statistic_ext \
             WHERE stxnamespace = 'public'::regnamespace",
        )?;
        let views = pairs(&format!(
            "SELECT oid::regclass::text, pg_get_viewdef(oid) FROM pg_class WHERE {OF_PUBLIC} AND relkind = 'm'"
        ))?;
        let mut state = Self {
            indexes,
            statistics,
            views,
            ..Self::default()
        };
        let columns = client.query(
            &format!(
                "SELECT format('%s ALTER COLUMN %I', c.oid::regclass, a.attname), \
                 format('TYPE %s USING %I::%1$s', format_type(a.atttypid, a.atttypmod), a.attname), \
                 format('SET STATISTICS %s', coalesce(a.attstattarget, -1)) \
                 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
                 WHERE c.{OF_PUBLIC} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
            ),
            &[],
        )?;
        for row in columns {
            let key: String = row.try_get(0)?;
            state.types.insert(key.clone(), row.try_get(1)?);
            state.targets.insert(key, row.try_get(2)?);
        }
        let counts = client.query(
            "SELECT relid::regclass::text, vacuum_count, analyze_count FROM pg_stat_user_tables WHERE schemaname = 'public'",
            &[],
        )?;
        for row in counts {
            state
                .maintenance
                .insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
        }
        Ok(state)
    }

    /// The statements that lead from a state to this one.
    pub fn since(&self, start: &Self) -> String {
        let mut sql = String::new();
        for (column, action) in changed(&self.types, &start.types) {
            if start.types.contains_key(column) {
                let _ = writeln!(sql, "ALTER TABLE {column} {action};");
            }
        }
        for (name, definition) in &start.indexes {
            if self.indexes.get(name) != Some(definition) {
                let _ = writeln!(sql, "DROP INDEX {name};");
            }
        }
        for (name, definition) in changed(&self.views, &start.views) {
            let _ = writeln!(
                sql,
                "CREATE MATERIALIZED VIEW {name} AS {};",
                definition.trim().trim_end_matches(';')
            );
        }
        for (_, definition) in changed(&self.indexes, &start.indexes) {
            let _ = writeln!(sql, "{definition};");
        }
        for (_, definition) in changed(&self.statistics, &start.statistics) {
            let _ = writeln!(sql, "{definition};");
        }
        for (column, action) in changed(&self.targets, &start.targets) {
            if start.types.contains_key(column) {
                let _ = writeln!(sql, "ALTER TABLE {column} {action};");
            }
        }
        for (table, (vacuums, analyzes)) in &self.maintenance {
            let (vacuums_before, analyzes_before) =
                start.maintenance.get(table).copied().unwrap_or_default();
            if *vacuums > vacuums_before {
                let _ = writeln!(sql, "VACUUM {table};");
            }
            if *analyzes > analyzes_before {
                let _ = writeln!(sql, "ANALYZE {table};");
            }
        }
        sql
    }
}

/// Entries that are new or other than before.
fn changed<'a, K: Ord, V: PartialEq>(
    now: &'a BTreeMap<K, V>,
    before: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, &'a V)> {
    now.iter()
        .filter(|(key, value)| before.get(key) != Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_the_answer() {
        let map = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let start = DatabaseState {
            indexes: map(&[
                ("old", "CREATE INDEX old ON t (a)"),
                ("kept", "CREATE INDEX kept ON t (b)"),
            ]),
            maintenance: [("t".to_owned(), (1, 1))].into(),
            ..DatabaseState::default()
        };
        let now = DatabaseState {
            indexes: map(&[
                ("kept", "CREATE INDEX kept ON t (b)"),
                ("new", "CREATE INDEX new ON t (c)"),
            ]),
            maintenance: [("t".to_owned(), (1, 2))].into(),
            ..DatabaseState::default()
        };
        assert_eq!(
            now.since(&start),
            "DROP INDEX old;\nCREATE INDEX new ON t (c);\nANALYZE t;\n"
        );
        assert_eq!(start.since(&start), "");
    }
}
