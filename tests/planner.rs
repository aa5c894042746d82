//! The planner without data: statistics in, production's plans out.
#![cfg(feature = "embedded")]

use std::sync::Arc;

use whyslow::catalog::{Catalog, HandWrittenStatistics, load_schema};
use whyslow::planner::{
    EmbeddedPlanner, EmbeddedPlannerOptions, HypotheticalChange, Parameters, Planner, PlannerError,
};
use whyslow::sandbox::ServerOptions;
use whyslow::source::SourceFile;

fn options() -> EmbeddedPlannerOptions {
    EmbeddedPlannerOptions {
        server: ServerOptions {
            program: Some(env!("CARGO_BIN_EXE_whyslow").into()),
            ..ServerOptions::default()
        },
        ..EmbeddedPlannerOptions::default()
    }
}

fn catalog(schema: &str, statistics: &str) -> Catalog {
    let mut catalog = load_schema(&[SourceFile::new("schema.sql", schema)]);
    assert!(catalog.problems.is_empty(), "{:?}", catalog.problems);
    let statistics = HandWrittenStatistics::from_toml(statistics).unwrap();
    catalog.apply_statistics(&statistics).unwrap();
    catalog
}

const SCHEMA: &str = "
    CREATE TYPE state AS ENUM ('open', 'done');
    CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, place geometry(Point, 4326));
    CREATE TABLE orders (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id bigint NOT NULL REFERENCES customers,
        status text NOT NULL,
        state state,
        email text,
        created_at timestamptz NOT NULL DEFAULT now());
    CREATE VIEW open_orders AS SELECT id, customer_id FROM orders WHERE status = 'open';
    CREATE TABLE never_analyzed (id int);
    CREATE TABLE events (id bigint, at date NOT NULL, kind int) PARTITION BY RANGE (at);
    CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE INDEX events_kind ON events (kind);
";
const STATISTICS: &str = "
    [tables.customers]
    rows = 400_000
    [tables.orders]
    rows = 20_000_000
    [tables.orders.columns.status]
    values = { shipped = 0.97, open = 0.03 }
    [tables.orders.columns.email]
    distinct = -0.5
    width = 24
    [tables.orders.columns.created_at]
    distinct = -1
    min = '2020-01-01'
    max = '2026-01-01'
    [tables.events_2025]
    rows = 1_000_000
    [tables.events_2025.columns.kind]
    distinct = 100
";

fn create(sql: &str) -> Vec<HypotheticalChange> {
    HypotheticalChange::parse(sql).unwrap()
}

