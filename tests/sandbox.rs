//! The embedded PostgreSQL: process, deadline, crashes, generated rows, measuring.
#![cfg(feature = "embedded")]

use std::time::{Duration, Instant};

use whyslow::sandbox::{SandboxError, Server, ServerOptions};

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
        .batch_execute("SELECT count(*) FROM generate_series(1, 1000000000000)")
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
