//! What `lint` costs, beside what bare sqlparser costs on the same statements, on one core, turn by turn; what each
//! rule costs; how it scales with cores; how long a large schema takes to load; how memory grows.
//!
//! `cargo bench --bench lint` for everything, `cargo bench --bench lint -- --ratio` for the first figures alone, which
//! fail where the promises are broken.

mod workload;

use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use whyslow::catalog::{Catalog, load_schema};
use whyslow::query::{BoundSchema, analyze};
use whyslow::rules::{self, LintOptions, StatementContext, Thresholds};
use whyslow::source::{SourceFile, StatementText, split};

/// What `lint` may cost, as a multiple of bare parsing.
const MOST_RATIO: f64 = 2.0;
/// Seconds that a schema of 2,000 tables and 5,000 indexes may take.
const MOST_SCHEMA_SECONDS: f64 = 1.0;
const STATEMENTS: usize = 2_000;
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--peak") {
        let statements = arguments.get(at + 1).and_then(|count| count.parse().ok());
        return print_peak(statements.unwrap_or(STATEMENTS));
    }
    let catalog = workload::catalog();
    let files = workload::files(STATEMENTS);
    let statements: Vec<StatementText> = files.iter().flat_map(split).collect();
    println!(
        "{} statements of {} bytes on average",
        statements.len(),
        statements.iter().map(|one| one.span.len()).sum::<usize>() / statements.len()
    );
    let ratio = print_ratio(&catalog, &files, &statements);
    let schema_seconds = print_schema_load();
    let kept = ratio <= MOST_RATIO && schema_seconds <= MOST_SCHEMA_SECONDS;
    if !arguments.iter().any(|argument| argument == "--ratio") {
        print_phases(&catalog, &statements);
        print_rules(&catalog, &statements);
        print_scaling(&catalog, &files);
        print_memory();
        measure_with_criterion(&catalog, &files, &statements);
    }
    if kept {
        ExitCode::SUCCESS
    } else {
        eprintln!(
            "a promise is broken: ratio at most {MOST_RATIO}, schema in at most {MOST_SCHEMA_SECONDS} s"
        );
        ExitCode::FAILURE
    }
}

fn parse_all(statements: &[StatementText]) {
    for statement in statements {
        let _ = black_box(Parser::parse_sql(&PostgreSqlDialect {}, statement.text()));
    }
}

fn lint_all(files: &[Arc<SourceFile>], catalog: &Catalog, threads: usize) {
    let options = LintOptions {
        threads,
        ..LintOptions::default()
    };
    black_box(rules::lint(files, catalog, &options));
}

fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn microseconds_each(duration: Duration, count: usize) -> f64 {
    duration.as_secs_f64() * 1e6 / count as f64
}

/// Both turn by turn, the fastest round of each: other processes only ever slow a round down.
fn print_ratio(catalog: &Catalog, files: &[Arc<SourceFile>], statements: &[StatementText]) -> f64 {
    let mut parsing = Duration::MAX;
    let mut linting = Duration::MAX;
    for _ in 0..ROUNDS {
        parsing = parsing.min(time(|| parse_all(statements)));
        linting = linting.min(time(|| lint_all(files, catalog, 1)));
    }
    let ratio = linting.as_secs_f64() / parsing.as_secs_f64();
    println!(
        "one core: sqlparser {:.1} µs a statement, lint {:.1} µs, ratio {ratio:.2}",
        microseconds_each(parsing, statements.len()),
        microseconds_each(linting, statements.len()),
    );
    ratio
}

fn print_schema_load() -> f64 {
    let schema = workload::large_schema(2_000, 5_000);
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        fastest = fastest.min(time(|| {
            let catalog = load_schema(std::slice::from_ref(&schema));
            assert_eq!(catalog.tables().count(), 2_000);
            assert_eq!(
                catalog.indexes().count(),
                7_000,
                "with those of the primary keys"
            );
            assert_eq!(catalog.problems.len(), 0);
        }));
    }
    let seconds = fastest.as_secs_f64();
    println!("schema of 2,000 tables and 5,000 indexes: {seconds:.2} s");
    seconds
}