#[test]
fn plans_as_if_the_rows_were_there() {
    let mut planner =
        EmbeddedPlanner::start(Arc::new(catalog(SCHEMA, STATISTICS)), options()).unwrap();
    let notes = planner.description().notes.join("\n");
    assert!(notes.contains("geometry"), "{notes}");
    assert!(
        !notes.contains("left out") && !notes.contains("could not be used"),
        "{notes}"
    );

    let by_key = planner
        .plan("SELECT * FROM orders WHERE id = $1", &[])
        .unwrap();
    assert!(
        by_key.uses("orders_pkey") && by_key.total_cost < 10.0,
        "{by_key:?}"
    );
    let rare = "SELECT * FROM orders WHERE status = 'open'";
    let common = "SELECT * FROM orders WHERE status = 'shipped'";
    let before = planner.plan(rare, &[]).unwrap();
    assert!(
        (before.rows - 600_000.0).abs() < 10_000.0,
        "{}",
        before.rows
    );

    let changes = create("CREATE INDEX CONCURRENTLY by_status ON orders (status)");
    let after = planner.plan(rare, &changes).unwrap();
    assert!(
        after.uses("by_status") && after.total_cost < before.total_cost,
        "{:?}",
        after.indexes
    );
    assert!(
        after.hypothetical[0].used && after.hypothetical[0].bytes() > 1e8,
        "{:?}",
        after.hypothetical
    );
    assert!(!planner.plan(common, &changes).unwrap().uses("by_status"));
    // Taken back, the plan is the one of before, to the cent.
    assert_eq!(planner.plan(rare, &[]).unwrap().plan, before.plan);
    assert_eq!(planner.plan(rare, &changes).unwrap().plan, after.plan);

    let partial = create(
        "CREATE INDEX ON orders (customer_id, created_at DESC) INCLUDE (email) WHERE status = 'open';
         CREATE INDEX by_lower ON orders (lower(email)); DROP INDEX orders_pkey",
    );
    let error = planner.plan(rare, &partial).unwrap_err();
    assert!(
        matches!(&error, PlannerError::Change { sql, .. } if sql.contains("orders_pkey")),
        "{error}"
    );
    let view = planner
        .plan(
            "SELECT * FROM open_orders WHERE customer_id = $1",
            &partial[..2],
        )
        .unwrap();
    assert!(view.hypothetical[0].used, "{:?}", view.plan);
    assert!(view.hypothetical[0].rows < 700_000.0);
    let lower = planner
        .plan(
            "SELECT 1 FROM orders WHERE lower(email) = 'a@example.org'",
            &partial[..2],
        )
        .unwrap();
    assert!(lower.uses("by_lower"), "{:?}", lower.plan);

    for (index, query) in [
        (
            "CREATE INDEX h ON orders USING hash (email)",
            "SELECT 1 FROM orders WHERE email = 'x'",
        ),
        (
            "CREATE INDEX h ON orders USING brin (id)",
            "SELECT count(*) FROM orders WHERE id < 100000",
        ),
        (
            "CREATE INDEX h ON orders USING gin (email gin_trgm_ops)",
            "SELECT 1 FROM orders WHERE email LIKE '%example%'",
        ),
        (
            "CREATE INDEX h ON orders (email text_pattern_ops)",
            "SELECT 1 FROM orders WHERE email LIKE 'exam%'",
        ),
    ] {
        let mut changes = create(index);
        if index.contains("brin") {
            changes.clear();
            changes.extend(create("CREATE INDEX h ON orders USING brin (created_at)"));
            let ranged = planner
                .plan(
                    "SELECT count(*) FROM orders WHERE created_at > '2025-12-31'",
                    &changes,
                )
                .unwrap();
            assert!(
                ranged.hypothetical[0].pages < 1000.0,
                "{:?}",
                ranged.hypothetical
            );
            continue;
        }
        let planned = planner.plan(query, &changes).unwrap();
        assert!(planned.uses("h"), "{index}: {}", planned.plan);
    }
    // The database behaves as in production: a plain index does not serve LIKE.
    let plain = create("CREATE INDEX plain ON orders (email)");
    let like = planner
        .plan("SELECT 1 FROM orders WHERE email LIKE 'exam%'", &plain)
        .unwrap();
    assert!(!like.uses("plain"), "{}", like.plan);

    let partitions = planner
        .plan(
            "SELECT * FROM events WHERE kind = 1 AND at = '2025-05-05'",
            &[],
        )
        .unwrap();
    assert!(
        partitions
            .indexes
            .iter()
            .any(|name| name.starts_with("events_2025")),
        "{}",
        partitions.plan
    );
    let on_partitioned = planner
        .plan(
            "SELECT * FROM events WHERE id = 1",
            &create("CREATE INDEX e ON events (id)"),
        )
        .unwrap();
    assert!(on_partitioned.hypothetical[0].used, "{:?}", on_partitioned);

    let values = |value: &str| Parameters::Values(vec![Some(value.to_owned())]);
    let query = "SELECT * FROM orders WHERE status = $1";
    assert!(
        planner
            .plan_with_parameters(query, &values("open"), &changes)
            .unwrap()
            .uses("by_status")
    );
    assert!(
        !planner
            .plan_with_parameters(query, &values("shipped"), &changes)
            .unwrap()
            .uses("by_status")
    );
    assert!(matches!(
        planner.plan_with_parameters(query, &Parameters::Values(vec![]), &[]),
        Err(PlannerError::ParameterCount {
            expected: 1,
            given: 0
        })
    ));
    match planner.plan("SELECT nothing FROM orders", &[]) {
        Err(PlannerError::Query { position, .. }) => assert_eq!(position, Some(8)),
        other => panic!("{other:?}"),
    }
    assert!(planner.plan("SELECT 1; DROP TABLE orders", &[]).is_err());
    assert!(planner.plan("SELECT $1", &[]).is_ok());
}

const SHOP: &str =
    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, status text NOT NULL, note text);
     CREATE INDEX orders_status ON orders (status);";
const SHOP_STATISTICS: &str = "
    [tables.orders]
    rows = 2_000_000
    [tables.orders.columns.status]
    values = { shipped = 0.97, pending = 0.03 }
    [tables.orders.columns.customer_id]
    distinct = 40_000";

/// What `lint --format json` finds, with these further arguments.
fn lint(query: &str, arguments: &[&str]) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .args(["lint", "--no-config", "--format", "json"])
        .arg(file("query.sql", query))
        .arg("--schema")
        .arg(file("schema.sql", SHOP))
        .arg("--snapshot")
        .arg(file("statistics.toml", SHOP_STATISTICS))
        .args(arguments)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn found<'a>(result: &'a serde_json::Value, rule: &str) -> Option<&'a serde_json::Value> {
    result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["rule"] == rule)
}

#[test]
fn lint_puts_proposed_indexes_before_the_planner() {
    let query = "SELECT id FROM orders WHERE customer_id = 7";
    let planned = lint(query, &[]);
    let finding = found(&planned, "missing-index").unwrap();
    assert_eq!(finding["evidence"], "planned");
    let cost = |name: &str| finding["facts"][name].as_f64().unwrap();
    assert!(cost("cost_after") < cost("cost_before") / 10.0, "{finding}");

    let without = lint(query, &["--no-planner"]);
    let finding = found(&without, "missing-index").unwrap();
    assert_eq!(finding["evidence"], "statistics");
}

