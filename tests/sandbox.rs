//! The embedded PostgreSQL: process, deadline, crashes, generated rows, measuring.
#![cfg(feature = "embedded")]

use std::time::{Duration, Instant};

use whyslow::catalog::QualifiedName;
use whyslow::sandbox::generate::{GenerateOptions, GenerationReport, LiteralHint, generate};
use whyslow::sandbox::{
    RowComparison, SandboxError, Server, ServerOptions, Session, build_index, compare_rows,
    drop_index, load_schema, measure,
};
use whyslow::source::SourceFile;

fn options() -> ServerOptions {
    ServerOptions {
        program: Some(env!("CARGO_BIN_EXE_whyslow").into()),
        ..ServerOptions::default()
    }
}

fn count(client: &mut postgres::Client, table: &str) -> i64 {
    client
        .query_one(&format!("SELECT count(*) FROM {table}"), &[])
        .unwrap()
        .get(0)
}

#[test]
fn data_stays_through_deadlines_and_crashes() {
    let server = Server::start(options()).unwrap();
    let mut session = server.connect("postgres").unwrap();
    session
        .batch_execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1), (2)")
        .unwrap();

    let before = Instant::now();
    let outcome = session.within(Duration::from_millis(300), |client| {
        client.batch_execute("INSERT INTO kept VALUES (3)")?;
        client.batch_execute("BEGIN; INSERT INTO kept VALUES (4)")?;
        Ok(client.query(
            "SELECT count(*) FROM generate_series(1, 1000000000000)",
            &[],
        )?)
    });
    assert!(
        matches!(outcome, Err(SandboxError::Deadline { .. })),
        "{outcome:?}"
    );
    assert!(before.elapsed() < Duration::from_secs(20));
    assert_eq!(count(&mut session, "kept"), 3);

    let terms = vec!["1"; 20_000].join("+");
    let outcome = session.within(Duration::from_secs(30), |client| {
        Ok(client.batch_execute(&format!("SELECT {terms}"))?)
    });
    assert!(
        matches!(outcome, Err(SandboxError::Crashed { .. })),
        "{outcome:?}"
    );
    assert_eq!(count(&mut session, "kept"), 3);

    session
        .batch_execute("CREATE FUNCTION deep(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN deep(n + 1); END'")
        .unwrap();
    let outcome = session.within(Duration::from_secs(30), |client| {
        Ok(client.batch_execute("SELECT deep(1)")?)
    });
    assert!(outcome.is_err());
    assert_eq!(count(&mut session, "kept"), 3);

    let outcome = session.within(Duration::from_secs(30), |client| {
        Ok(client.batch_execute("SELECT 1/0")?)
    });
    assert!(
        matches!(&outcome, Err(error) if error.to_string() == "division by zero"),
        "{outcome:?}"
    );
    assert_eq!(count(&mut session, "kept"), 3);
}

#[test]
fn only_holders_of_the_password_get_in_one_at_a_time() {
    let server = Server::start(options()).unwrap();
    let url = server.url("postgres").unwrap();
    let mut wrong: postgres::Config = url.parse().unwrap();
    wrong.password("guess");
    let refused = wrong.connect(postgres::NoTls).err().unwrap();
    assert_eq!(
        refused.code(),
        Some(&postgres::error::SqlState::INVALID_PASSWORD)
    );

    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    assert_eq!(
        client.query_one("SELECT 1", &[]).unwrap().get::<_, i32>(0),
        1
    );
    let second = server.connect("postgres").err().unwrap();
    assert_eq!(
        second.sqlstate(),
        Some(&postgres::error::SqlState::TOO_MANY_CONNECTIONS)
    );
    drop(client);
    server.connect("postgres").unwrap();
    let missing = server.connect("nowhere").err().unwrap();
    assert_eq!(missing.to_string(), "database \"nowhere\" does not exist");
}