fn print_phases(catalog: &Catalog, statements: &[StatementText]) {
    println!("\nphase                        µs a statement");
    let each = |duration| microseconds_each(duration, statements.len());
    let parsed = time(|| {
        for statement in statements {
            let _ = black_box(statement.parse());
        }
    });
    println!("{:<28} {:>8.2}", "our parsing", each(parsed));
    let analyzed = time(|| {
        for statement in statements {
            let _ = black_box(analyze(statement, catalog));
        }
    });
    println!(
        "{:<28} {:>8.2}",
        "binding",
        each(analyzed.saturating_sub(parsed))
    );
}

/// Each rule alone, on statements that are understood already.
fn print_rules(catalog: &Catalog, statements: &[StatementText]) {
    let schema = BoundSchema::new(catalog);
    let thresholds = Thresholds::default();
    let queries: Vec<_> = statements
        .iter()
        .filter_map(|statement| analyze(statement, catalog).ok())
        .collect();
    let mut costs: Vec<(&str, Duration)> = rules::all()
        .iter()
        .map(|rule| {
            let cost = time(|| {
                for query in &queries {
                    let mut findings = Vec::new();
                    let context = StatementContext::new(&schema, query, &thresholds);
                    rule.check_statement(&context, &mut findings);
                    black_box(findings);
                }
            });
            (rule.info().name, cost)
        })
        .collect();
    costs.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
    println!("\nrule                         µs a statement");
    for (name, cost) in costs {
        println!("{name:<28} {:>8.2}", microseconds_each(cost, queries.len()));
    }
}

fn print_scaling(catalog: &Catalog, files: &[Arc<SourceFile>]) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\ncores  ms    times as fast as one");
    let fastest = |threads| {
        (0..3)
            .map(|_| time(|| lint_all(files, catalog, threads)))
            .min()
            .unwrap_or_default()
    };
    let one = fastest(1);
    for threads in std::iter::successors(Some(1), |threads| Some(threads * 2))
        .take_while(|threads| *threads <= cores)
    {
        let taken = fastest(threads);
        println!(
            "{threads:>5}  {:>4.0}  {:.2}",
            taken.as_secs_f64() * 1e3,
            one.as_secs_f64() / taken.as_secs_f64()
        );
    }
}

/// The peak of a process of its own for each size, as the peak of a process never falls.
fn print_memory() {
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    println!("\nstatements  text MB  peak MB");
    for count in [5_000, 20_000, 80_000] {
        let output = Command::new(&program)
            .args(["--peak", &count.to_string()])
            .output();
        match output {
            Ok(output) => print!("{}", String::from_utf8_lossy(&output.stdout)),
            Err(error) => println!("{count}: {error}"),
        }
    }
}

fn print_peak(count: usize) -> ExitCode {
    let catalog = workload::catalog();
    let files = workload::files(count);
    let bytes: usize = files.iter().map(|file| file.text().len()).sum();
    lint_all(&files, &catalog, 0);
    let Some(peak) = peak_kilobytes() else {
        return ExitCode::FAILURE;
    };
    println!(
        "{count:>10}  {:>7.1}  {:>7.1}",
        bytes as f64 / 1e6,
        peak as f64 / 1e3
    );
    ExitCode::SUCCESS
}

/// The most memory that this process has held (Linux).
fn peak_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn measure_with_criterion(
    catalog: &Catalog,
    files: &[Arc<SourceFile>],
    statements: &[StatementText],
) {
    let mut criterion = Criterion::default().without_plots().sample_size(10);
    let mut group = criterion.benchmark_group("statements");
    group.throughput(Throughput::Elements(statements.len() as u64));
    group.bench_function("sqlparser", |bencher| {
        bencher.iter(|| parse_all(statements))
    });
    for threads in [1, 0] {
        let name = if threads == 1 {
            "one core"
        } else {
            "all cores"
        };
        group.bench_with_input(
            BenchmarkId::new("lint", name),
            &threads,
            |bencher, threads| {
                bencher.iter(|| lint_all(files, catalog, *threads));
            },
        );
    }
    group.finish();
}