#[test]
fn a_plan_that_depends_on_the_value_is_a_finding() {
    let skewed = lint("SELECT id, note FROM orders WHERE status = $1", &[]);
    let finding = found(&skewed, "parameter-sensitive-plan").unwrap();
    assert_eq!(finding["severity"], "info");
    let why = finding["why"].to_string();
    assert!(
        why.contains("shipped") && why.contains("pending") && why.contains("orders_status"),
        "{why}"
    );
    for (query, arguments) in [
        (
            "SELECT id, note FROM orders WHERE status = 'pending'",
            &[][..],
        ),
        ("SELECT id, note FROM orders WHERE id = $1", &[]),
        (
            "SELECT id, note FROM orders WHERE id = 5 AND status = $1",
            &[],
        ),
        (
            "SELECT id, note FROM orders WHERE status = $1",
            &["--rule", "parameter-sensitive-plan=off"],
        ),
    ] {
        let result = lint(query, arguments);
        assert!(
            found(&result, "parameter-sensitive-plan").is_none(),
            "{query}"
        );
    }
}

const BUILT: &str = "
    CREATE EXTENSION pg_trgm;
    CREATE TABLE notes (id int PRIMARY KEY, author int NOT NULL, state text NOT NULL, title text NOT NULL, at date NOT NULL, tags text[]);
    INSERT INTO notes SELECT i, i * 7919 % 2000, CASE WHEN i % 41 = 0 THEN 'open' ELSE 'done' END,
        'title ' || md5((i % 15000)::text), date '2020-01-01' + i / 20,
        ARRAY['tag ' || i % 13, 'tag ' || i % 31, 'tag ' || i % 97] FROM generate_series(1, 40000) i;
    ANALYZE notes;
";
/// Index and query.
const BUILT_INDEXES: &[(&str, &str)] = &[
    (
        "CREATE INDEX h ON notes (author)",
        "SELECT * FROM notes WHERE author = 7",
    ),
    (
        "CREATE INDEX h ON notes (title)",
        "SELECT * FROM notes WHERE title = 'title x'",
    ),
    (
        "CREATE INDEX h ON notes (at DESC, author)",
        "SELECT * FROM notes ORDER BY at DESC, author LIMIT 5",
    ),
    (
        "CREATE INDEX h ON notes (author) INCLUDE (at)",
        "SELECT at FROM notes WHERE author BETWEEN 5 AND 9",
    ),
    (
        "CREATE INDEX h ON notes (author) WHERE state = 'open'",
        "SELECT * FROM notes WHERE state = 'open' AND author = 40",
    ),
    (
        "CREATE INDEX h ON notes USING hash (title)",
        "SELECT * FROM notes WHERE title = 'title x'",
    ),
    (
        "CREATE INDEX h ON notes USING brin (at) WITH (pages_per_range = 4)",
        "SELECT count(*) FROM notes WHERE at = '2022-02-02'",
    ),
    (
        "CREATE INDEX h ON notes USING gin (tags)",
        "SELECT * FROM notes WHERE tags @> ARRAY['tag 5', 'tag 88']",
    ),
    (
        "CREATE INDEX h ON notes USING gin (title gin_trgm_ops)",
        "SELECT * FROM notes WHERE title LIKE '%abcd%'",
    ),
];

#[test]
fn hypothetical_indexes_are_as_large_and_as_dear_as_built_ones() {
    let server = whyslow::sandbox::Server::start(options().server).unwrap();
    let mut session = server.connect("postgres").unwrap();
    session.batch_execute(BUILT).unwrap();
    let mut built = Vec::new();
    for (index, query) in BUILT_INDEXES {
        session.batch_execute("BEGIN").unwrap();
        session.batch_execute(index).unwrap();
        let pages: f64 = session
            .query_one("SELECT (pg_relation_size('h') / 8192)::float8", &[])
            .unwrap()
            .get(0);
        let explained = session
            .query_one(&format!("EXPLAIN (FORMAT JSON) {query}"), &[])
            .unwrap();
        let planned =
            whyslow::planner::PlannedQuery::from_explain(explained.get(0), Vec::new()).unwrap();
        session.batch_execute("ROLLBACK").unwrap();
        built.push((pages, planned));
    }
    drop(session);
    let mut live = whyslow::catalog::live::connect(&server.url("postgres").unwrap()).unwrap();
    let snapshot = whyslow::catalog::live::take_snapshot(
        &mut live,
        &whyslow::catalog::live::SnapshotFilter::default(),
        |_| (),
    )
    .unwrap();
    drop(live);
    drop(server);
    let mut planner = EmbeddedPlanner::start(Arc::new(snapshot.into_catalog()), options()).unwrap();
    let mut wrong = Vec::new();
    for ((index, query), (pages, built)) in BUILT_INDEXES.iter().zip(&built) {
        let planned = planner.plan(query, &create(index)).unwrap();
        let size = planned.hypothetical[0].pages / pages - 1.0;
        let cost = planned.total_cost / built.total_cost - 1.0;
        if size.abs() > 0.1 || cost.abs() > 0.02 || planned.indexes != built.indexes {
            wrong.push(format!(
                "{index}: {pages} pages, estimated {}; cost {} planned {}; {:?} {:?}",
                planned.hypothetical[0].pages,
                built.total_cost,
                planned.total_cost,
                built.indexes,
                planned.indexes
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
