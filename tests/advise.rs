//! `advise`: which set of indexes pays for a workload.
#![cfg(feature = "embedded")]

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

const SCHEMA: &str = "CREATE TABLE tenants (id int PRIMARY KEY);
    CREATE TABLE tickets (id bigint PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants,
      status text NOT NULL, created_at timestamptz NOT NULL, body text NOT NULL, opened_by int NOT NULL);
    CREATE INDEX tickets_tenant ON tickets (tenant_id);
    CREATE INDEX tickets_opened_by ON tickets (opened_by);";
const STATISTICS: &str = "[tables.tenants]\nrows = 2_000\n[tables.tickets]\nrows = 2_000_000\n\
    [tables.tickets.columns.tenant_id]\ndistinct = 2000\n\
    [tables.tickets.columns.created_at]\ndistinct = 2_000_000\n\
    [tables.tickets.columns.body]\nwidth = 300\n\
    [tables.tickets.columns.status]\nvalues = { closed = 0.95, open = 0.05 }\n";
const WORKLOAD: &str = "-- name: Inbox\nSELECT id, body FROM tickets WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 20;\n\
    -- name: Of\nSELECT count(*) FROM tickets WHERE tenant_id = $1 AND status = 'open';\n\
    -- name: Day\nSELECT id FROM tickets WHERE created_at >= $1 AND created_at < $2;\n\
    -- name: One\nSELECT body FROM tickets WHERE id = $1;\n\
    -- name: Broken\nSELECT FROM WHERE;\n";

struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn advise(&self, more: &[&str]) -> Command {
        let mut command = Command::cargo_bin("whyslow").unwrap();
        command
            .current_dir(self.0.path())
            .args([
                "advise",
                "w.sql",
                "--schema",
                "s.sql",
                "--snapshot",
                "t.toml",
            ])
            .args(more);
        command
    }

    fn advice(&self, more: &[&str]) -> Value {
        let output = self
            .advise(more)
            .args(["--format", "json"])
            .assert()
            .code(0)
            .get_output()
            .stdout
            .clone();
        serde_json::from_slice(&output).unwrap()
    }
}

fn indexes(advice: &Value) -> Vec<String> {
    advice["indexes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|index| index["sql"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_set_of_indexes_is_chosen_and_each_gains() {
    let place = Place::new(&[
        ("s.sql", SCHEMA),
        ("t.toml", STATISTICS),
        ("w.sql", WORKLOAD),
    ]);
    let advice = place.advice(&["--calls", "Inbox=1000"]);
    let chosen = indexes(&advice);
    assert!(
        chosen
            .iter()
            .any(|sql| sql.starts_with("CREATE INDEX ON public.tickets (tenant_id, created_at")),
        "{chosen:?}"
    );
    assert!(
        chosen
            .iter()
            .any(|sql| sql.starts_with("CREATE INDEX ON public.tickets (created_at")),
        "{chosen:?}"
    );
    for index in advice["indexes"].as_array().unwrap() {
        assert!(
            !index["statements"].as_array().unwrap().is_empty(),
            "{index}"
        );
        assert!(index["bytes"].as_f64().unwrap() > 100_000.0, "{index}");
        for gain in index["statements"].as_array().unwrap() {
            assert!(gain["cost_after"].as_f64() < gain["cost_before"].as_f64());
        }
    }
    assert!(advice["cost_after"].as_f64() < advice["cost_before"].as_f64());
    assert_eq!(advice["left_out"].as_array().unwrap().len(), 1);
    // its keys lead the advised one, and that serves the foreign key as well
    let superfluous = advice["superfluous"].to_string();
    assert!(
        superfluous.contains("public.tickets_tenant"),
        "{superfluous}"
    );
    assert!(
        superfluous.contains("public.tickets_opened_by"),
        "{superfluous}"
    );
    assert!(!superfluous.contains("pkey"), "{superfluous}");
}

#[test]
fn limits_are_kept_and_take_what_gains_most() {
    let place = Place::new(&[
        ("s.sql", SCHEMA),
        ("t.toml", STATISTICS),
        ("w.sql", WORKLOAD),
    ]);
    let one = place.advice(&["--max-indexes", "1", "--calls", "Inbox=100000"]);
    assert_eq!(indexes(&one).len(), 1);
    assert!(indexes(&one)[0].contains("(tenant_id"), "{one}");
    let small = place.advice(&["--max-bytes", "60MB"]);
    let bytes: f64 = small["bytes"].as_f64().unwrap();
    assert!(bytes <= 60.0 * 1024.0 * 1024.0, "{bytes}");
    assert!(!indexes(&small).is_empty());
    let none = place.advice(&["--max-bytes", "10kB"]);
    assert!(indexes(&none).is_empty());
}

#[test]
fn what_an_index_costs_on_writes_is_taken_off() {
    let place = Place::new(&[
        ("s.sql", SCHEMA),
        ("t.toml", STATISTICS),
        (
            "w.sql",
            "-- name: Day\nSELECT id FROM tickets WHERE created_at >= $1 AND created_at < $2;\n\
             -- name: Add\nINSERT INTO tickets VALUES ($1, $2, 'open', now(), $3, 1);\n\
             -- name: Close\nUPDATE tickets SET status = 'closed' WHERE id = $1;\n",
        ),
    ]);
    assert_eq!(indexes(&place.advice(&[])).len(), 1);
    let written = place.advice(&["--calls", "Add=10_000_000"]);
    assert!(indexes(&written).is_empty(), "{written}");
    // the update leaves the column alone
    let updated = place.advice(&["--calls", "Close=10_000_000"]);
    assert_eq!(indexes(&updated).len(), 1, "{updated}");
}

#[test]
fn people_get_a_table_and_what_to_type() {
    let place = Place::new(&[
        ("s.sql", SCHEMA),
        ("t.toml", STATISTICS),
        ("w.sql", WORKLOAD),
    ]);
    place
        .advise(&[])
        .assert()
        .code(0)
        .stdout(contains("planned by PostgreSQL 18"))
        .stdout(contains("CREATE INDEX CONCURRENTLY ON public.tickets ("))
        .stdout(contains("w.sql:2 Inbox"))
        .stderr(contains("w.sql:10 was left out"));
    place
        .advise(&["--calls", "Inbx=3"])
        .assert()
        .code(2)
        .stderr(contains("no statement has the name Inbx"));
    place
        .advise(&["--max-bytes", "5 apples"])
        .assert()
        .code(2)
        .stderr(contains("use kB, MB or GB"));
}
