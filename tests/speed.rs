//! Gross breaches of what benches/lint promises, found without a release build: lint that costs many times what parsing
//! does, memory that grows with the statements.

#[path = "../benches/lint/workload.rs"]
#[allow(dead_code)]
mod workload;

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use whyslow::catalog::load_schema;
use whyslow::rules::{LintOptions, lint};
use whyslow::source::split;

/// sqlparser is optimised in the development profile, our own code is not, so this is no measure of what benches/lint
/// promises. It was 40 on a busy machine.
const MOST_RATIO: f64 = 80.0;

fn fastest(rounds: usize, mut run: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap()
}

#[test]
fn lint_costs_no_large_multiple_of_parsing() {
    let catalog = workload::catalog();
    let files = workload::files(300);
    let statements: Vec<_> = files.iter().flat_map(split).collect();
    let parsing = fastest(3, || {
        for statement in &statements {
            let _ = black_box(Parser::parse_sql(&PostgreSqlDialect {}, statement.text()));
        }
    });
    let options = LintOptions {
        threads: 1,
        ..LintOptions::default()
    };
    let linting = fastest(3, || {
        black_box(lint(&files, &catalog, &options));
    });
    let ratio = linting.as_secs_f64() / parsing.as_secs_f64();
    println!("unoptimised: lint costs {ratio:.1} times what sqlparser costs");
    assert!(ratio < MOST_RATIO, "{ratio:.1}");
}

#[test]
fn a_large_schema_loads_in_linear_time() {
    let load = |tables: usize, indexes: usize| {
        let schema = workload::large_schema(tables, indexes);
        fastest(2, || {
            black_box(load_schema(std::slice::from_ref(&schema)));
        })
    };
    let (small, large) = (load(200, 500), load(800, 2_000));
    let growth = large.as_secs_f64() / small.as_secs_f64();
    assert!(
        growth < 10.0,
        "4 times the schema takes {growth:.1} times as long"
    );
}

/// The most memory that linting so many statements without findings holds, in kilobytes.
#[cfg(target_os = "linux")]
fn peak(folder: &std::path::Path, statements: usize) -> u64 {
    let query = |n: usize| {
        format!(
            "SELECT c.id, c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id \
             WHERE c.id = {n} AND o.ordered_at > '2026-01-01' AND o.total BETWEEN {n} AND {n} + 10;\n"
        )
    };
    let file = folder.join(format!("{statements}.sql"));
    std::fs::write(&file, (0..statements).map(query).collect::<String>()).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_schemas/shop.sql");
    let mut child = Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .args(["lint", "--schema", schema, "--fail-on", "never"])
        .arg(&file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_statements() {
    let folder = tempfile::tempdir().unwrap();
    let (few, many) = (peak(folder.path(), 500), peak(folder.path(), 2_500));
    // the text and its places; a statement that is understood takes tens of kilobytes
    let bytes_each = many.saturating_sub(few) as f64 * 1024.0 / 2_000.0;
    println!(
        "{few} kB for 500 statements, {many} kB for 2,500: {bytes_each:.0} bytes for each more"
    );
    assert!(bytes_each < 5_000.0, "{bytes_each:.0} bytes a statement");
}
