//! The schema and the statements that are measured.

use std::path::Path;
use std::sync::Arc;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use whyslow::catalog::{Catalog, load_schema};
use whyslow::source::{SourceFile, split};

/// Statements of one file of the workload.
const FILE_STATEMENTS: usize = 200;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// TPC-H in a schema of its own, and the sample schemas.
pub fn catalog() -> Catalog {
    let tpch = format!(
        "CREATE SCHEMA tpch; SET search_path = tpch;\n{}\n{}",
        read("examples/fidelity/tpch_schema.sql"),
        read("examples/fidelity/tpch_keys.sql")
    );
    let mut files = vec![SourceFile::new("tpch.sql", tpch)];
    let samples: String = ["shop", "tickets", "measurements"]
        .map(|name| read(&format!("sample_schemas/{name}.sql")))
        .concat();
    files.push(SourceFile::new(
        "samples.sql",
        format!("SET search_path = public;\n{samples}"),
    ));
    let mut catalog = load_schema(&files);
    assert_eq!(catalog.problems.len(), 0, "{:?}", catalog.problems);
    catalog.search_path = vec!["public".to_owned(), "tpch".to_owned()];
    catalog
}

/// The statements that the variations are made of; sqlparser reads each of them.
fn originals() -> Vec<String> {
    let samples = [
        "slow/active_customers",
        "slow/customers_with_address",
        "slow/orders_of_a_day",
        "slow/product_sales",
        "fine/shop/login",
        "fine/shop/number_of_addresses",
        "fine/shop/order_history",
        "fine/shop/order_page",
        "tickets/inbox",
        "measurements/reports",
    ];
    let mut texts: Vec<String> = samples
        .iter()
        .map(|name| read(&format!("sample_queries/{name}.sql")))
        .collect();
    texts.push(read("benches/lint/application.sql"));
    // `orders` is a table of both schemas
    texts.push(read("examples/fidelity/tpch_queries.sql").replace(" orders", " tpch.orders"));
    let statements: Vec<String> = texts
        .iter()
        .flat_map(|text| split(&SourceFile::new("q.sql", text.as_str())))
        .map(|statement| statement.text().to_owned())
        .collect();
    for statement in &statements {
        let parsed = Parser::parse_sql(&PostgreSqlDialect {}, statement);
        assert!(parsed.is_ok(), "{statement}\n{parsed:?}");
    }
    statements
}

/// At least `count` statements, in files: the originals again and again, with other numbers in them.
pub fn files(count: usize) -> Vec<Arc<SourceFile>> {
    let originals = originals();
    let varied: Vec<String> = (0..count.div_ceil(originals.len()))
        .flat_map(|round| {
            originals
                .iter()
                .map(move |statement| with_other_numbers(statement, round))
        })
        .collect();
    varied
        .chunks(FILE_STATEMENTS)
        .enumerate()
        .map(|(number, statements)| {
            SourceFile::new(format!("{number}.sql"), statements.join(";\n") + ";\n")
        })
        .collect()
}

/// Every whole number of three or more digits, that is none of a date, changed by the number of the round.
fn with_other_numbers(statement: &str, round: usize) -> String {
    let mut output = String::with_capacity(statement.len() + 16);
    let mut rest = statement;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let length = from
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(from.len());
        let (number, after) = from.split_at(length);
        output.push_str(before);
        match number.parse::<usize>() {
            Ok(value) if length >= 3 && !after.starts_with('-') && before.ends_with(' ') => {
                output.push_str(&(value + round).to_string());
            }
            _ => output.push_str(number),
        }
        rest = after;
    }
    output.push_str(rest);
    output
}

/// The DDL of a large application: `tables` tables, each a child of the one before, and `indexes` indexes.
pub fn large_schema(tables: usize, indexes: usize) -> Arc<SourceFile> {
    use std::fmt::Write;
    let mut sql = String::new();
    for table in 0..tables {
        let parent = table.saturating_sub(1);
        let _ = write!(
            sql,
            "CREATE TABLE t{table} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             parent_id bigint REFERENCES t{parent},\n    code varchar(20) NOT NULL,\n    \
             state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done')),\n    amount numeric(12, 2),\n    \
             details jsonb,\n    created_at timestamptz NOT NULL DEFAULT now(),\n    updated_at timestamptz\n);\n"
        );
    }
    for index in 0..indexes {
        let table = index % tables;
        let _ = match index / tables % 4 {
            0 => writeln!(
                sql,
                "CREATE INDEX i{index} ON t{table} (parent_id, created_at DESC);"
            ),
            1 => writeln!(
                sql,
                "CREATE INDEX i{index} ON t{table} (lower(code)) WHERE state = 'new';"
            ),
            2 => writeln!(
                sql,
                "CREATE UNIQUE INDEX i{index} ON t{table} USING btree (code) INCLUDE (amount);"
            ),
            _ => writeln!(
                sql,
                "CREATE INDEX i{index} ON t{table} USING gin (details jsonb_path_ops);"
            ),
        };
    }
    SourceFile::new("schema.sql", sql)
}