#[test]
fn foreign_clients_are_stopped_at_the_deadline_and_at_the_limit_of_the_disk() {
    let server = Server::start(ServerOptions {
        statement_deadline: Some(Duration::from_secs(3)),
        max_bytes: Some(150_000_000),
        settings: vec![
            ("work_mem".to_owned(), "7MB".to_owned()),
            ("max_parallel_workers_per_gather".to_owned(), "3".to_owned()),
        ],
        ..options()
    })
    .unwrap();
    let url = server.url("postgres").unwrap();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    for (name, value) in [
        ("work_mem", "7MB"),
        ("max_parallel_workers_per_gather", "3"),
    ] {
        assert_eq!(
            client
                .query_one(&format!("SHOW {name}"), &[])
                .unwrap()
                .get::<_, String>(0),
            value
        );
    }
    let stopped = client
        .batch_execute("SELECT count(*) FROM pg_class a, pg_class b, pg_class c, pg_class d")
        .err()
        .unwrap();
    assert_eq!(
        stopped.code(),
        Some(&postgres::error::SqlState::QUERY_CANCELED),
        "{stopped:?}"
    );
    drop(client);

    let mut session = server.connect("postgres").unwrap();
    assert_eq!(server.url("postgres").unwrap(), url);
    let full = session.within(Duration::from_secs(30), |client| {
        client.batch_execute("CREATE TABLE big (t text)")?;
        for _ in 0..200 {
            client.batch_execute(
                "INSERT INTO big SELECT repeat('x', 1500) FROM generate_series(1, 10000)",
            )?;
        }
        Ok(())
    });
    assert!(
        matches!(full, Err(SandboxError::DiskLimit { .. })),
        "{full:?}"
    );
}

