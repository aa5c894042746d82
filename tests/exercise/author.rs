//! Packs made from one's own query.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::home::Home;

const SCHEMA: &str = "
    CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL);
    CREATE TABLE books (
        id int PRIMARY KEY,
        author_id int NOT NULL REFERENCES authors,
        title text NOT NULL,
        shelf text,
        bought_on date NOT NULL
    );
    CREATE TABLE loans (
        id int PRIMARY KEY,
        book_id int NOT NULL REFERENCES books,
        lent_at timestamptz NOT NULL,
        returned_at timestamptz
    );";

const STATISTICS: &str = "
    [tables.authors]
    rows = 2_000_000
    columns.email = { distinct = -1, width = 24 }
    [tables.books]
    rows = 9_000_000
    columns.shelf = { distinct = 400, nulls = 0.1 }
    columns.bought_on = { min = '2001-01-01', max = '2025-10-01' }
    [tables.loans]
    rows = 30_000_000
    columns.lent_at = { distinct = -1, min = '2020-01-01', max = '2025-11-01' }";

/// Makes a pack, and where it went.
fn make(home: &Home, query: &str, statistics: Option<&str>) -> (Output, PathBuf) {
    let folder = home.0.path();
    let path = |name: &str| folder.join(name).display().to_string();
    let (query_file, schema_file, statistics_file, pack) = (
        path("slow.sql"),
        path("schema.sql"),
        path("statistics.toml"),
        path("slow-books"),
    );
    fs::write(&query_file, query).expect("writes");
    fs::write(&schema_file, SCHEMA).expect("writes");
    let mut arguments = vec![
        "exercise",
        "new",
        &query_file,
        "--schema",
        &schema_file,
        "--seeds",
        "1",
        "--runs",
        "1",
        "--output",
        &pack,
    ];
    if let Some(statistics) = statistics {
        fs::write(&statistics_file, statistics).expect("writes");
        arguments.extend(["--snapshot", &statistics_file]);
    }
    (home.run(&arguments), PathBuf::from(&pack))
}

fn solution(pack: &Path) -> String {
    fs::read_to_string(pack.join("solution.sql")).expect("a solution")
}

#[test]
fn packs_are_made_from_slow_queries_with_and_without_row_counts() {
    // The query, row counts, and what its solution has to contain.
    let cases = [
        (
            "SELECT id, title FROM books WHERE shelf = 'x17' AND bought_on >= date '2024-01-01';",
            None,
            "CREATE INDEX",
        ),
        (
            "SELECT DISTINCT b.id, b.title FROM books b LEFT JOIN loans l ON l.book_id = b.id
             WHERE b.title <> '';",
            Some(STATISTICS),
            "FROM books b",
        ),
        (
            "-- by the nightly job\nDELETE FROM books WHERE id = 17;",
            Some(STATISTICS),
            "loans",
        ),
    ];
    for (query, statistics, expected) in cases {
        let home = Home::new();
        let (output, pack) = make(&home, query, statistics);
        assert!(
            output.status.success(),
            "{query}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let solution = solution(&pack);
        assert!(solution.contains(expected), "{query}: {solution}");
        let pack = pack.display().to_string();
        let shown = home.run(&["exercise", "show", &pack]);
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(
            shown.contains("books") && !shown.contains("nightly"),
            "{shown}"
        );
    }
}

/// Each row of a large table is looked for in all of another: hours, where the same is to be learnt in a second.
#[test]
fn a_query_that_would_take_hours_gets_smaller_tables() {
    let home = Home::new();
    let query = "SELECT b.id, b.title,
            (SELECT count(*) FROM loans l WHERE l.book_id = b.id AND l.returned_at IS NULL) AS out
        FROM books b WHERE b.shelf IS NOT NULL ORDER BY b.id;";
    let (output, pack) = make(&home, query, Some(STATISTICS));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let data: toml::Table = fs::read_to_string(pack.join("data.toml"))
        .expect("data")
        .parse()
        .expect("TOML");
    let rows = data["tables"]["loans"]["rows"].as_integer().expect("rows");
    assert!((1_500..=100_000).contains(&rows), "{rows}");
}

#[test]
fn a_refusal_says_what_to_do() {
    let cases = [
        (
            "SELECT id, title FROM books WHERE id = 17;",
            "nothing was found",
            "--snapshot",
        ),
        (
            "SELECT id FROM bocks;",
            "line 1: ",
            "the schema that it was written for",
        ),
        (
            "SELECT id FROM books WHERE shelf = $1;",
            "$1 has no value",
            "write a value in its place",
        ),
        (
            "SELECT 1; SELECT 2;",
            "the file holds 2 statements",
            "keep the slow query only",
        ),
        (
            "SELECT id,\nFROM WHERE books;",
            "line 2: ",
            "mend the query",
        ),
    ];
    for (query, problem, remedy) in cases {
        let home = Home::new();
        let (output, pack) = make(&home, query, None);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{query}: {text}");
        assert!(text.contains(problem), "{query}: {text}");
        assert!(text.contains(remedy), "{query}: {text}");
        assert!(!pack.exists(), "{query}");
    }
}
