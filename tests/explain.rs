//! `explain` on the embedded server: what is tried, what is withheld, what people see.
#![cfg(feature = "embedded")]

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

const SCHEMA: &str = "CREATE TABLE customers (id int PRIMARY KEY, country char(2) NOT NULL);
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers,
      ordered_at timestamptz NOT NULL, total numeric NOT NULL);
    CREATE INDEX orders_customer ON orders (customer_id);";

struct Place(TempDir);

impl Place {
    fn new(query: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s.sql"), SCHEMA).unwrap();
        std::fs::write(folder.path().join("q.sql"), query).unwrap();
        Self(folder)
    }

    fn explain(&self, more: &[&str]) -> Command {
        let mut command = Command::cargo_bin("whyslow").unwrap();
        command
            .current_dir(self.0.path())
            .args([
                "explain",
                "q.sql",
                "--schema",
                "s.sql",
                "--fail-on",
                "never",
            ])
            .args(more);
        command
    }

    fn explanation(&self, more: &[&str]) -> Value {
        let output = self
            .explain(more)
            .args(["--format", "json"])
            .assert()
            .code(0)
            .get_output()
            .stdout
            .clone();
        serde_json::from_slice(&output).unwrap()
    }
}

#[test]
fn an_index_that_only_the_plan_asks_for_is_tried_and_measured() {
    // the statistics of now() - interval are not the schema's to know
    let place = Place::new(
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id\n\
         WHERE o.ordered_at > now() - interval '1 day'",
    );
    let explanation = place.explanation(&["--rows", "customers=2000", "--rows", "orders=60000"]);
    let findings = explanation["findings"].as_array().unwrap();
    let finding = findings
        .iter()
        .find(|finding| finding["table"] == "public.orders")
        .unwrap_or_else(|| panic!("{findings:#?}"));
    assert_eq!(finding["evidence"], "measured");
    let sql = finding["fixes"][0]["sql"].as_str().unwrap();
    assert!(sql.contains("(ordered_at"), "{sql}");
    let after = explanation["after"]
        .as_array()
        .unwrap()
        .iter()
        .find(|after| after["sql"] == sql)
        .unwrap();
    assert!(after["blocks"].as_u64() < explanation["blocks"].as_u64());
    // one cause, one finding
    let about_orders = findings
        .iter()
        .filter(|finding| finding["table"] == "public.orders" && finding["severity"] != "info");
    assert_eq!(about_orders.count(), 1, "{findings:#?}");
}

#[test]
fn what_postgresql_does_not_use_is_no_finding() {
    // half of the rows are wanted: an index is of no use
    let place = Place::new("SELECT sum(total) FROM orders WHERE customer_id > 5");
    let explanation = place.explanation(&["--rows", "customers=2000", "--rows", "orders=30000"]);
    for finding in explanation["findings"].as_array().unwrap() {
        assert_eq!(finding["severity"], "info", "{finding}");
    }
}

#[test]
fn a_statement_that_the_rows_refuse_is_planned() {
    let place = Place::new("DELETE FROM customers WHERE id < 1000");
    let rows = ["--rows", "customers=1000", "--rows", "orders=5000"];
    let explanation = place.explanation(&rows);
    assert!(explanation["plan"]["Plan"]["Actual Rows"].is_null());
    assert!(
        explanation["notes"]
            .to_string()
            .contains("planned and not run"),
        "{}",
        explanation["notes"]
    );
}

#[test]
fn what_is_printed_fits_and_ends_with_what_to_do() {
    let place = Place::new(
        "SELECT id, total FROM orders\nWHERE ordered_at >= '2026-01-01' AND ordered_at < '2026-01-02'\n",
    );
    let assert = place
        .explain(&["--rows", "customers=2000", "--rows", "orders=60000"])
        .assert()
        .code(0)
        .stdout(contains("Why it is slow"))
        .stdout(contains("CREATE INDEX ON public.orders (ordered_at)"))
        .stdout(contains("← best"));
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    assert!(
        text.trim_end().ends_with("shows the plan with it"),
        "{text}"
    );
    assert_eq!(text.matches("CONCURRENTLY").count(), 1, "{text}");
}

#[test]
fn why_not_shows_what_a_join_is_there_for() {
    let place =
        Place::new("SELECT c.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id");
    place
        .explain(&["--why-not", "o"])
        .assert()
        .code(0)
        .stdout(contains("o may not go"))
        .stdout(contains("customers"));
    let place = Place::new("SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id");
    place
        .explain(&["--why-not", "c"])
        .assert()
        .code(0)
        .stdout(contains("c may go"))
        .stdout(contains("The query without it"));
    place
        .explain(&["--why-not", "nobody"])
        .assert()
        .code(2)
        .stderr(contains("nobody"));
}
