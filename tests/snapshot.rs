//! Snapshots of a running server: what is read, and that the planner without data plans as that server does.
#![cfg(feature = "embedded")]

use std::sync::Arc;

use whyslow::catalog::Snapshot;
use whyslow::catalog::live::{LiveSnapshotError, SnapshotFilter, connect, take_snapshot};
use whyslow::planner::{
    EmbeddedPlanner, EmbeddedPlannerOptions, HypotheticalChange, LivePlanner, Planner,
    embedded_substitute,
};
use whyslow::sandbox::{Server, ServerOptions};

fn options() -> ServerOptions {
    ServerOptions {
        program: Some(env!("CARGO_BIN_EXE_whyslow").into()),
        settings: vec![("max_parallel_workers_per_gather".to_owned(), "2".to_owned())],
        ..ServerOptions::default()
    }
}

const DATA: &str = "
    CREATE EXTENSION pg_trgm;
    CREATE SCHEMA \"Odd Name\";
    CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
    CREATE DOMAIN amount AS numeric(10,2) CHECK (VALUE >= 0);
    CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, town text, zip text, mood mood, tags text[], ok boolean, paid amount);
    INSERT INTO people SELECT i, 'name \"' || i || '\\, ', 'town' || i % 50, 'zip' || i % 50 / 2, (enum_range(NULL::mood))[1 + i % 3],
        ARRAY['t' || i % 7, 't' || i % 11], i % 10 = 0, i % 100 FROM generate_series(1, 20000) i;
    CREATE TABLE \"Odd Name\".\"Orders\" (\"Id\" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person int NOT NULL REFERENCES people, at date NOT NULL);
    INSERT INTO \"Odd Name\".\"Orders\" (person, at) SELECT 1 + i % 20000, date '2024-01-01' + i % 700 FROM generate_series(1, 60000) i;
    CREATE TABLE events (id int NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE events_2 PARTITION OF events DEFAULT;
    CREATE INDEX events_at ON events (at);
    INSERT INTO events SELECT i, date '2024-06-01' + i % 500 FROM generate_series(1, 30000) i;
    CREATE STATISTICS town_zip (ndistinct, dependencies, mcv) ON town, zip FROM people;
    CREATE INDEX people_lower ON people (lower(name));
    CREATE INDEX people_tags ON people USING gin (tags);
    CREATE INDEX people_name ON people USING gin (name gin_trgm_ops);
    CREATE INDEX people_rare ON people (town) WHERE ok;
    CREATE INDEX orders_person ON \"Odd Name\".\"Orders\" (person);
    CREATE INDEX orders_at ON \"Odd Name\".\"Orders\" USING brin (at) WITH (pages_per_range = 16);
    CREATE VIEW rich AS SELECT id, name FROM people WHERE paid > 90;
    CREATE MATERIALIZED VIEW towns AS SELECT town, count(*) AS n FROM people GROUP BY town;
    CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
    VACUUM ANALYZE;
";
/// None of them asks for a range beyond a histogram's ends: there a server looks up the true smallest and largest value
/// in an index, which a snapshot does not have (docs/planner.md).
const QUERIES: &[&str] = &[
    "SELECT * FROM people WHERE id = 5",
    "SELECT * FROM people WHERE town = 'town3' AND zip = 'zip1'",
    "SELECT town, zip FROM people GROUP BY town, zip",
    "SELECT * FROM people WHERE lower(name) = 'x'",
    "SELECT * FROM people WHERE tags @> ARRAY['t3']",
    "SELECT * FROM people WHERE name LIKE '%1234%'",
    "SELECT * FROM people WHERE ok AND town = 'town10'",
    "SELECT * FROM people WHERE mood = 'happy' AND paid < 3",
    "SELECT p.name FROM people p JOIN \"Odd Name\".\"Orders\" o ON o.person = p.id WHERE o.at = '2024-05-05'",
    "SELECT count(*) FROM \"Odd Name\".\"Orders\" WHERE at < '2024-01-03'",
    "SELECT * FROM events WHERE at BETWEEN '2024-10-01' AND '2024-10-03'",
    "SELECT * FROM events WHERE id = 77",
    "SELECT * FROM rich JOIN towns ON towns.town = rich.name",
    "SELECT o.person, count(*) FROM \"Odd Name\".\"Orders\" o GROUP BY o.person ORDER BY 2 DESC LIMIT 5",
];

fn text_plan(client: &mut postgres::Client, query: &str) -> String {
    let messages = client.simple_query(&format!("EXPLAIN {query}")).unwrap();
    let lines = messages.iter().filter_map(|message| match message {
        postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    lines.collect::<Vec<String>>().join("\n")
}

#[test]
fn a_snapshot_plans_as_its_server_and_nothing_is_written() {
    let server = Server::start(options()).unwrap();
    let mut session = server.connect("postgres").unwrap();
    for statement in DATA.split(";\n") {
        session.batch_execute(statement).unwrap();
    }
    drop(session);
    let mut session = server.connect("postgres").unwrap();
    let wanted: Vec<String> = QUERIES
        .iter()
        .map(|query| text_plan(&mut session, query))
        .collect();
    let fingerprint = "SELECT md5(string_agg(c::text, '' ORDER BY c.oid)) || (SELECT count(*) FROM pg_attribute) || \
        (SELECT count(*) FROM pg_statistic) || pg_current_wal_insert_lsn()::text FROM pg_class c";
    let before: String = session.query_one(fingerprint, &[]).unwrap().get(0);
    drop(session);

    let url = server.url("postgres").unwrap();
    let mut live = connect(&url).unwrap();
    let nothing = SnapshotFilter {
        tables: vec!["no_such".to_owned()],
        ..SnapshotFilter::default()
    };
    assert!(matches!(
        take_snapshot(&mut live, &nothing, |_| ()),
        Err(LiveSnapshotError::NothingFits { .. })
    ));
    let snapshot = take_snapshot(&mut live, &SnapshotFilter::default(), |_| ()).unwrap();
    assert!(snapshot.missing.is_empty(), "{:?}", snapshot.missing);
    let refused = live.batch_execute("CREATE TABLE written ()").unwrap_err();
    assert!(
        refused
            .as_db_error()
            .unwrap()
            .message()
            .contains("read-only")
    );
    let only = SnapshotFilter {
        tables: vec!["Odd Name.Orders".to_owned()],
        ..SnapshotFilter::default()
    };
    assert_eq!(
        take_snapshot(&mut live, &only, |_| ())
            .unwrap()
            .tables
            .len(),
        1
    );
    let substitute = embedded_substitute(EmbeddedPlannerOptions {
        server: options(),
        ..EmbeddedPlannerOptions::default()
    });
    let mut planner = LivePlanner::new(live, 5.0, Some(substitute)).unwrap();
    assert!(
        planner
            .plan("SELECT * FROM people WHERE id = $1", &[])
            .unwrap()
            .uses("people_pkey")
    );
    assert!(planner.plan("SELECT nothing", &[]).is_err());
    assert!(
        planner
            .plan("SELECT * FROM people WHERE id = 7", &[])
            .unwrap()
            .uses("people_pkey")
    );
    let index = HypotheticalChange::parse("CREATE INDEX by_zip ON people (zip, town)").unwrap();
    let supposed = planner
        .plan(
            "SELECT * FROM people WHERE zip = 'zip1' AND town = 'town2'",
            &index,
        )
        .unwrap();
    assert!(supposed.uses("by_zip"), "{}", supposed.plan);
    assert!(
        planner
            .description()
            .hypothetical_by
            .unwrap()
            .contains("embedded")
    );
    drop(planner);
    let mut session = server.connect("postgres").unwrap();
    let after: String = session.query_one(fingerprint, &[]).unwrap().get(0);
    // The write-ahead log moves by the server's own checkpoints between sessions, the catalogs do not.
    assert_eq!(before[..32], after[..32]);
    drop(session);
    drop(server);

    let snapshot = Snapshot::from_json(&snapshot.to_json()).unwrap();
    let mut redacted = snapshot.clone();
    redacted.redact();
    assert!(!redacted.to_json().contains("town3"));

    let catalog = snapshot.into_catalog();
    assert!(catalog.problems.is_empty(), "{:?}", catalog.problems);
    let options = || EmbeddedPlannerOptions {
        server: options(),
        ..EmbeddedPlannerOptions::default()
    };
    let mut planner = EmbeddedPlanner::start(Arc::new(catalog), options()).unwrap();
    assert!(
        planner.description().notes.is_empty(),
        "{:?}",
        planner.description().notes
    );
    let mut different = Vec::new();
    for (query, wanted) in QUERIES.iter().zip(&wanted) {
        let found = text_plan(planner.session(), query);
        if found != *wanted {
            different.push(format!("{query}\nwanted {wanted}\nfound  {found}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
    drop(planner);
    let redacted = EmbeddedPlanner::start(Arc::new(redacted.into_catalog()), options()).unwrap();
    assert!(
        redacted.description().notes.is_empty(),
        "{:?}",
        redacted.description().notes
    );
}

/// Runs `lint` on a query with this text as the snapshot: the exit code and what it says.
fn lint_with(snapshot: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prod.json");
    std::fs::write(&file, snapshot).unwrap();
    let query = folder.path().join("query.sql");
    std::fs::write(&query, "SELECT id FROM t WHERE a = 5").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .args(["lint", "--no-config", "--snapshot"])
        .args([&file, &query])
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (
        output.status.code(),
        text.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

#[test]
fn a_broken_snapshot_is_refused_with_what_to_do() {
    let whole = r#"{"kind": "whyslow-snapshot", "format": 1, "server": {}, "schema": ["CREATE TABLE public.t (id int PRIMARY KEY, a int)"],
        "tables": [{"schema": "public", "name": "t", "statistics": {"rows": 1000000, "pages": 20000},
            "columns": {"a": {"most_common": [["7", 0.1]], "distinct": 50000}}}],
        "indexes": []}"#;
    let (code, text) = lint_with(whole);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("missing-index") && text.contains("planned by PostgreSQL"),
        "{text}"
    );

    for (broken, says) in [
        (whole[..whole.len() / 2].to_owned(), "cut off at its end"),
        (
            whole.replace("\"format\": 1", "\"format\": 99"),
            "update whyslow",
        ),
        (
            whole.replace("\"indexes\": []", "\"indexes\": [}"),
            "line 4",
        ),
        (
            whole.replace("\"rows\": 1000000", "\"rows\": \"many\""),
            "line 2",
        ),
        (whole.replace("whyslow-snapshot", "other"), "not a snapshot"),
    ] {
        let (code, text) = lint_with(&broken);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(says), "{says}: {text}");
    }

    // What was edited and still can be read is used, and what of it does not fit is said.
    let (code, text) = lint_with(&whole.replace("\"a\": {", "\"b\": {"));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("statistics of column b of public.t"),
        "{text}"
    );
}

#[test]
fn the_output_of_pg_dump_is_a_snapshot() {
    let table = "CREATE TABLE public.t (id integer NOT NULL, a integer, CONSTRAINT t_pkey PRIMARY KEY (id));\n";
    let statistics = "SELECT * FROM pg_catalog.pg_restore_relation_stats(
        'version', '180004'::integer, 'schemaname', 'public', 'relname', 't', 'relpages', '20000'::integer,
        'reltuples', '1000000'::real, 'relallvisible', '0'::integer);
        SELECT * FROM pg_catalog.pg_restore_attribute_stats(
        'version', '180004'::integer, 'schemaname', 'public', 'relname', 't', 'attname', 'a', 'inherited', 'f'::boolean,
        'null_frac', '0'::real, 'avg_width', '4'::integer, 'n_distinct', '50000'::real);\n";
    let (code, text) = lint_with(&format!("{table}{statistics}"));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("missing-index") && text.contains("1000000 rows in 20000 pages"),
        "{text}"
    );
}

#[test]
fn values_that_do_not_fit_their_type_are_left_out_and_named() {
    let mut catalog = whyslow::catalog::load_schema(&[whyslow::source::SourceFile::new(
        "schema.sql",
        "CREATE TABLE t (id int PRIMARY KEY, a int)",
    )]);
    let statistics = whyslow::catalog::HandWrittenStatistics::from_toml(
        "[tables.t]\nrows = 1_000_000\n[tables.t.columns.a]\nvalues = { seven = 0.5 }",
    )
    .unwrap();
    catalog.apply_statistics(&statistics).unwrap();
    let mut planner = EmbeddedPlanner::start(
        Arc::new(catalog),
        EmbeddedPlannerOptions {
            server: options(),
            ..EmbeddedPlannerOptions::default()
        },
    )
    .unwrap();
    let notes = planner.description().notes.join("\n");
    assert!(
        notes.contains("could not be used") && notes.contains("public.t.a"),
        "{notes}"
    );
    let planned = planner.plan("SELECT * FROM t WHERE id = 3", &[]).unwrap();
    assert!(planned.uses("t_pkey"), "{}", planned.plan);
}
