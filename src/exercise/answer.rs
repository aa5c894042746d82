use sqlparser::ast::{self, AlterTableOperation, ObjectType, Statement};

use super::{Allowance, Limits};
use crate::source::{SourceFile, StatementText, split};

/// What a candidate hands in, reduced to what counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The rewritten query; `None` leaves the query as it is.
    pub query: Option<String>,
    /// Statements that are replayed, in order.
    pub changes: Vec<Change>,
    /// Statements that are not replayed.
    pub left_out: Vec<LeftOut>,
}

/// One statement of an answer that is replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub sql: String,
    pub kind: ChangeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    CreateIndex,
    DropIndex,
    Statistics,
    Maintenance,
    ColumnType,
    MaterializedView,
}

/// A statement that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// As written, on one line.
    pub sql: String,
    pub reason: &'static str,
}

const NOT_COUNTED: &str = "only indexes, extended statistics, ANALYZE and VACUUM count";

impl Answer {
    /// Reads an answer: DDL and at most one query, in any order.
    pub fn read(text: &str, limits: &Limits) -> Self {
        let file = SourceFile::new("answer.sql", text);
        let mut answer = Self::default();
        for statement in split(&file) {
            answer.add(&statement, limits);
        }
        answer
    }

    fn add(&mut self, statement: &StatementText, limits: &Limits) {
        let sql = statement.text().trim().to_owned();
        if sql.is_empty() {
            return;
        }
        match sort(statement, limits) {
            Ok(Sorted::Query) => {
                if let Some(earlier) = self.query.replace(sql) {
                    self.leave_out(&earlier, "only the last query counts");
                }
            }
            Ok(Sorted::Change(kind)) => self.changes.push(Change { sql, kind }),
            Err(reason) => self.leave_out(&sql, reason),
        }
    }

    fn leave_out(&mut self, sql: &str, reason: &'static str) {
        self.left_out.push(LeftOut {
            sql: one_line(sql),
            reason,
        });
    }

    /// Whether nothing of it is replayed.
    pub fn is_empty(&self) -> bool {
        self.query.is_none() && self.changes.is_empty()
    }

    /// The statements that are replayed, as a text that reads as the same answer.
    pub fn to_sql(&self) -> String {
        self.changes
            .iter()
            .map(|change| change.sql.as_str())
            .chain(self.query.as_deref())
            .map(|sql| format!("{sql};\n"))
            .collect()
    }
}

/// A statement on one line, shortened.
pub(super) fn one_line(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

enum Sorted {
    Query,
    Change(ChangeKind),
}

fn sort(statement: &StatementText, limits: &Limits) -> Result<Sorted, &'static str> {
    let words = statement.first_words(3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["analyze" | "analyse" | "vacuum", ..] => Ok(Sorted::Change(ChangeKind::Maintenance)),
        ["create" | "drop", "statistics", ..] => Ok(Sorted::Change(ChangeKind::Statistics)),
        ["create", "index", ..] | ["create", "unique", "index"] => {
            Ok(Sorted::Change(ChangeKind::CreateIndex))
        }
        ["refresh", "materialized", "view"] => allowed(
            limits,
            Allowance::MaterializedView,
            ChangeKind::MaterializedView,
        ),
        ["create", "materialized", "view"] => match statement.parse() {
            Ok(parsed) if !is_plain_view(&parsed.ast) => Err(NOT_COUNTED),
            _ => allowed(
                limits,
                Allowance::MaterializedView,
                ChangeKind::MaterializedView,
            ),
        },
        ["drop", "index", ..] => match statement.parse().map(|parsed| parsed.ast) {
            Ok(Statement::Drop {
                object_type: ObjectType::Index,
                cascade: false,
                ..
            }) => Ok(Sorted::Change(ChangeKind::DropIndex)),
            Ok(_) => Err("CASCADE drops more than indexes"),
            Err(_) => Err("it cannot be read"),
        },
        ["alter", "table", ..] => alter_table(statement, limits),
        ["select" | "with" | "values" | "table", ..] => query(statement, limits),
        ["begin" | "commit" | "start" | "end" | "rollback", ..] => {
            Err("answers are replayed without transactions")
        }
        ["set" | "reset", ..] => Err("settings of a session do not count"),
        [] if statement.text().trim_start().starts_with('(') => query(statement, limits),
        _ => Err(NOT_COUNTED),
    }
}

fn allowed(
    limits: &Limits,
    allowance: Allowance,
    kind: ChangeKind,
) -> Result<Sorted, &'static str> {
    if limits.allow.contains(&allowance) {
        Ok(Sorted::Change(kind))
    } else {
        Err(match allowance {
            Allowance::AlterColumnType => "this exercise does not allow to change a column's type",
            Allowance::MaterializedView => "this exercise does not allow a materialized view",
        })
    }
}

fn is_plain_view(statement: &Statement) -> bool {
    matches!(statement, Statement::CreateView(view) if view.materialized && !view.or_replace && reads_only(&view.query))
}

fn query(statement: &StatementText, limits: &Limits) -> Result<Sorted, &'static str> {
    if !limits.rewrite {
        return Err("this exercise does not allow to change the query");
    }
    match statement.parse().map(|parsed| parsed.ast) {
        Ok(Statement::Query(query)) if reads_only(&query) => Ok(Sorted::Query),
        Ok(Statement::Query(_)) => Err("a query must not write"),
        Ok(_) => Err(NOT_COUNTED),
        // PostgreSQL may know more than our parser; it is run read-only in any case.
        Err(_) => Ok(Sorted::Query),
    }
}

