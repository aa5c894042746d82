//! Against a native PostgreSQL 15 (Debian's postgresql-15, with HypoPG): what a live server is asked, and that it is only
//! asked. Without that server installed the tests say so and do nothing; CI installs it.
#![cfg(all(unix, feature = "embedded"))]

mod native_server;

use std::sync::Arc;

use native_server::NativeServer;
use whyslow::catalog::live::{SnapshotFilter, connect, take_snapshot};
use whyslow::planner::{
    EmbeddedPlanner, EmbeddedPlannerOptions, HypotheticalChange, LivePlanner, PlannedQuery, Planner,
};
use whyslow::sandbox::ServerOptions;

const DATA: &str = "
    CREATE TYPE state AS ENUM ('open', 'shipped');
    CREATE SEQUENCE counter;
    CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, region text);
    INSERT INTO customers SELECT i, 'customer ' || i, 'region ' || i % 40 FROM generate_series(1, 5000) i;
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, state state NOT NULL, at date NOT NULL, note text);
    INSERT INTO orders SELECT i, 1 + i % 5000, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'shipped' END::state,
        date '2024-01-01' + i / 100, 'note ' || i FROM generate_series(1, 60000) i;
    CREATE FUNCTION writes() RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO customers VALUES (-1, ''written'') RETURNING id';
";

fn options() -> ServerOptions {
    ServerOptions {
        program: Some(env!("CARGO_BIN_EXE_whyslow").into()),
        ..ServerOptions::default()
    }
}

fn whyslow(arguments: &[&str]) -> (Option<i32>, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .arg("--no-config")
        .args(arguments)
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code(), text)
}

/// Everything in the catalogs and tables, and what the server counted of writes.
fn state(server: &NativeServer) -> Vec<(String, String)> {
    let mut client = server.client("postgres", "shop");
    // Sessions report what they did when they end; this one must not sort on disk.
    client
        .batch_execute(
            "SELECT pg_stat_force_next_flush(); SELECT pg_sleep(0.3); SET work_mem = '512MB'",
        )
        .unwrap();
    let mut state = Vec::new();
    let relations = client
        .query(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'S') AND n.nspname IN ('pg_catalog', 'public') ORDER BY 1",
            &[],
        )
        .unwrap();
    for row in relations {
        let name: String = row.get(0);
        let digest = client
            .query_one(
                &format!("SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM (SELECT * FROM {name}) t"),
                &[],
            )
            .unwrap();
        state.push((name, digest.get(0)));
    }
    let counters = client
        .query_one(
            "SELECT concat_ws(' ', tup_inserted, tup_updated, tup_deleted, temp_files, temp_bytes, deadlocks, conflicts) \
             FROM pg_stat_database WHERE datname = 'shop'",
            &[],
        )
        .unwrap();
    state.push(("pg_stat_database".to_owned(), counters.get(0)));
    let locks = client
        .query_one("SELECT count(*)::text FROM pg_prepared_xacts", &[])
        .unwrap();
    state.push(("prepared transactions".to_owned(), locks.get(0)));
    state
}

#[test]
fn a_live_server_is_never_written_to() {
    let Some(server) = NativeServer::start("written") else {
        return;
    };
    server.create_database("shop", DATA);
    let mut admin = server.client("postgres", "shop");
    admin.batch_execute("CREATE EXTENSION hypopg").unwrap();
    admin.batch_execute("VACUUM ANALYZE").unwrap();
    drop(admin);
    let url = server.url("postgres", "shop");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let query = file(
        "query.sql",
        "SELECT * FROM orders WHERE customer_id = 7 ORDER BY at",
    );
    let open = file("open.sql", "SELECT * FROM orders WHERE state = $1");
    let delete = file("delete.sql", "DELETE FROM orders WHERE note = 'note 3'");
    let writing = file("writing.sql", "SELECT writes()");
    let counting = file(
        "counting.sql",
        "SELECT nextval('counter'), * FROM customers WHERE id < 4",
    );
    let sorting = file(
        "sorting.sql",
        "SELECT id, note FROM orders ORDER BY note LIMIT 5",
    );
    let snapshot = folder.path().join("shop.json").display().to_string();

    let before = state(&server);
    let commands: &[&[&str]] = &[
        &["snapshot", "--database", &url, "-o", &snapshot],
        &[
            "snapshot",
            "--database",
            &url,
            "-o",
            &snapshot,
            "--redact",
            "--table",
            "orders",
        ],
        &["explain", &query, "--database", &url],
        &["explain", &query, "--database", &url, "--analyze"],
        &[
            "explain",
            &query,
            "--database",
            &url,
            "--what-if",
            "CREATE INDEX ON orders (customer_id)",
        ],
        &["explain", &open, "--database", &url, "--param", "open"],
        &["explain", &open, "--database", &url],
        &["explain", &delete, "--database", &url, "--analyze"],
        &["explain", &writing, "--database", &url, "--analyze"],
        &["explain", &counting, "--database", &url, "--analyze"],
        &["explain", &sorting, "--database", &url, "--analyze"],
        &["advise", &query, "--database", &url],
    ];
    for command in commands {
        let (code, text) = whyslow(command);
        assert!(matches!(code, Some(0 | 1)), "{command:?}: {text}");
    }
    let after = state(&server);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert_eq!(before.len(), after.len());
    assert!(before.len() > 60, "{} relations compared", before.len());
}

