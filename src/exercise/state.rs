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
    maintenance: BTreeMap<String, Maintenance>,
    /// What does not count, in words, with its definition: views, functions, rules, settings, rows.
    #[serde(default)]
    uncounted: BTreeMap<String, String>,
}

/// What VACUUM and ANALYZE leave in a table's catalog entries. The server's own counters would say it more plainly, but
/// they do not survive an embedded server that is ended in the middle of a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Maintenance {
    /// Pages that only VACUUM marks as visible to all.
    visible_pages: i64,
    /// The transaction that wrote the statistics of its columns; for roles that must not see them, the number of times
    /// that they were gathered.
    statistics_of: i64,
    /// How often the server did it by itself.
    automatic: i64,
}

/// Objects and settings that a candidate can make and that are not replayed.
const UNCOUNTED: &str = "\
    SELECT 'view ' || oid::regclass::text, pg_get_viewdef(oid) FROM pg_class \
        WHERE relkind = 'v' AND relnamespace >= 16384 OR relkind = 'v' AND relnamespace = 'public'::regnamespace \
    UNION ALL SELECT 'table ' || oid::regclass::text, '' FROM pg_class WHERE relkind IN ('r', 'p', 'f') \
        AND relpersistence <> 't' AND (relnamespace >= 16384 OR relnamespace = 'public'::regnamespace) \
    UNION ALL SELECT 'function ' || oid::regprocedure::text, prosrc FROM pg_proc p WHERE oid >= 16384 \
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e') \
    UNION ALL SELECT 'rule ' || quote_ident(rulename) || ' on ' || ev_class::regclass::text, pg_get_ruledef(oid) \
        FROM pg_rewrite WHERE oid >= 16384 AND rulename <> '_RETURN' \
    UNION ALL SELECT 'trigger ' || quote_ident(tgname) || ' on ' || tgrelid::regclass::text, pg_get_triggerdef(oid) \
        FROM pg_trigger WHERE NOT tgisinternal \
    UNION ALL SELECT 'setting ' || setting, '' FROM pg_db_role_setting, unnest(setconfig) setting \
        WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) \
        AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user)) \
    UNION ALL SELECT 'setting ' || name || ' = ' || setting, '' FROM pg_settings \
        WHERE sourcefile LIKE '%postgresql.auto.conf'";

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
        let may_look: bool = client
            .query_one(
                "SELECT has_table_privilege('pg_catalog.pg_statistic', 'SELECT')",
                &[],
            )?
            .try_get(0)?;
        let statistics_of = if may_look {
            "(SELECT max(s.xmin::text::bigint) FROM pg_statistic s WHERE s.starelid = c.oid)"
        } else {
            "t.analyze_count"
        };
        let marks = client.query(
            &format!(
                "SELECT c.oid::regclass::text, c.relallvisible::bigint, coalesce({statistics_of}, 0), \
                 coalesce(t.autovacuum_count + t.autoanalyze_count, 0) \
                 FROM pg_class c LEFT JOIN pg_stat_user_tables t ON t.relid = c.oid \
                 WHERE c.{OF_PUBLIC} AND c.relkind = 'r'"
            ),
            &[],
        )?;
        for row in marks {
            let marks = Maintenance {
                visible_pages: row.try_get(1)?,
                statistics_of: row.try_get(2)?,
                automatic: row.try_get(3)?,
            };
            state.maintenance.insert(row.try_get(0)?, marks);
        }
        Ok(state)
    }

    /// The same with what does not count, for which every row of every table is looked at.
    ///
    /// # Errors
    /// Those of the server.
    pub fn read_all(client: &mut Client) -> Result<Self, SandboxError> {
        let mut state = Self::read(client)?;
        for row in client.query(UNCOUNTED, &[])? {
            state.uncounted.insert(row.try_get(0)?, row.try_get(1)?);
        }
        let tables: Vec<String> = state.maintenance.keys().cloned().collect();
        for table in tables {
            let rows = client.query_one(
                &format!("SELECT format('%s, %s', count(*), max(xmin::text::bigint)) FROM {table}"),
                &[],
            )?;
            state
                .uncounted
                .insert(format!("other rows in {table}"), rows.try_get(0)?);
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
        for (table, marks) in &self.maintenance {
            let before = start.maintenance.get(table).copied().unwrap_or_default();
            if marks.automatic != before.automatic {
                continue;
            }
            if marks.visible_pages > before.visible_pages {
                let _ = writeln!(sql, "VACUUM {table};");
            }
            if marks.statistics_of != before.statistics_of {
                let _ = writeln!(sql, "ANALYZE {table};");
            }
        }
        sql
    }

    /// What is in this state beyond an earlier one, and is not replayed.
    pub fn uncounted_since(&self, start: &Self) -> Vec<String> {
        changed(&self.uncounted, &start.uncounted)
            .map(|(what, _)| what.clone())
            .chain(
                start
                    .uncounted
                    .keys()
                    .filter(|what| {
                        !self.uncounted.contains_key(*what) && !what.starts_with("other rows")
                    })
                    .map(|what| format!("{what} dropped")),
            )
            .collect()
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
        let marks = |statistics_of| Maintenance {
            statistics_of,
            ..Maintenance::default()
        };
        let start = DatabaseState {
            indexes: map(&[
                ("old", "CREATE INDEX old ON t (a)"),
                ("kept", "CREATE INDEX kept ON t (b)"),
            ]),
            maintenance: [("t".to_owned(), marks(5))].into(),
            ..DatabaseState::default()
        };
        let now = DatabaseState {
            indexes: map(&[
                ("kept", "CREATE INDEX kept ON t (b)"),
                ("new", "CREATE INDEX new ON t (c)"),
            ]),
            maintenance: [("t".to_owned(), marks(6))].into(),
            ..DatabaseState::default()
        };
        assert_eq!(
            now.since(&start),
            "DROP INDEX old;\nCREATE INDEX new ON t (c);\nANALYZE t;\n"
        );
        assert_eq!(start.since(&start), "");
    }
}