/// Whether neither the query nor its CTEs write.
fn reads_only(query: &ast::Query) -> bool {
    let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
    ctes.map(|cte| &cte.query).all(|inner| reads_only(inner)) && body_reads_only(&query.body)
}

fn body_reads_only(body: &ast::SetExpr) -> bool {
    match body {
        ast::SetExpr::Select(select) => select.into.is_none(),
        ast::SetExpr::Query(query) => reads_only(query),
        ast::SetExpr::SetOperation { left, right, .. } => {
            body_reads_only(left) && body_reads_only(right)
        }
        ast::SetExpr::Values(_) | ast::SetExpr::Table(_) => true,
        _ => false,
    }
}

fn alter_table(statement: &StatementText, limits: &Limits) -> Result<Sorted, &'static str> {
    if sets_statistics_target(statement.text()) {
        return Ok(Sorted::Change(ChangeKind::Statistics));
    }
    let Ok(parsed) = statement.parse() else {
        return Err(NOT_COUNTED);
    };
    let Statement::AlterTable(alter) = parsed.ast else {
        return Err(NOT_COUNTED);
    };
    let types_only = alter.operations.iter().all(|operation| {
        matches!(
            operation,
            AlterTableOperation::AlterColumn {
                op: ast::AlterColumnOperation::SetDataType { .. },
                ..
            }
        )
    });
    if types_only {
        allowed(limits, Allowance::AlterColumnType, ChangeKind::ColumnType)
    } else {
        Err(NOT_COUNTED)
    }
}

/// `ALTER TABLE name ALTER [COLUMN] column SET STATISTICS number`.
fn sets_statistics_target(text: &str) -> bool {
    let words: Vec<String> = text
        .split_whitespace()
        .map(str::to_ascii_lowercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tail = match words.as_slice() {
        ["alter", "table", _, "alter", "column", tail @ ..]
        | ["alter", "table", _, "alter", tail @ ..] => tail,
        _ => return false,
    };
    matches!(tail, [_, "set", "statistics", number] if number.parse::<i32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            blocks: 1,
            indexes: 1,
            index_bytes: 1,
            rewrite: true,
            allow: Vec::new(),
        }
    }

    fn left_out(text: &str) -> Vec<String> {
        Answer::read(text, &limits())
            .left_out
            .into_iter()
            .map(|one| one.sql)
            .collect()
    }

    #[test]
    fn indexes_statistics_and_one_query_count() {
        let answer = Answer::read(
            "CREATE INDEX ON t (a) WHERE b = 'x;y';\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\n-- drop\nDROP INDEX old;\n\
             CREATE STATISTICS s (dependencies) ON a, b FROM t; ANALYZE t; VACUUM (ANALYZE) t;\
             ALTER TABLE t ALTER COLUMN a SET STATISTICS 500; SELECT a FROM t WHERE b = 1",
            &limits(),
        );
        assert_eq!(answer.left_out, []);
        assert_eq!(answer.changes.len(), 7);
        assert_eq!(answer.query.as_deref(), Some("SELECT a FROM t WHERE b = 1"));
    }

    #[test]
    fn tricks_are_left_out() {
        for trick in [
            "DELETE FROM t",
            "TRUNCATE t",
            "UPDATE t SET a = 1",
            "SET enable_seqscan = off",
            "CREATE RULE r AS ON SELECT TO t DO INSTEAD SELECT 1",
            "CREATE VIEW pg_temp.t AS SELECT 1",
            "CREATE TABLE x AS SELECT * FROM t",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM t; SELECT 1'",
            "CREATE MATERIALIZED VIEW m AS SELECT 1",
            "ALTER TABLE t ALTER COLUMN a TYPE int",
            "ALTER TABLE t DISABLE TRIGGER ALL",
            "ALTER TABLE t SET (autovacuum_enabled = false), ALTER COLUMN a SET STATISTICS 5",
            "ALTER SYSTEM SET work_mem = '1GB'",
            "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
            "SELECT * INTO x FROM t",
            "DROP INDEX i CASCADE",
            "DROP TABLE t",
            "COPY t FROM PROGRAM 'ls'",
            "DO $$ BEGIN DELETE FROM t; END $$",
        ] {
            assert_eq!(left_out(trick), [trick], "{trick}");
        }
    }

    #[test]
    fn of_several_queries_the_last_counts() {
        let answer = Answer::read("SELECT 1; SELECT 2;", &limits());
        assert_eq!(answer.query.as_deref(), Some("SELECT 2"));
        assert_eq!(answer.left_out[0].sql, "SELECT 1");
    }

    #[test]
    fn what_a_pack_allows_counts() {
        let mut limits = limits();
        limits.allow = vec![Allowance::AlterColumnType, Allowance::MaterializedView];
        limits.rewrite = false;
        let answer = Answer::read(
            "ALTER TABLE t ALTER COLUMN a TYPE int USING a::int; CREATE MATERIALIZED VIEW m AS SELECT 1; SELECT 1",
            &limits,
        );
        assert_eq!(answer.changes.len(), 2);
        assert_eq!(answer.left_out.len(), 1);
    }
}
