use std::collections::HashSet;
use std::path::{Path, PathBuf};

use postgres::Client;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use super::change::keyword_of;
use super::created_index::{CREATED_INDEXES, Created, option_number};
use super::embedded::rows;
use super::explain::{EXPLAIN_PLAIN, explain};
use super::index_statistics::{GinClass, IndexToSize, IndexedValue};
use super::page::Page;
use super::relation_file::RelationFile;
use super::schema_sql::pages_per_range;
use super::tokens::tokens;
use super::{HypotheticalChange, HypotheticalIndex, PlannedQuery, PlannerError};
use crate::catalog::{Catalog, IndexMethod, QualifiedName, quote_literal};

/// A function, whose plan a session keeps.
const LEAF_TABLES: &str = "CREATE OR REPLACE FUNCTION whyslow.leaf_tables(named text) \
 RETURNS TABLE (table_oid oid, file oid, pages int, tuples real, all_visible int, schema_name text, table_name text) \
 LANGUAGE plpgsql AS $$ #variable_conflict use_column
 BEGIN RETURN QUERY SELECT c.oid, c.relfilenode, c.relpages, c.reltuples, c.relallvisible, n.nspname::text, \
   c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
 WHERE c.relkind IN ('r', 'm') AND c.oid = ANY (ARRAY(SELECT relid::oid \
   FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(named))) || pg_catalog.to_regclass(named)::oid); END $$";

/// Makes indexes on the embedded server's empty copy look as if they had been built on all rows, within a transaction
/// that is rolled back later.
///
/// CREATE INDEX reads the table, and the copy's file is as long as the real one: so pg_class is made to point to an
/// empty file meanwhile. Then the new index gets its length, height and numbers. Both take the transaction's own
/// row of pg_class, so that ROLLBACK brings everything back.
pub(super) struct Hypothetical {
    data_directory: PathBuf,
    /// File number of a table without rows.
    empty_file: String,
    /// Number for the next file of our own; the server counts upwards from 16,384.
    next_file: u32,
    /// Numbers (OID) of the indexes that were made before.
    made: HashSet<String>,
}

/// Where statistics of the real table come from while its index is made.
struct TableRow {
    oid: String,
    file: String,
    pages: f64,
    rows: f64,
    all_visible: String,
    name: QualifiedName,
}

struct Target<'a> {
    /// As the statement writes it.
    table: &'a str,
    predicate: Option<&'a str>,
}

impl Hypothetical {
    pub(super) fn new(client: &mut Client, data_directory: PathBuf) -> Result<Self, PlannerError> {
        let error = |error: postgres::Error| PlannerError::Unavailable {
            message: error.to_string(),
        };
        client
            .batch_execute(&format!(
                "CREATE SCHEMA IF NOT EXISTS whyslow; CREATE TABLE IF NOT EXISTS whyslow.empty_table (); \
                 {LEAF_TABLES}; {CREATED_INDEXES}"
            ))
            .map_err(error)?;
        let answer = rows(
            client,
            "SELECT pg_catalog.pg_relation_filenode('whyslow.empty_table')",
        )
        .map_err(error)?;
        let empty_file = answer
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .unwrap_or_default();
        Ok(Self {
            data_directory,
            empty_file,
            next_file: 4_000_000_000,
            made: HashSet::new(),
        })
    }

    /// Makes one change in the open transaction. On an error the transaction has to be rolled back.
    pub(super) fn apply(
        &mut self,
        client: &mut Client,
        catalog: &Catalog,
        change: &HypotheticalChange,
    ) -> Result<Option<HypotheticalIndex>, PlannerError> {
        let sql = change.sql();
        match change {
            HypotheticalChange::DropIndex { .. } => {
                client
                    .batch_execute(&sql)
                    .map_err(|error| change_error(&sql, &error))?;
                Ok(None)
            }
            HypotheticalChange::CreateIndex { .. } => self.create(client, catalog, &sql).map(Some),
        }
    }