#[test]
fn what_a_server_refuses_is_said_clearly() {
    let Some(mut server) = NativeServer::start("refusing") else {
        return;
    };
    server.create_database("shop", DATA);
    let mut admin = server.client("postgres", "shop");
    admin
        .batch_execute(
            "ANALYZE; CREATE ROLE guest LOGIN; CREATE ROLE stranger LOGIN; REVOKE CONNECT ON DATABASE shop FROM public; \
             GRANT CONNECT ON DATABASE shop TO guest; CREATE TABLE leaves (id int PRIMARY KEY, a int)",
        )
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let query = folder.path().join("query.sql").display().to_string();
    std::fs::write(&query, "SELECT * FROM orders WHERE customer_id = 7").unwrap();

    // A role that may see the catalogs and nothing else.
    let guest = server.url("guest", "shop");
    let (code, text) = whyslow(&["snapshot", "--database", &guest, "-o", "/dev/null"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("column statistics of 2 tables") && text.contains("pg_read_all_data"),
        "{text}"
    );
    let (code, text) = whyslow(&["explain", &query, "--database", &guest]);
    assert_eq!(code, Some(3), "{text}");
    assert!(
        text.contains("permission denied for table orders"),
        "{text}"
    );
    // One that may not even connect.
    let (code, text) = whyslow(&["snapshot", "--database", &server.url("stranger", "shop")]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("permission denied for database"), "{text}");
    let (code, text) = whyslow(&["snapshot", "--database", &server.url("postgres", "nowhere")]);
    assert_eq!(code, Some(3), "{text}");
    assert!(
        text.contains("does not exist") && text.contains("DATABASE"),
        "{text}"
    );

    // A table that is dropped while the snapshot is taken.
    let mut live = connect(&server.url("postgres", "shop")).unwrap();
    let snapshot = take_snapshot(&mut live, &SnapshotFilter::default(), |step| {
        if step == "tables" {
            admin.batch_execute("DROP TABLE leaves").unwrap();
        }
    });
    match snapshot {
        Ok(snapshot) => {
            let planner = EmbeddedPlanner::start(
                Arc::new(snapshot.into_catalog()),
                EmbeddedPlannerOptions {
                    server: options(),
                    ..EmbeddedPlannerOptions::default()
                },
            );
            assert!(planner.is_ok());
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("dropped meanwhile: try again"), "{text}");
        }
    }
    drop(live);
    drop(admin);

    // A standby: every command that reads works there.
    server.restart_in_recovery();
    let standby = server.url("postgres", "shop");
    let recovering: bool = server
        .client("postgres", "shop")
        .query_one("SELECT pg_is_in_recovery()", &[])
        .unwrap()
        .get(0);
    assert!(recovering);
    let file = folder.path().join("standby.json").display().to_string();
    let (code, text) = whyslow(&["snapshot", "--database", &standby, "-o", &file]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = whyslow(&[
        "explain",
        &query,
        "--database",
        &standby,
        "--what-if",
        "CREATE INDEX ON orders (customer_id)",
    ]);
    assert!(matches!(code, Some(0 | 1)), "{text}");
    assert!(text.contains("CREATE INDEX"), "{text}");

    server.stop();
    let (code, text) = whyslow(&["snapshot", "--database", &standby]);
    assert_eq!(code, Some(3), "{text}");
    assert!(
        text.contains("cannot connect") && text.contains("check host, port"),
        "{text}"
    );
}

#[test]
fn types_of_missing_extensions_are_opaque() {
    let Some(server) = NativeServer::start("types") else {
        return;
    };
    server.create_database(
        "shop",
        "CREATE EXTENSION seg; CREATE EXTENSION isn; CREATE EXTENSION hstore;
         CREATE TABLE books (id int PRIMARY KEY, number isbn13, span seg, more hstore, title text);
         INSERT INTO books SELECT i, NULL, (i || ' .. ' || i + 5)::seg, hstore('a', i::text), 'title ' || i % 500 FROM generate_series(1, 20000) i;
         CREATE INDEX books_span ON books USING gist (span);
         CREATE INDEX books_more ON books USING gin (more);
         CREATE INDEX books_title ON books (title); ANALYZE;",
    );
    let mut live = connect(&server.url("postgres", "shop")).unwrap();
    let snapshot = take_snapshot(&mut live, &SnapshotFilter::default(), |_| ()).unwrap();
    let mut planner = EmbeddedPlanner::start(
        Arc::new(snapshot.into_catalog()),
        EmbeddedPlannerOptions {
            server: options(),
            ..EmbeddedPlannerOptions::default()
        },
    )
    .unwrap();
    let notes = planner.description().notes.join("\n");
    assert!(
        notes.contains("planned as text") && notes.contains("seg") && notes.contains("isbn13"),
        "{notes}"
    );
    assert!(notes.contains("books_span"), "{notes}");
    assert!(!notes.contains("hstore"), "{notes}");
    let by_title = planner
        .plan("SELECT span FROM books WHERE title = 'title 7'", &[])
        .unwrap();
    assert!(by_title.uses("books_title"), "{}", by_title.plan);
    let by_key = planner
        .plan("SELECT id FROM books WHERE more @> 'a=>17'", &[])
        .unwrap();
    assert!(by_key.uses("books_more"), "{}", by_key.plan);
}

/// Index and query: the same choice by HypoPG on the server and by the planner without data.
const PAIRS: &[(&str, &str)] = &[
    (
        "CREATE INDEX ON orders (customer_id)",
        "SELECT * FROM orders WHERE customer_id = 7",
    ),
    (
        "CREATE INDEX ON orders (at)",
        "SELECT * FROM orders WHERE at = '2024-05-05'",
    ),
    (
        "CREATE INDEX ON orders (at DESC)",
        "SELECT * FROM orders ORDER BY at DESC LIMIT 10",
    ),
    (
        "CREATE INDEX ON orders (state)",
        "SELECT * FROM orders WHERE state = 'open'",
    ),
    (
        "CREATE INDEX ON orders (state)",
        "SELECT * FROM orders WHERE state = 'shipped'",
    ),
    (
        "CREATE INDEX ON orders (at) WHERE state = 'open'",
        "SELECT * FROM orders WHERE state = 'open' AND at > '2025-06-01'",
    ),
    (
        "CREATE INDEX ON orders (customer_id) INCLUDE (at)",
        "SELECT at FROM orders WHERE customer_id BETWEEN 5 AND 90",
    ),
    (
        "CREATE INDEX ON orders USING hash (note)",
        "SELECT * FROM orders WHERE note = 'note 9'",
    ),
    (
        "CREATE INDEX ON orders (note text_pattern_ops)",
        "SELECT * FROM orders WHERE note LIKE 'note 123%'",
    ),
    (
        "CREATE INDEX ON customers (region)",
        "SELECT * FROM customers WHERE region = 'region 3'",
    ),
    (
        "CREATE INDEX ON customers (name)",
        "SELECT * FROM customers WHERE region = 'region 3'",
    ),
    (
        "CREATE INDEX ON orders (customer_id)",
        "SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.name = 'customer 9'",
    ),
];

#[test]
fn hypopg_makes_the_same_choices() {
    let Some(server) = NativeServer::start("hypopg") else {
        return;
    };
    server.create_database("shop", DATA);
    let mut admin = server.client("postgres", "shop");
    admin.batch_execute("CREATE EXTENSION hypopg").unwrap();
    admin.batch_execute("VACUUM ANALYZE").unwrap();
    drop(admin);
    let url = server.url("postgres", "shop");
    let mut live = connect(&url).unwrap();
    let snapshot = take_snapshot(&mut live, &SnapshotFilter::default(), |_| ()).unwrap();
    let mut by_hypopg = LivePlanner::new(live, 30.0, None).unwrap();
    assert!(
        by_hypopg
            .description()
            .hypothetical_by
            .unwrap()
            .starts_with("HypoPG")
    );
    let mut embedded = EmbeddedPlanner::start(
        Arc::new(snapshot.into_catalog()),
        EmbeddedPlannerOptions {
            server: options(),
            ..EmbeddedPlannerOptions::default()
        },
    )
    .unwrap();
    let used =
        |planned: &PlannedQuery| planned.hypothetical.first().is_some_and(|index| index.used);
    let mut different = Vec::new();
    for (index, query) in PAIRS {
        let changes = HypotheticalChange::parse(index).unwrap();
        let wanted = by_hypopg.plan(query, &changes).unwrap();
        let found = embedded.plan(query, &changes).unwrap();
        if used(&wanted) != used(&found) {
            different.push(format!(
                "{index}: {query}: HypoPG {}, embedded {}",
                used(&wanted),
                used(&found)
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