const SCHEMAS: &[(&str, &str)] = &[
    (
        "shop",
        "CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
         CREATE DOMAIN positive AS int CHECK (VALUE > 0);
         CREATE TABLE countries (code char(2) PRIMARY KEY, name varchar(40) NOT NULL UNIQUE);
         CREATE TABLE customers (
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(30) NOT NULL, country char(2) REFERENCES countries,
             rating int CHECK (rating BETWEEN 1 AND 5), born date CHECK (born > '1900-01-01' AND born < '2015-01-01'),
             referred_by bigint REFERENCES customers, created_at timestamptz NOT NULL DEFAULT now());
         CREATE UNIQUE INDEX ON customers (lower(email));
         CREATE TABLE products (sku varchar(8) PRIMARY KEY CHECK (sku ~ '^[A-Z]{3}-[0-9]{4}$'), price numeric(6,2) NOT NULL CHECK (price > 0),
             tags text[], attributes jsonb, weight real, total numeric GENERATED ALWAYS AS (price * 2) STORED);
         CREATE TABLE orders (
             id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status order_status NOT NULL,
             kind text NOT NULL CHECK (kind IN ('web', 'shop')), quantity positive NOT NULL, token uuid UNIQUE DEFAULT gen_random_uuid(),
             placed_at timestamp NOT NULL, shipped_at timestamp CHECK (shipped_at >= placed_at), paid boolean NOT NULL);
         CREATE UNIQUE INDEX one_open ON orders (customer_id) WHERE status = 'new';
         CREATE TABLE order_lines (order_id int REFERENCES orders ON DELETE CASCADE, line_no smallint, sku varchar(8) NOT NULL REFERENCES products,
             PRIMARY KEY (order_id, line_no), UNIQUE (order_id, sku));
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
         CREATE TRIGGER never BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
         ALTER TABLE orders ENABLE ROW LEVEL SECURITY; ALTER TABLE orders FORCE ROW LEVEL SECURITY;",
    ),
    (
        "tenants",
        "CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL UNIQUE, plan text NOT NULL DEFAULT 'free');
         CREATE TABLE users (tenant_id uuid NOT NULL REFERENCES tenants, id int NOT NULL, login text NOT NULL, PRIMARY KEY (tenant_id, id),
             UNIQUE (tenant_id, login));
         CREATE TABLE projects (tenant_id uuid NOT NULL REFERENCES tenants, id int NOT NULL, owner_id int, PRIMARY KEY (tenant_id, id),
             FOREIGN KEY (tenant_id, owner_id) REFERENCES users (tenant_id, id));
         CREATE TABLE members (tenant_id uuid, project_id int, user_id int, role text NOT NULL CHECK (role = ANY ('{admin,guest}')),
             PRIMARY KEY (tenant_id, project_id, user_id), FOREIGN KEY (tenant_id, project_id) REFERENCES projects,
             FOREIGN KEY (tenant_id, user_id) REFERENCES users);
         CREATE TABLE settings (user_tenant uuid, user_id int, theme char(5), PRIMARY KEY (user_tenant, user_id),
             FOREIGN KEY (user_tenant, user_id) REFERENCES users);
         CREATE TABLE tickets (id bigserial PRIMARY KEY, tenant_id uuid NOT NULL, project_id int NOT NULL, author int NOT NULL,
             FOREIGN KEY (tenant_id, project_id) REFERENCES projects, FOREIGN KEY (tenant_id, author) REFERENCES users);",
    ),
    (
        "cycles",
        "CREATE TABLE departments (id int PRIMARY KEY, name text NOT NULL, head int NOT NULL);
         CREATE TABLE employees (id int PRIMARY KEY, department int NOT NULL REFERENCES departments, boss int NOT NULL REFERENCES employees,
             slot int NOT NULL UNIQUE, EXCLUDE USING btree (slot WITH =));
         ALTER TABLE departments ADD FOREIGN KEY (head) REFERENCES employees;
         CREATE TABLE a (k text PRIMARY KEY, b_k text); CREATE TABLE b (k text PRIMARY KEY, a_k text REFERENCES a);
         ALTER TABLE a ADD FOREIGN KEY (b_k) REFERENCES b;
         CREATE TABLE tiny (flag boolean PRIMARY KEY); CREATE TABLE nothing (); CREATE TABLE clash (low int, high int CHECK (high < low), CHECK (low + high > 100));",
    ),
    (
        "partitions",
        "CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, kind text NOT NULL, PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
         CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
         CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (kind);
         CREATE TABLE events_2a PARTITION OF events_2 FOR VALUES IN ('kind 1', 'kind 2');
         CREATE TABLE events_2b PARTITION OF events_2 DEFAULT;
         CREATE TABLE device (id bigint PRIMARY KEY);
         CREATE TABLE measures (device_id bigint NOT NULL REFERENCES device, at timestamptz NOT NULL, PRIMARY KEY (device_id, at)) PARTITION BY RANGE (at);
         CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
         CREATE TABLE measures_2 PARTITION OF measures FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
         CREATE TABLE regions (region text NOT NULL, n int) PARTITION BY LIST (region);
         CREATE TABLE regions_eu PARTITION OF regions FOR VALUES IN ('de', 'fr'); CREATE TABLE regions_us PARTITION OF regions FOR VALUES IN ('us');
         CREATE TABLE hashed (id int PRIMARY KEY) PARTITION BY HASH (id);
         CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE TABLE numbered (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
         CREATE TABLE numbered_0 PARTITION OF numbered FOR VALUES FROM (MINVALUE) TO (500);
         CREATE TABLE numbered_1 PARTITION OF numbered FOR VALUES FROM (500) TO (MAXVALUE);
         CREATE TABLE types (a inet, b cidr, c macaddr, d bytea, e time, f interval, g int4range, h tsvector, i bit(5), j varbit, k money,
             l point, m xml, n name, o double precision, p daterange, q char, r \"char\", s int[], t uuid[], u oid, w text COLLATE \"C\");",
    ),
];

/// Every validated constraint, checked again by the server: a copy of the constraint is added and validated.
fn broken_constraints(client: &mut postgres::Client) -> Vec<String> {
    let rows = client
        .query(
            "SELECT c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
             WHERE c.contype IN ('f', 'c') AND c.conparentid = 0 AND NOT t.relispartition",
            &[],
        )
        .unwrap();
    let mut broken = Vec::new();
    for row in rows {
        let (table, definition): (String, String) = (row.get(0), row.get(1));
        let sql = format!("BEGIN; ALTER TABLE {table} ADD CONSTRAINT again {definition}; ROLLBACK");
        if let Err(error) = client.batch_execute(&sql) {
            broken.push(format!("{table} {definition}: {error:?}"));
            client.batch_execute("ROLLBACK").unwrap();
        }
    }
    let rows = client
        .query("SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indexrelid >= 16384 AND c.relkind = 'i'", &[])
        .unwrap();
    for row in rows {
        let name: String = row.get(0);
        if let Err(error) = client.batch_execute(&format!("REINDEX INDEX {name}")) {
            broken.push(format!("{name}: {error:?}"));
        }
    }
    broken
}

fn fingerprint(client: &mut postgres::Client) -> Vec<(String, i64, String)> {
    let tables = client
        .query("SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND oid >= 16384 AND relpersistence = 'p' ORDER BY 1", &[])
        .unwrap();
    tables
        .iter()
        .map(|row| {
            let table: String = row.get(0);
            let sql = format!("SELECT count(*), md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {table} t");
            let row = client.query_one(&sql, &[]).unwrap();
            (table, row.get(0), row.get(1))
        })
        .collect()
}

/// A fresh schema with generated rows, in the place of what was there.
fn fill(session: &mut Session, schema: &str, options: &GenerateOptions<'_>) -> GenerationReport {
    session
        .batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .unwrap();
    let report = load_schema(session, &[SourceFile::new("schema.sql", schema)]).unwrap();
    let failures: Vec<_> = report
        .failures
        .iter()
        .map(|failure| &failure.message)
        .collect();
    assert!(failures.is_empty(), "{failures:?}");
    generate(session, options, &mut |_| {}).unwrap()
}

#[test]
fn generated_rows_satisfy_every_constraint_and_depend_on_the_seed_alone() {
    let server = Server::start(options()).unwrap();
    let mut session = server.connect("postgres").unwrap();
    let options = GenerateOptions {
        default_rows: 3_000,
        today: Some("2026-11-24".to_owned()),
        ..GenerateOptions::default()
    };
    let other_seed = GenerateOptions {
        seed: 2,
        ..options.clone()
    };
    for (name, schema) in SCHEMAS {
        let report = fill(&mut session, schema, &options);
        assert_eq!(
            broken_constraints(&mut session),
            Vec::<String>::new(),
            "{name}"
        );
        let first = fingerprint(&mut session);
        for (table, rows, _) in &first {
            let least = if table == "tiny" { 2 } else { 20 };
            assert!(
                *rows >= least,
                "{name}: {table} has {rows} rows: {:?}",
                report.notes
            );
        }
        fill(&mut session, schema, &options);
        assert_eq!(fingerprint(&mut session), first, "{name}");
        fill(&mut session, schema, &other_seed);
        assert_ne!(fingerprint(&mut session), first, "{name}");
        assert_eq!(
            broken_constraints(&mut session),
            Vec::<String>::new(),
            "{name}"
        );
    }
}

#[test]
fn rows_follow_statistics_and_hints() {
    let server = Server::start(options()).unwrap();
    let mut session = server.connect("postgres").unwrap();
    let schema = "CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL UNIQUE);
        CREATE TABLE orders (id bigint PRIMARY KEY, person_id int NOT NULL REFERENCES people, status text NOT NULL, note text,
            amount int NOT NULL, created_at timestamptz NOT NULL, city text NOT NULL);";
    let mut catalog = whyslow::catalog::load_schema(&[SourceFile::new("schema.sql", schema)]);
    let statistics = whyslow::catalog::HandWrittenStatistics::from_toml(
        "[tables.people]\nrows = 500\n[tables.orders]\nrows = 20_000\n[tables.orders.columns.status]\nvalues = { shipped = 0.97, pending = 0.03 }\n\
         [tables.orders.columns.note]\nnulls = 0.4\nwidth = 200\ndistinct = 70\n[tables.orders.columns.amount]\ndistinct = 37\n",
    )
    .unwrap();
    catalog.apply_statistics(&statistics).unwrap();
    let hint = |table: &str, column: &str, value: &str| LiteralHint {
        table: QualifiedName::new("public", table),
        column: column.to_owned(),
        values: vec![value.to_owned()],
    };
    let options = GenerateOptions {
        statistics: Some(&catalog),
        literals: vec![
            hint("people", "email", "ann@corp.example"),
            hint("orders", "city", "Berlin"),
            hint("orders", "amount", "not a number"),
        ],
        ..GenerateOptions::default()
    };
    fill(&mut session, schema, &options);
    let mut number = |sql: &str| -> f64 {
        session
            .query_one(&format!("SELECT ({sql})::float8"), &[])
            .unwrap()
            .get(0)
    };
    assert_eq!(number("SELECT count(*) FROM people"), 500.0);
    assert_eq!(number("SELECT count(*) FROM orders"), 20_000.0);
    let pending = number("SELECT avg((status = 'pending')::int) FROM orders");
    assert!((0.025..0.035).contains(&pending), "{pending}");
    let nulls = number("SELECT avg((note IS NULL)::int) FROM orders");
    assert!((0.38..0.42).contains(&nulls), "{nulls}");
    assert_eq!(number("SELECT count(DISTINCT note) FROM orders"), 70.0);
    assert_eq!(number("SELECT count(DISTINCT amount) FROM orders"), 37.0);
    let width = number("SELECT avg(pg_column_size(note)) FROM orders");
    assert!((180.0..220.0).contains(&width), "{width}");
    assert_eq!(
        number("SELECT count(*) FROM people WHERE email = 'ann@corp.example'"),
        1.0
    );
    let berlin = number("SELECT avg((city = 'Berlin')::int) FROM orders");
    assert!((0.005..0.3).contains(&berlin), "{berlin}");
    let recent = number("SELECT avg((created_at > now() - interval '30 days')::int) FROM orders");
    assert!((0.01..0.06).contains(&recent), "{recent}");
    assert!(number("SELECT count(DISTINCT person_id) FROM orders") > 400.0);
    assert!(
        number(
            "SELECT correlation FROM pg_stats WHERE tablename = 'orders' AND attname = 'created_at'"
        ) > 0.9
    );
}

#[test]
fn dumps_load_with_their_data_and_unknown_types() {
    let server = Server::start(options()).unwrap();
    let mut session = server.connect("postgres").unwrap();
    let dump = "\\restrict x
SET transaction_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE public.cities (id integer NOT NULL, name text, place public.geometry(Point,4326), e public.vector(3)[]);
ALTER TABLE public.cities OWNER TO nobody_here;
CREATE INDEX cities_name ON public.cities USING gin (name public.gin_trgm_ops);
COPY public.cities (id, name) FROM stdin;
1\tBerlin; and a semicolon
2\t\\N
\\.
ALTER TABLE ONLY public.cities ADD CONSTRAINT cities_pkey PRIMARY KEY (id);
GRANT SELECT ON public.cities TO nobody_here;
CREATE VIEW public.later AS SELECT * FROM public.visits;
CREATE TABLE public.visits (city_id integer NOT NULL REFERENCES public.cities, n int);
CREATE POLICY p ON public.visits TO somebody USING (true);
CREATE TABLE public.broken (id nonsense);
INSERT INTO public.visits VALUES (1, 7);
";
    let report = load_schema(&mut session, &[SourceFile::new("dump.sql", dump)]).unwrap();
    let failures: Vec<_> = report
        .failures
        .iter()
        .map(|failure| (failure.message.as_str(), failure.location.start().line))
        .collect();
    assert_eq!(
        failures,
        [("type \"nonsense\" does not exist", 18)],
        "{report:?}"
    );
    assert!(
        report.notes.iter().any(|note| note.contains("postgis")),
        "{:?}",
        report.notes
    );
    assert_eq!(count(&mut session, "cities"), 2);
    assert_eq!(count(&mut session, "later"), 1);
    let generated = generate(&mut session, &GenerateOptions::default(), &mut |_| {}).unwrap();
    assert!(
        generated.tables.iter().all(|table| table.loaded),
        "{generated:?}"
    );
    assert_eq!(count(&mut session, "cities"), 2);
}

#[test]
fn measuring_changes_nothing_and_counts_the_same_blocks_each_time() {
    let server = Server::start(options()).unwrap();
    let mut session = server.connect("postgres").unwrap();
    let schema = "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL, w text)";
    let options = GenerateOptions {
        default_rows: 50_000,
        ..GenerateOptions::default()
    };
    fill(&mut session, schema, &options);
    let limit = Duration::from_secs(20);
    let query = "SELECT id FROM t WHERE v = 77 ORDER BY id;";
    let before = measure(&mut session, query, &[], limit).unwrap();
    let again = measure(&mut session, query, &[], limit).unwrap();
    let blocks = before.run.unwrap().blocks;
    assert_eq!(blocks, again.run.unwrap().blocks);
    assert!(blocks > 100 && before.cost().unwrap() > 100.0);

    let index = build_index(
        &mut session,
        "CREATE INDEX CONCURRENTLY ON t ((v + 0), v)",
        limit,
    )
    .unwrap();
    assert!(index.bytes > 100_000, "{index:?}");
    let with_parameter = "SELECT id FROM t WHERE v + 0 = $1";
    let after = measure(&mut session, with_parameter, &["77".to_owned()], limit).unwrap();
    assert!(after.run.unwrap().blocks < blocks / 2, "{after:?}");
    drop_index(&mut session, &index).unwrap();

    let deleted = measure(&mut session, "DELETE FROM t WHERE v < 500", &[], limit).unwrap();
    assert!(deleted.run.is_some());
    assert_eq!(count(&mut session, "t"), 50_000);

    let endless = "SELECT count(*) FROM t a, t b, t c WHERE a.v + b.v + c.v = -1";
    let planned = measure(&mut session, endless, &[], Duration::from_millis(400)).unwrap();
    assert!(planned.run.is_none() && planned.cost().unwrap() > 1e6);
    assert!(measure(&mut session, "SELECT nothing", &[], limit).is_err());

    let mut compare =
        |a: &str, b: &str, ordered| compare_rows(&mut session, a, b, ordered, limit).unwrap();
    let rows = "SELECT v FROM t WHERE id <= 3";
    assert_eq!(
        compare(rows, "SELECT v AS w FROM t WHERE id < 4;", false),
        RowComparison::Same { rows: 3 }
    );
    assert_eq!(
        compare(
            "SELECT id FROM t WHERE id < 4 ORDER BY id",
            "SELECT id FROM t WHERE id < 4 ORDER BY id DESC",
            true
        ),
        RowComparison::OtherOrder
    );
    assert_eq!(
        compare(
            "SELECT 1 UNION ALL SELECT 1",
            "SELECT 1 UNION ALL SELECT NULL",
            false
        ),
        RowComparison::Different {
            only_in_first: 1,
            only_in_second: 1
        }
    );
}

#[test]
fn the_process_ends_with_its_parent_and_leaves_nothing() {
    use std::io::{BufRead, BufReader, Write};
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("gone").join("data");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .arg(whyslow::sandbox::SERVE_COMMAND)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let told = serde_json::json!({"directory": data, "password": "p", "settings": [], "remove_at_end": data.parent()});
    let mut lifeline = child.stdin.take().unwrap();
    writeln!(lifeline, "{told}").unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    assert!(ready.contains("port"), "{ready}");
    assert!(data.join("pgdata").exists());
    drop(lifeline);
    assert!(child.wait().unwrap().success());
    assert!(!data.exists());
}
