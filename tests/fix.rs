//! Fixes, applied: over every case in tests/specs in which a join rule finds something, and over a file with comments in
//! all the places where people put them.

#[path = "specs/spec.rs"]
mod spec;

use std::fs;
use std::sync::Arc;

use assert_cmd::Command;
use whyslow::catalog::{Catalog, load_schema};
use whyslow::rules::{LintOptions, fix};
use whyslow::source::SourceFile;

const JOIN_RULES: [&str; 6] = [
    "duplicate-join",
    "join-fan-out",
    "outer-join-is-inner",
    "outer-join-never-unmatched",
    "redundant-inner-join",
    "redundant-outer-join",
];

/// The text after all fixes, and how many there were.
fn fixed(text: &str, catalog: &Catalog) -> (String, usize) {
    let file = SourceFile::new("query.sql", text);
    let outcome = fix(
        &[Arc::clone(&file)],
        catalog,
        &LintOptions::default(),
        &mut |_, _| Ok(()),
    );
    let text = outcome
        .changed
        .first()
        .map_or_else(|| text.to_owned(), |(_, text)| text.clone());
    (text, outcome.applied)
}

#[test]
fn a_second_run_changes_nothing_and_comments_around_the_change_stay() {
    let mut applied = 0;
    for spec in spec::specs() {
        if !spec.expected || !JOIN_RULES.contains(&spec.rule.as_str()) {
            continue;
        }
        let shown = spec.path.display();
        let catalog = load_schema(&[SourceFile::new("schema.sql", spec.schema.clone())]);
        let query = spec.query.trim_end().trim_end_matches(';').replacen(
            "SELECT ",
            "SELECT  /* first */ ",
            1,
        );
        let text = format!("-- who asked for it\n{query} -- last\n;\n\nSELECT   1 ;  -- next\n");
        let (once, count) = fixed(&text, &catalog);
        let (twice, again) = fixed(&once, &catalog);
        assert_eq!(twice, once, "{shown}: a second run changes more");
        assert_eq!(again, 0, "{shown}");
        for kept in [
            "-- who asked for it\n",
            "-- last\n;\n\nSELECT   1 ;  -- next\n",
        ] {
            assert!(once.contains(kept), "{shown}: {kept:?} is lost in\n{once}");
        }
        applied += count;
    }
    assert!(applied > 40, "{applied} fixes in all");
}

const SCHEMA: &str = "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int);
CREATE TABLE lines (order_id int NOT NULL REFERENCES orders, line_no int NOT NULL, qty int, PRIMARY KEY (order_id, line_no));
";

const BEFORE: &str = "-- Orders of this year.
/* owner: billing */
select   o.id
     ,   o.total   -- in cents
from     orders    o
  left join customers c          -- nobody reads it
         on c.id = o.customer_id
  left join lines l /* filtered below */ on l.order_id = o.id
where    l.qty > 2               -- big ones
  and    o.total > 100
order by o.id;

-- untouched
SELECT 'LEFT JOIN customers' AS text;

SELECT o.id, /* the key */ o.total
FROM customers c
JOIN orders o ON o.customer_id = c.id -- the parent is not needed
WHERE o.total > 5
;
";

const AFTER: &str = "-- Orders of this year.
/* owner: billing */
select   o.id
     ,   o.total   -- in cents
from     orders    o
  join lines l /* filtered below */ on l.order_id = o.id
where    l.qty > 2               -- big ones
  and    o.total > 100
order by o.id;

-- untouched
SELECT 'LEFT JOIN customers' AS text;

SELECT o.id, /* the key */ o.total
FROM orders o -- the parent is not needed
WHERE o.total > 5
;
";

#[test]
fn the_command_line_shows_and_writes_the_same_change() {
    let folder = tempfile::tempdir().unwrap();
    let (schema, query) = (
        folder.path().join("schema.sql"),
        folder.path().join("q.sql"),
    );
    fs::write(&schema, SCHEMA).unwrap();
    fs::write(&query, BEFORE).unwrap();
    let run = |option: &str| {
        let output = Command::cargo_bin("whyslow")
            .unwrap()
            .current_dir(folder.path())
            .args([
                "lint",
                "q.sql",
                "--schema",
                "schema.sql",
                "--no-check",
                option,
            ])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = run("--diff");
    assert_eq!(fs::read_to_string(&query).unwrap(), BEFORE, "--diff writes");
    let lines = |sign: char| -> Vec<&str> {
        shown
            .lines()
            .filter(|line| {
                line.starts_with(sign) && !line.starts_with("---") && !line.starts_with("+++")
            })
            .map(|line| &line[1..])
            .collect()
    };
    let only_in = |text: &str, other: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !other.lines().any(|kept| kept == *line))
            .map(str::to_owned)
            .collect()
    };
    run("--fix");
    let written = fs::read_to_string(&query).unwrap();
    assert_eq!(written, AFTER);
    assert_eq!(lines('-'), only_in(BEFORE, AFTER));
    assert_eq!(lines('+'), only_in(AFTER, BEFORE));
    run("--fix");
    assert_eq!(fs::read_to_string(&query).unwrap(), AFTER);
    assert_eq!(run("--diff"), "");
}
