//! `explain` and `advise` with a live server: it is asked, and never changed.
#![cfg(feature = "embedded")]

#[allow(dead_code, reason = "other tests use the rest")]
mod native_server;

use std::time::{Duration, Instant};

use assert_cmd::Command;
use native_server::NativeServer;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

const DATABASE: &str = "CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, total numeric NOT NULL);
    INSERT INTO orders SELECT g, CASE WHEN g % 200 = 0 THEN 'open' ELSE 'done' END, g FROM generate_series(1, 60000) g;
    CREATE SEQUENCE numbers;
    ANALYZE;";

fn explain(url: &str, query: &str, more: &[&str]) -> Command {
    let mut command = Command::cargo_bin("whyslow").unwrap();
    command
        .args([
            "explain",
            "-",
            "--no-config",
            "--fail-on",
            "never",
            "--database",
            url,
        ])
        .args(more)
        .write_stdin(query)
        .timeout(Duration::from_secs(180));
    command
}

fn json(command: &mut Command) -> Value {
    let output = command
        .args(["--format", "json"])
        .assert()
        .code(0)
        .get_output()
        .stdout
        .clone();
    serde_json::from_slice(&output).unwrap()
}

#[test]
fn a_live_server_is_asked_and_never_changed() {
    let Some(mut server) = NativeServer::start("live") else {
        return;
    };
    server.create_database("shop", DATABASE);
    let url = server.url("postgres", "shop");
    let mut client = server.client("postgres", "shop");
    let state = |client: &mut postgres::Client| -> String {
        client
            .query_one(
                "SELECT (SELECT count(*) FROM orders)::text || ' ' || (SELECT last_value FROM numbers)::text || ' ' \
                   || (SELECT count(*) FROM pg_class)::text || ' ' || (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) \
                   FROM pg_stat_user_tables)::text",
                &[],
            )
            .unwrap()
            .get(0)
    };
    let before = state(&mut client);

    // planned with what-if, nothing run
    let open = "SELECT id, total FROM orders WHERE status = 'open'";
    let planned = json(&mut explain(&url, open, &[]));
    assert_eq!(planned["environment"]["server"], "live");
    assert!(
        planned["environment"]["server_version"]
            .as_str()
            .unwrap()
            .starts_with("15")
    );
    assert!(planned["plan"]["Plan"]["Actual Rows"].is_null());
    assert!(planned["blocks"].is_null());
    let after = &planned["after"][0];
    assert!(after["cost"].as_f64() < planned["cost"].as_f64(), "{after}");
    assert!(after["index_bytes"].as_u64() > Some(0));

    // run where that is wanted
    let run = json(&mut explain(&url, open, &["--analyze"]));
    assert_eq!(run["plan"]["Plan"]["Actual Rows"].as_f64(), Some(300.0));
    assert!(run["blocks"].as_u64() > Some(100));

    // a write is only planned, whatever is asked for
    for write in [
        "DELETE FROM orders WHERE status = 'open'",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone",
        "SELECT id FROM orders FOR UPDATE",
    ] {
        let explained = json(&mut explain(&url, write, &["--analyze"]));
        assert!(
            explained["plan"]["Plan"]["Actual Rows"].is_null(),
            "{write}"
        );
        assert!(
            explained["notes"]
                .to_string()
                .contains("planned and not run"),
            "{write}"
        );
    }
    // a function that writes is refused by the read-only transaction
    let sequence = json(&mut explain(
        &url,
        "SELECT nextval('numbers')",
        &["--analyze"],
    ));
    assert!(
        sequence["notes"].to_string().contains("read-only"),
        "{}",
        sequence["notes"]
    );

    // a slow one is ended at the deadline
    let start = Instant::now();
    let slow = json(&mut explain(
        &url,
        "SELECT pg_sleep(60)",
        &["--analyze", "--timeout", "1"],
    ));
    assert!(start.elapsed() < Duration::from_secs(45));
    assert!(
        slow["notes"].to_string().contains("not run to its end"),
        "{}",
        slow["notes"]
    );

    assert_eq!(state(&mut client), before);

    // a table that somebody else has locked is not waited for
    let mut other = server.client("postgres", "shop");
    let mut held = other.transaction().unwrap();
    held.batch_execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let start = Instant::now();
    explain(&url, open, &[])
        .assert()
        .code(3)
        .stderr(contains("lock"));
    assert!(start.elapsed() < Duration::from_secs(45));
    held.rollback().unwrap();

    // the address may stand in whyslow.toml
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("whyslow.toml"),
        format!("database = \"{url}\"\n"),
    )
    .unwrap();
    std::fs::write(folder.path().join("q.sql"), open).unwrap();
    Command::cargo_bin("whyslow")
        .unwrap()
        .current_dir(folder.path())
        .args(["explain", "q.sql", "--fail-on", "never"])
        .assert()
        .code(0)
        .stdout(contains("(live)"));
    let advice = Command::cargo_bin("whyslow")
        .unwrap()
        .current_dir(folder.path())
        .args(["advise", "q.sql", "--format", "json"])
        .assert()
        .code(0)
        .get_output()
        .stdout
        .clone();
    let advice: Value = serde_json::from_slice(&advice).unwrap();
    assert_eq!(advice["indexes"].as_array().unwrap().len(), 1, "{advice}");
    Command::cargo_bin("whyslow")
        .unwrap()
        .args(["advise", "--no-config", "--database", &url])
        .assert()
        .code(3)
        .stderr(contains("pg_stat_statements"));
    assert_eq!(state(&mut client), before);
    drop((client, other));
    server.stop();
}

#[test]
fn passwords_are_never_printed_and_a_wrong_address_says_what_to_do() {
    explain(
        "postgres://me:s3cret@127.0.0.1:1/shop?sslmode=disable",
        "SELECT 1",
        &[],
    )
    .assert()
    .code(3)
    .stderr(contains("127.0.0.1").and(contains("s3cret").not()));
    explain(
        "host=127.0.0.1 port=1 password=s3cret sslmode=disable user=me",
        "SELECT 1",
        &[],
    )
    .assert()
    .code(3)
    .stderr(contains("s3cret").not());
    explain(
        "postgres://me@127.0.0.1:1/shop?sslmode=sometimes",
        "SELECT 1",
        &[],
    )
    .assert()
    .code(3)
    .stderr(contains("sslmode"));
}
