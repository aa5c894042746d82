use super::support::{about_index, own_indexes};
use crate::catalog::{Column, IndexMethod, Type, quote_identifier};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, FixKind, Rule, RuleInfo, Safety,
    SchemaContext, Severity,
};
use sqlparser::ast;

/// A large table whose primary key is a random uuid.
pub struct RandomUuidKey;

static INFO: RuleInfo = RuleInfo {
    name: "random-uuid-key",
    summary: "a large table that is inserted into by random uuids",
    severity: Severity::Warning,
    evidence: Evidence::Statistics,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds primary keys that lead with a uuid whose default is a random one (gen_random_uuid(), uuidv4(), uuid_generate_v4()), on tables of \
            a million rows and more. It warns where many rows are inserted by the counters, and informs where they are not counted.",
        why_it_is_slow: "Each insert goes to another page of the index: the whole index has to stay in the cache, each page touched is written whole to the \
            log after a checkpoint, and splits leave pages two thirds full. Rows that belong together in time are found all over the index.",
        example_schema: "",
        example_statistics: "[tables.events]\nrows = 20_000_000\ninserts = 9_000_000",
        example: "CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL);",
        use_instead: "CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL);",
        trade_off: "A uuid of version 7 tells when its row was made; whoever may not know that needs a random one beside it.",
        interview_question: "Inserts into a table with a random uuid as primary key become slower as it grows. Why?",
        good_answer: &[
            "Inserts fall on random leaves: once the index no longer fits into memory, each reads a page.",
            "Full-page images after checkpoints: the log grows with the pages touched.",
            "uuid version 7 (uuidv7() in 18) or a bigint identity goes to the right end.",
        ],
    },
};

/// Below this an index of uuids fits into any cache.
const LARGE_TABLE: f64 = 1_000_000.0;
/// Inserts since the counters' reset, as a fraction of the rows, from which on a table is being filled.
const FILLING: f64 = 0.05;
/// Uuids that rise with time lie in the order of the rows.
const ORDERED: f64 = 0.5;

impl Rule for RandomUuidKey {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        let catalog = context.catalog;
        for index in own_indexes(context) {
            let table = catalog.table(index.table);
            let is_key = table
                .primary_key
                .as_ref()
                .is_some_and(|key| key.index == index.id);
            let Some(first) = index.leading_columns().next() else {
                continue;
            };
            let column = table.column(first);
            let Some(statistics) = &table.statistics else {
                continue;
            };
            let ordered = column
                .statistics
                .as_ref()
                .and_then(|known| known.correlation)
                .is_some_and(|correlation| correlation.abs() > ORDERED);
            if !is_key
                || index.method != IndexMethod::Btree
                || *catalog.base_type(&column.data_type) != Type::Uuid
                || !has_random_default(column)
                || statistics.rows < LARGE_TABLE
                || ordered
            {
                continue;
            }
            let severity = match statistics.inserts {
                Some(inserts) if inserts < statistics.rows * FILLING => continue,
                Some(_) => Severity::Warning,
                None => Severity::Info,
            };
            let mut finding = about_index(
                context,
                INFO.name,
                severity,
                Evidence::Statistics,
                index,
                format!(
                    "each insert into {} goes to a random page of {}: {} is a random uuid",
                    table.name.name, index.name.name, column.name
                ),
            );
            finding.why.push(match statistics.inserts {
                Some(inserts) => format!(
                    "known from statistics: {:.0} rows, {inserts:.0} inserts since the counters were reset",
                    statistics.rows
                ),
                None => format!(
                    "known from statistics: {:.0} rows; inserts are not counted",
                    statistics.rows
                ),
            });
            finding.why.push(
                "the whole index has to be in memory for inserts, and each page touched goes to the log in full after a checkpoint".to_owned(),
            );
            finding
                .facts
                .insert("rows".to_owned(), (statistics.rows as i64).into());
            if catalog
                .server
                .version
                .is_some_and(|version| version >= 180_000)
            {
                finding.fixes.push(Fix {
                    kind: FixKind::AlterTable,
                    sql: format!(
                        "ALTER TABLE {} ALTER COLUMN {} SET DEFAULT uuidv7()",
                        table.name.to_sql(),
                        quote_identifier(&column.name)
                    ),
                    safety: Safety::Review,
                    tradeoff: "new keys tell the time at which they were made; rows that are there keep theirs".to_owned(),
                    edits: Vec::new(),
                });
            } else {
                finding.why.push(
                    "uuids of version 7 rise with time: the application can make them, PostgreSQL 18 has uuidv7()".to_owned(),
                );
            }
            findings.push(finding);
        }
    }
}

/// Whether the default is a function that makes uuids without any order.
fn has_random_default(column: &Column) -> bool {
    let Some(default) = &column.default else {
        return false;
    };
    match &default.ast {
        ast::Expr::Function(function) => function
            .name
            .0
            .last()
            .and_then(ast::ObjectNamePart::as_ident)
            .is_some_and(|name| {
                matches!(
                    name.value.to_lowercase().as_str(),
                    "gen_random_uuid" | "uuid_generate_v4" | "uuidv4"
                )
            }),
        _ => false,
    }
}
