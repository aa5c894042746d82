//! The output of pg_dump loads whole, and agrees with the statements that the database was made with: so do the names
//! that PostgreSQL chose for constraints and indexes.

use std::collections::BTreeSet;
use std::path::Path;

use whyslow::catalog::{
    Catalog, Generated, IndexTarget, QualifiedName, StatementKind, Table, TableKind, Type,
};
use whyslow::source::read_schema;

fn load(file: &str) -> Catalog {
    let path = Path::new("tests/fixtures/pg_dump").join(file);
    let catalog = whyslow::catalog::load_schema(&read_schema(&[path]).unwrap());
    let problems: Vec<String> = catalog
        .problems
        .iter()
        .map(|problem| format!("{}: {}", problem.location.start().line, problem.message))
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    catalog
}

fn table<'a>(catalog: &'a Catalog, name: &str) -> &'a Table {
    catalog.resolve_table(Some("app"), name).unwrap()
}

fn facts(catalog: &Catalog) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for table in catalog.tables() {
        let name = &table.name;
        for column in &table.columns {
            facts.insert(format!(
                "{name}.{} {} not null {} collation {:?}",
                column.name, column.data_type, column.not_null, column.collation
            ));
        }
        for key in table.primary_key.iter().chain(&table.unique_keys) {
            facts.insert(format!(
                "{name} key {} {:?} {} {}",
                key.name, key.columns, key.deferrable, key.nulls_not_distinct
            ));
        }
        for key in &table.foreign_keys {
            facts.insert(format!(
                "{name} foreign key {} {} {:?} {:?} {}",
                key.name, key.references, key.on_delete, key.on_update, key.deferrable
            ));
        }
        for check in &table.checks {
            facts.insert(format!("{name} check {:?} {}", check.name, check.validated));
        }
        for index in catalog.indexes_of(table) {
            let keys: Vec<String> = index
                .keys
                .iter()
                .map(|key| {
                    let target = match &key.target {
                        IndexTarget::Column(column) => table.column(*column).name.clone(),
                        IndexTarget::Expression(_) => "(expression)".to_owned(),
                    };
                    format!(
                        "{target} {:?} {} {}",
                        key.opclass, key.descending, key.nulls_first
                    )
                })
                .collect();
            facts.insert(format!(
                "{} on {name} {:?} {keys:?} include {:?} unique {} {:?} valid {} fill {:?} where {} parent {:?}",
                index.name,
                index.method,
                index.include,
                index.unique,
                index.constraint,
                index.valid,
                index.fill_factor,
                index.predicate.is_some(),
                index.parent.map(|parent| &catalog.index(parent).name),
            ));
        }
    }
    facts
}

#[test]
fn a_dump_agrees_with_the_statements_it_comes_from() {
    let (written, dumped) = (facts(&load("schema.sql")), facts(&load("dump.sql")));
    let only_written: Vec<_> = written.difference(&dumped).collect();
    let only_dumped: Vec<_> = dumped.difference(&written).collect();
    assert_eq!(only_written, only_dumped);
}

#[test]
fn a_dump_loads_with_its_details() {
    let catalog = load("dump.sql");
    assert_eq!(catalog.tables().count(), 18);
    assert_eq!(catalog.extensions, ["btree_gist", "citext", "pg_trgm"]);
    let status = QualifiedName::new("app", "order_status");
    assert_eq!(
        catalog.enums[&status],
        ["new", "paid", "shipped", "can'celled"]
    );
    let email = &catalog.domains[&QualifiedName::new("app", "email")];
    assert!(email.not_null && email.checks.len() == 1 && email.base == Type::Citext);
    assert_eq!(
        catalog.domains[&QualifiedName::new("app", "positive")]
            .checks
            .len(),
        2
    );
    assert!(catalog.functions[&QualifiedName::new("app", "slug")].strict);

    let orders = table(&catalog, "orders");
    let quantity = orders
        .checks
        .iter()
        .find(|check| check.name.as_deref() == Some("orders_quantity_small"));
    assert!(!quantity.unwrap().validated);
    assert!(matches!(
        orders.columns[0].generated,
        Generated::Identity { always: false }
    ));
    let customers = table(&catalog, "customers");
    assert!(matches!(
        customers.columns[0].generated,
        Generated::Identity { always: true }
    ));
    assert!(matches!(
        customers.columns[7].generated,
        Generated::Expression(_)
    ));
    assert!(matches!(
        table(&catalog, "events").kind,
        TableKind::Partitioned { .. }
    ));
    assert_eq!(
        table(&catalog, "child").inherits,
        [table(&catalog, "base").id]
    );
    assert!(table(&catalog, "numbered").replica_identity.is_some());
    assert_eq!(catalog.search_path, ["public"]);
}

#[test]
fn rows_in_a_dump_are_data_statements() {
    let mut loader = whyslow::catalog::SchemaLoader::new();
    for source in read_schema(&[Path::new("tests/fixtures/pg_dump/dump.sql")]).unwrap() {
        loader.load(&source);
    }
    let (_, statements) = loader.finish();
    let rows: Vec<&str> = statements
        .iter()
        .filter(|statement| statement.kind == StatementKind::Data)
        .filter_map(|statement| Some(statement.text.file.slice(statement.text.copy_data?)))
        .filter(|rows| !rows.is_empty())
        .collect();
    assert_eq!(rows, ["1\t2024-01-01\n2\t2024-01-02\n"]);
}

/// Every kind of object that pg_dump 15 writes, in clauses that sqlparser does not know.
#[test]
fn a_dump_of_everything_loads_without_a_problem() {
    let catalog = load("everything.sql");
    let view = |name: &str| -> Vec<&str> {
        table(&catalog, name)
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect()
    };
    assert_eq!(view("v4"), ["tag", "ord", "g"]);
    assert_eq!(view("v5"), ["id", "cyc"]);
    assert_eq!(view("v7"), ["x", "y", "z", "c", "nd", "co"]);
    assert_eq!(
        catalog.indexes_of(table(&catalog, "t")).count(),
        13,
        "with those of the constraints"
    );
}

#[test]
fn a_dump_can_stand_among_the_queries() {
    let path = Path::new("tests/fixtures/pg_dump/everything.sql");
    let files = read_schema(&[path]).unwrap();
    let result = whyslow::rules::lint(
        &files,
        &load("everything.sql"),
        &whyslow::rules::LintOptions::default(),
    );
    let told: Vec<String> = result
        .findings
        .iter()
        .filter(|finding| {
            ["syntax-error", "unknown-table", "unknown-column"].contains(&finding.rule)
        })
        .map(|finding| finding.message.clone())
        .collect();
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(result.unparsed, 0);
    assert!(result.statements > 200);
}
