//! The equivalence checker on the embedded PostgreSQL: verdicts, counterexamples that replay, and pairs whose truth is
//! known by how they were made.
#![cfg(feature = "embedded")]

mod bad_input;
mod literature;
mod mutation;
mod replay;
mod sample_schemas;
mod withheld;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use whyslow::catalog::{Catalog, load_schema};
use whyslow::equivalence::{CheckedRewrite, Checker, Comparison, Options, Verdict};
use whyslow::source::SourceFile;

/// A number that an environment variable gives.
fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

const SCHEMA: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE department (id int PRIMARY KEY, name text NOT NULL, budget numeric(10,2));
CREATE TABLE employee (
  id int PRIMARY KEY, name text NOT NULL, salary int, manager_id int REFERENCES employee,
  department_id int REFERENCES department, hired date NOT NULL, email text UNIQUE, mood mood);
CREATE TABLE project (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title varchar(40) NOT NULL,
  lead_id int NOT NULL REFERENCES employee, starts date NOT NULL, ends date, CHECK (ends IS NULL OR ends > starts));
CREATE TABLE assignment (
  project_id int NOT NULL REFERENCES project, employee_id int NOT NULL REFERENCES employee, hours positive NOT NULL,
  PRIMARY KEY (project_id, employee_id));
CREATE TABLE visit (id int, person text, day date, spent numeric, tags text[], info jsonb);
CREATE SCHEMA crm;
CREATE TABLE crm.employee (id int PRIMARY KEY, nick text);
CREATE VIEW rich AS SELECT id, name, salary FROM employee WHERE salary > 100;
CREATE TABLE event (id bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_2023 PARTITION OF event FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE price (item int NOT NULL, net numeric(8,2) NOT NULL, gross numeric(8,2) GENERATED ALWAYS AS (net * 1.19) STORED);
";

/// One server for all tests: it takes one session at a time.
fn checker() -> MutexGuard<'static, Checker<'static>> {
    static CHECKER: OnceLock<Mutex<Checker<'static>>> = OnceLock::new();
    CHECKER
        .get_or_init(|| {
            let schema: Arc<SourceFile> = SourceFile::new("schema.sql", SCHEMA);
            let catalog: &'static Catalog =
                Box::leak(Box::new(load_schema(std::slice::from_ref(&schema))));
            let (checker, notes) =
                Checker::embedded(catalog, &[schema]).expect("an embedded server");
            assert!(notes.is_empty(), "{notes:?}");
            Mutex::new(checker)
        })
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn options(databases: u64) -> Options {
    Options {
        timeout: Duration::from_secs(20),
        max_databases: databases,
        ..Options::default()
    }
}

fn compare(a: &str, b: &str, databases: u64) -> Comparison {
    checker()
        .compare(a, b, &options(databases))
        .unwrap_or_else(|error| panic!("{a}\n{b}\n{error}"))
}

#[test]
fn differences_are_found_shrunk_and_confirmed() {
    let pairs = [
        // NULL in the list of NOT IN
        (
            "SELECT name FROM department WHERE id NOT IN (SELECT department_id FROM employee)",
            "SELECT name FROM department d WHERE NOT EXISTS (SELECT FROM employee e WHERE e.department_id = d.id)",
        ),
        // an exact count
        (
            "SELECT department_id FROM employee GROUP BY 1 HAVING count(*) > 4",
            "SELECT department_id FROM employee GROUP BY 1 HAVING count(*) > 5",
        ),
        // a derived constant
        (
            "SELECT id FROM visit WHERE spent / 60 < 5",
            "SELECT id FROM visit WHERE spent / 60 <= 5",
        ),
        // two NULLs in a UNIQUE column
        (
            "SELECT email, count(*) FROM employee GROUP BY email",
            "SELECT email, 1::bigint FROM employee",
        ),
        // decimals
        (
            "SELECT round(avg(spent), 2) FROM visit",
            "SELECT round(avg(spent), 3) FROM visit",
        ),
        // a string that just misses
        (
            "SELECT id FROM visit WHERE person LIKE 'Ma%'",
            "SELECT id FROM visit WHERE person LIKE 'Ma_%'",
        ),
        (
            "SELECT id FROM visit WHERE person ~ '^[A-Z][a-z]+@x\\.com$'",
            "SELECT id FROM visit WHERE person ~ '^[A-Z][a-z]*@x\\.com$'",
        ),
        (
            "SELECT id FROM visit WHERE length(person) > 15",
            "SELECT id FROM visit WHERE length(person) >= 15",
        ),
        // an interval's end, a view, a generated column, a parameter, an enum, an array, JSON
        (
            "SELECT id FROM visit WHERE day >= '2020-01-01' AND day < '2021-01-01'",
            "SELECT id FROM visit WHERE day > '2020-01-01' AND day < '2021-01-01'",
        ),
        (
            "SELECT id, name FROM rich",
            "SELECT id, name FROM employee WHERE salary >= 100",
        ),
        (
            "SELECT item FROM price WHERE gross > 119",
            "SELECT item FROM price WHERE gross >= 119",
        ),
        (
            "SELECT id FROM employee WHERE salary > $1",
            "SELECT id FROM employee WHERE salary >= $1",
        ),
        (
            "SELECT id FROM employee WHERE mood = 'happy'",
            "SELECT id FROM employee WHERE mood >= 'ok'",
        ),
        (
            "SELECT id FROM visit WHERE 'red' = ANY (tags)",
            "SELECT id FROM visit WHERE tags @> '{red,blue}'",
        ),
        (
            "SELECT id FROM visit WHERE info->>'color' = 'blue'",
            "SELECT id FROM visit WHERE info->>'color' IN ('blue', 'red')",
        ),
        // a CHECK over two columns
        (
            "SELECT id FROM project WHERE ends - starts > 30",
            "SELECT id FROM project WHERE ends - starts >= 30",
        ),
        // the order alone
        (
            "SELECT id FROM employee ORDER BY name, id",
            "SELECT id FROM employee ORDER BY name DESC, id",
        ),
        // tables of the same name
        (
            "SELECT e.id FROM crm.employee e JOIN public.employee p USING (id)",
            "SELECT id FROM crm.employee",
        ),
        (
            "SELECT count(*) FROM event_2023",
            "SELECT count(*) FROM event",
        ),
    ];
    for (a, b) in pairs {
        let found = compare(a, b, 60_000);
        assert_eq!(found.verdict, Verdict::Different, "{a}\n{b}\n{found:#?}");
        let example = found.counterexample.expect("a counterexample");
        assert!(example.confirmed, "{a}\n{example:#?}");
        assert!(!example.why.is_empty());
        assert_ne!(example.a.rows, example.b.rows);
    }
}

#[test]
fn a_counterexample_has_no_row_too_many() {
    let found = compare(
        "SELECT e.id FROM employee e LEFT JOIN department d ON d.id = e.department_id",
        "SELECT e.id FROM employee e JOIN department d ON d.id = e.department_id",
        60_000,
    );
    let example = found.counterexample.expect("a counterexample");
    let rows: usize = example.tables.iter().map(|table| table.rows.len()).sum();
    assert_eq!(rows, 1, "{example:#?}");
    assert!(
        example.why.contains("employee 1 has no department"),
        "{}",
        example.why
    );
    assert!(
        example.setup.starts_with("INSERT INTO employee"),
        "{}",
        example.setup
    );
}

#[test]
fn the_same_seed_finds_the_same() {
    let run = || {
        compare(
            "SELECT department_id FROM employee GROUP BY 1 HAVING count(*) > 2",
            "SELECT department_id FROM employee GROUP BY 1 HAVING count(*) > 3",
            60_000,
        )
    };
    let (first, second) = (run(), run());
    assert_eq!(
        first.counterexample.map(|example| example.setup),
        second.counterexample.map(|example| example.setup)
    );
}

#[test]
fn equal_pairs_are_not_refuted() {
    let pairs = [
        (
            "SELECT max(salary) FROM employee WHERE salary < (SELECT max(salary) FROM employee)",
            "SELECT (SELECT DISTINCT salary FROM employee WHERE salary IS NOT NULL ORDER BY 1 DESC OFFSET 1 LIMIT 1)",
        ),
        (
            "SELECT id FROM project WHERE ends > starts OR ends IS NULL",
            "SELECT id FROM project",
        ),
        (
            "SELECT count(*) FROM event_2024",
            "SELECT count(*) FROM event WHERE at >= '2024-01-01' AND at < '2025-01-01'",
        ),
        ("SELECT 1.00", "SELECT 1"),
        // ties are free
        (
            "SELECT id FROM employee ORDER BY salary",
            "SELECT id FROM employee ORDER BY salary, id",
        ),
    ];
    for (a, b) in pairs {
        let found = compare(a, b, 8000);
        assert!(
            matches!(found.verdict, Verdict::Equal | Verdict::NoDifferenceFound),
            "{a}\n{b}\n{found:#?}"
        );
    }
}

#[test]
fn queries_that_disagree_with_themselves_are_named() {
    for query in [
        "SELECT id FROM employee ORDER BY salary LIMIT 1",
        "SELECT name, row_number() OVER (ORDER BY salary) FROM employee",
        "SELECT department_id, string_agg(name, ',') FROM employee GROUP BY 1",
        "SELECT id FROM employee WHERE random() < 0.5",
        "SELECT id FROM event WHERE at > now()",
    ] {
        let found = compare(query, query, 4000);
        assert_eq!(
            found.verdict,
            Verdict::Nondeterministic,
            "{query}\n{found:#?}"
        );
        assert!(found.reason.is_some());
    }
}

#[test]
fn bad_input_gets_a_clear_word() {
    let found = compare(
        "SELECT id, name FROM employee",
        "SELECT id FROM employee",
        10,
    );
    assert_eq!(found.verdict, Verdict::Different);
    assert!(
        found
            .reason
            .is_some_and(|reason| reason.contains("2 columns"))
    );
    let found = compare(
        "SELECT hired FROM employee",
        "SELECT name FROM employee",
        10,
    );
    assert!(found.reason.is_some_and(|reason| reason.contains("date")));
    for query in [
        "SELECT nothing FROM employee",
        "SELECT 1 FROM nowhere",
        "SELECT",
        "SELEC 1",
        "DELETE FROM employee",
        "SELECT no_such_function(id) FROM employee",
        "WITH gone AS (DELETE FROM employee RETURNING id) SELECT id FROM gone",
    ] {
        let outcome = checker().compare(query, "SELECT id FROM employee", &options(10));
        assert!(
            outcome.is_err() || outcome.as_ref().is_ok_and(|found| found.reason.is_some()),
            "{query}: {outcome:?}"
        );
    }
}

#[test]
fn the_deadline_is_kept_where_a_query_has_no_end() {
    let endless =
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT count(*) FROM n";
    let started = Instant::now();
    let outcome = checker().compare(
        endless,
        "SELECT 1::bigint",
        &Options {
            timeout: Duration::from_secs(3),
            ..Options::default()
        },
    );
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    if let Ok(found) = outcome {
        assert_ne!(found.verdict, Verdict::Equal);
    }
    // The checker still works.
    assert_eq!(
        compare("SELECT id FROM employee", "SELECT 1", 100).verdict,
        Verdict::Different
    );
}

#[test]
fn a_rewrite_that_changes_the_rows_is_refuted_with_its_rows() {
    let limit = Duration::from_secs(10);
    let refuted = checker().check_rewrite(
        "SELECT e.id FROM employee e LEFT JOIN department d ON d.id = e.department_id",
        "SELECT e.id FROM employee e JOIN department d ON d.id = e.department_id",
        limit,
    );
    let CheckedRewrite::Refuted(refutation) = refuted else {
        panic!("{refuted:?}");
    };
    assert!(refutation.counterexample.is_some());
    assert!(
        refutation.message().contains("INSERT INTO employee"),
        "{}",
        refutation.message()
    );
    let proved = checker().check_rewrite(
        "SELECT e.id FROM employee e LEFT JOIN department d ON d.id = e.department_id",
        "SELECT e.id FROM employee e",
        limit,
    );
    assert!(
        matches!(proved, CheckedRewrite::Proved { .. }),
        "{proved:?}"
    );
    let write = checker().check_rewrite("DELETE FROM visit", "DELETE FROM visit", limit);
    assert!(matches!(write, CheckedRewrite::NotChecked(_)), "{write:?}");
}

#[test]
fn a_join_is_shown_what_it_is_there_for() {
    let why_not = |statement: &str, alias: &str| {
        checker()
            .why_not(statement, alias, &options(20_000))
            .unwrap_or_else(|error| panic!("{statement}: {error}"))
    };
    // It filters.
    let answer = why_not(
        "SELECT e.id FROM employee e JOIN department d ON d.id = e.department_id",
        "d",
    );
    assert_eq!(answer.comparison.verdict, Verdict::Different);
    let example = answer.comparison.counterexample.expect("rows");
    assert_eq!(
        example
            .tables
            .iter()
            .map(|table| table.rows.len())
            .sum::<usize>(),
        1
    );
    // It multiplies.
    let answer = why_not(
        "SELECT d.id FROM department d LEFT JOIN employee e ON e.department_id = d.id",
        "e",
    );
    assert_eq!(answer.comparison.verdict, Verdict::Different);
    // It brings a column.
    let answer = why_not(
        "SELECT e.id, d.name FROM employee e LEFT JOIN department d ON d.id = e.department_id",
        "d",
    );
    assert_eq!(answer.comparison.verdict, Verdict::Different);
    assert!(answer.changes.iter().any(|change| change.contains("NULL")));
    // It does nothing.
    for statement in [
        "SELECT e.id FROM employee e LEFT JOIN department d ON d.id = e.department_id",
        "SELECT e.id, e.department_id FROM employee e JOIN department d ON d.id = e.department_id WHERE e.department_id > 3",
        "SELECT p.title FROM project p, employee e WHERE e.id = p.lead_id",
    ] {
        let alias = if statement.contains("project") {
            "e"
        } else {
            "d"
        };
        let answer = why_not(statement, alias);
        assert_eq!(
            answer.comparison.verdict,
            Verdict::Equal,
            "{statement}\n{answer:#?}"
        );
        assert!(answer.sentence().contains("may go"));
    }
    assert!(
        checker()
            .why_not("SELECT id FROM employee", "employee", &options(10))
            .is_err()
    );
    assert!(
        checker()
            .why_not("SELECT id FROM employee", "x", &options(10))
            .is_err()
    );
}