    fn create(
        &mut self,
        client: &mut Client,
        catalog: &Catalog,
        sql: &str,
    ) -> Result<HypotheticalIndex, PlannerError> {
        let target = target(sql).ok_or_else(|| PlannerError::NotAnIndexChange {
            sql: sql.to_owned(),
        })?;
        let failed = |error: postgres::Error| change_error(sql, &error);
        self.create_extension_for(client, sql).map_err(failed)?;
        let tables = leaf_tables(client, target.table).map_err(failed)?;
        let partial = match target.predicate {
            Some(predicate) => Some(self.rows_of(client, sql, target.table, predicate)?),
            None => None,
        };
        let oids: Vec<&str> = tables.iter().map(|table| table.oid.as_str()).collect();
        let oids = if oids.is_empty() {
            "0".to_owned()
        } else {
            oids.join(", ")
        };
        client
            .batch_execute(&format!(
                "UPDATE pg_catalog.pg_class SET relfilenode = {} WHERE oid IN ({oids}); {sql}",
                self.empty_file
            ))
            .map_err(failed)?;
        let created = Created::read_all(client, &oids, target.table).map_err(failed)?;
        let mut seen = Vec::new();
        let mut updates: Vec<String> = tables
            .iter()
            .map(|table| {
                format!(
                    "({}, {}, {}, {}, {})",
                    table.oid, table.file, table.pages, table.rows, table.all_visible
                )
            })
            .collect();
        let (mut pages, mut entries) = (0.0, 0.0);
        for index in &created {
            if !self.made.insert(index.oid.clone()) {
                continue;
            }
            seen.push(index.name.clone());
            let Some(table) = tables.iter().find(|table| table.oid == index.table) else {
                continue;
            };
            let known = catalog.table_by_name(&table.name);
            let partial_share = partial.map(|partial| {
                let all: f64 = tables.iter().map(|table| table.rows.max(0.0)).sum();
                if all > 0.0 {
                    (partial / all).min(1.0)
                } else {
                    1.0
                }
            });
            let table_rows = table.rows.max(0.0);
            let mut to_size = IndexToSize {
                method: IndexMethod::from_name(&index.method),
                keys: Vec::new(),
                include: Vec::new(),
                unique: index.unique,
                fill_factor: option_number(&index.options, "fillfactor"),
                pages_per_range: pages_per_range(&index.options).map(f64::from),
                rows: (table_rows * partial_share.unwrap_or(1.0)).round(),
                distinct: None,
                table_rows,
                heap_pages: table.pages,
                gin_class: GinClass::named_in(&index.definition),
            };
            let columns: Vec<IndexedValue<'_>> = index
                .columns
                .iter()
                .map(|column| column.value(known.map(|table| table.columns.as_slice())))
                .collect();
            let (keys, include) = columns.split_at(index.key_count.min(columns.len()));
            to_size.keys = keys.to_vec();
            to_size.include = include.to_vec();
            let size = to_size.estimate(catalog);
            pages += size.pages;
            entries += size.rows;
            let file = RelationFile::new(&self.data_directory, &index.path);
            let io = |error: std::io::Error| PlannerError::Change {
                sql: sql.to_owned(),
                message: format!("cannot write to the embedded server's data folder: {error}"),
                hint: None,
            };
            let mut file_number = index.path.rsplit('/').next().unwrap_or("0").to_owned();
            if let Some(level) = size.level {
                file.set_btree_level(level).map_err(io)?;
            }
            if let Some(counts) = size.gin {
                // GIN writes its first page through the buffers: a new file is read afresh.
                self.next_file = self.next_file.saturating_sub(1);
                file_number = self.next_file.to_string();
                let folder = Path::new(&index.path)
                    .parent()
                    .unwrap_or(Path::new(""))
                    .join(&file_number);
                RelationFile::new(&self.data_directory, &folder.to_string_lossy())
                    .create_with(&Page::gin_metapage(counts), size.pages as u64)
                    .map_err(io)?;
            } else {
                let least = size.level.map_or(1, |level| u64::from(level) + 2);
                file.set_pages((size.pages as u64).max(least)).map_err(io)?;
            }
            updates.push(format!(
                "({}, {file_number}, {}, {}, 0)",
                index.oid, size.pages, size.rows
            ));
        }
        if !updates.is_empty() {
            client
                .batch_execute(&format!(
                    "UPDATE pg_catalog.pg_class c SET relfilenode = v.file::oid, relpages = v.pages::integer, \
                     reltuples = v.tuples::real, relallvisible = v.visible::integer \
                     FROM (VALUES {}) v(id, file, pages, tuples, visible) WHERE c.oid = v.id::oid",
                    updates.join(", ")
                ))
                .map_err(failed)?;
        }
        // That of a partitioned table is made first, and so comes last here.
        let Some(name) = seen.pop() else {
            return Err(PlannerError::Change {
                sql: sql.to_owned(),
                message: "an index of that name is there already".to_owned(),
                hint: None,
            });
        };
        Ok(HypotheticalIndex {
            name,
            partitions: seen,
            sql: sql.to_owned(),
            pages,
            rows: entries,
            used: false,
        })
    }

    /// Operator classes of extensions: on a server that lacks one it has to be installed, here it is at hand.
    fn create_extension_for(&self, client: &mut Client, sql: &str) -> Result<(), postgres::Error> {
        let lower = sql.to_lowercase();
        if lower.contains("_trgm_ops") {
            client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")?;
        }
        Ok(())
    }

    /// The planner's own estimate of the rows that a predicate keeps.
    fn rows_of(
        &self,
        client: &mut Client,
        sql: &str,
        table: &str,
        predicate: &str,
    ) -> Result<f64, PlannerError> {
        let query = format!("SELECT FROM {table} WHERE {predicate}");
        let failed = |error: PlannerError| PlannerError::Change {
            sql: sql.to_owned(),
            message: error.to_string(),
            hint: None,
        };
        let explained = explain(client, EXPLAIN_PLAIN, &query)
            .map_err(|failure| failed(failure.into_planner_error()))?;
        Ok(PlannedQuery::from_explain(explained, Vec::new()).map_or(0.0, |plan| plan.rows))
    }
}

fn change_error(sql: &str, error: &postgres::Error) -> PlannerError {
    match error.as_db_error() {
        Some(error) => PlannerError::Change {
            sql: sql.to_owned(),
            message: error.message().to_owned(),
            hint: error.hint().map(str::to_owned),
        },
        None => PlannerError::ServerGone { hint: None },
    }
}

/// The table and the predicate of a CREATE INDEX statement.
fn target(sql: &str) -> Option<Target<'_>> {
    let tokens = tokens(sql).ok()?;
    let on = tokens
        .iter()
        .position(|placed| keyword_of(placed) == Keyword::ON)?;
    let mut start = on + 1;
    if tokens
        .get(start)
        .is_some_and(|placed| keyword_of(placed) == Keyword::ONLY)
    {
        start += 1;
    }
    let length = tokens
        .get(start..)?
        .iter()
        .position(|placed| placed.token == Token::LParen || keyword_of(placed) == Keyword::USING)?;
    let name = tokens.get(start..start + length)?;
    let table = sql.get(name.first()?.bytes.start..name.last()?.bytes.end)?;
    let mut depth = 0;
    let predicate = tokens.iter().find(|placed| {
        match placed.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        depth == 0 && keyword_of(placed) == Keyword::WHERE
    });
    let last = tokens.last()?.bytes.end;
    Some(Target {
        table,
        predicate: predicate.and_then(|placed| sql.get(placed.bytes.end..last)),
    })
}

/// The tables whose rows the index covers: the table itself, or the leaves of a partitioned one.
fn leaf_tables(client: &mut Client, table: &str) -> Result<Vec<TableRow>, postgres::Error> {
    let answer = rows(
        client,
        &format!(
            "SELECT * FROM whyslow.leaf_tables({})",
            quote_literal(table)
        ),
    )?;
    Ok(answer
        .into_iter()
        .filter_map(|row| {
            let mut fields = row.into_iter();
            let mut next = || fields.next().flatten();
            Some(TableRow {
                oid: next()?,
                file: next()?,
                pages: next()?.parse().ok()?,
                rows: next()?.parse().ok()?,
                all_visible: next()?,
                name: QualifiedName::new(next()?, next()?),
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_table_and_the_predicate() {
        let sql = "CREATE UNIQUE INDEX i ON ONLY \"S\".t USING btree (lower(a), (b)) WITH (fillfactor = 80) WHERE c > 'ON'";
        let found = target(sql);
        assert_eq!(found.as_ref().map(|found| found.table), Some("\"S\".t"));
        assert_eq!(found.and_then(|found| found.predicate), Some(" c > 'ON'"));
        assert_eq!(
            target("CREATE INDEX ON t (a)").map(|found| (found.table, found.predicate)),
            Some(("t", None))
        );
    }
}
