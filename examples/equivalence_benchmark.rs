//! Figures of `compare`: databases a second beside the plain way, verdicts by mutation operator, times to a refutation.
//! `cargo build --release && cargo run --release --example equivalence_benchmark [PAIRS] [SEED]`

#[path = "../tests/compare/mutation.rs"]
mod mutation;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use mutation::Sample;
use whyslow::catalog::load_schema;
use whyslow::equivalence::{Checker, Options, OrderMode, Verdict};
use whyslow::sandbox::{self, Server, ServerOptions};
use whyslow::source::SourceFile;

const TABLES: usize = 8;

/// Pairs that the whole command is timed on.
const COMMANDS: usize = 40;

fn chain_schema() -> String {
    (1..=TABLES)
        .map(|number| {
            let reference = if number == 1 {
                String::new()
            } else {
                format!(", t{0}_id int REFERENCES t{0}", number - 1)
            };
            format!("CREATE TABLE t{number} (id int PRIMARY KEY{reference}, a int, b text);\n")
        })
        .collect()
}

fn chain(tables: usize, condition: &str) -> String {
    let joins: String = (2..=tables)
        .map(|number| format!(" JOIN t{number} ON t{number}.t{0}_id = t{0}.id", number - 1))
        .collect();
    format!("SELECT t1.id, t{tables}.b FROM t1{joins} WHERE {condition}")
}

/// The plain way: fill the real tables, run both queries, take the rows out again.
fn plain_way(tables: usize) -> Result<f64, Box<dyn Error>> {
    let schema = SourceFile::new("schema.sql", chain_schema());
    let server = Server::start(ServerOptions::default())?;
    let mut session = server.connect("postgres")?;
    sandbox::load_schema(&mut session, &[schema])?;
    let queries = [
        session.prepare(&chain(tables, "t1.a > 3"))?,
        session.prepare(&chain(tables, "NOT t1.a <= 3"))?,
    ];
    let started = Instant::now();
    let mut databases = 0u32;
    while started.elapsed() < Duration::from_secs(4) {
        let inserts: String = (1..=tables)
            .map(|number| {
                let rows: Vec<String> = (1..=2)
                    .map(|row| {
                        let a = (databases as usize * 7 + number * row) % 9;
                        if number == 1 {
                            format!("({row}, {a}, 'x')")
                        } else {
                            format!("({row}, {}, {a}, 'x')", 1 + (a % 2))
                        }
                    })
                    .collect();
                format!("INSERT INTO t{number} VALUES {};", rows.join(", "))
            })
            .collect();
        session.batch_execute(&format!("BEGIN; {inserts}"))?;
        let mut results = Vec::new();
        for query in &queries {
            let mut rows: Vec<(i32, Option<String>)> = session
                .query(query, &[])?
                .iter()
                .map(|row| (row.get(0), row.get(1)))
                .collect();
            rows.sort();
            results.push(rows);
        }
        session.batch_execute("ROLLBACK")?;
        if results[0] != results[1] {
            return Err("the queries differ".into());
        }
        databases += 1;
    }
    Ok(f64::from(databases) / started.elapsed().as_secs_f64())
}

fn throughput() -> Result<(), Box<dyn Error>> {
    let schema = SourceFile::new("schema.sql", chain_schema());
    let catalog = load_schema(std::slice::from_ref(&schema));
    let (mut checker, _) = Checker::embedded(&catalog, &[schema])?;
    for tables in [3, TABLES] {
        let options = Options {
            timeout: Duration::from_secs(10),
            max_databases: 300_000,
            order: OrderMode::Unordered,
            prove: false,
            ..Options::default()
        };
        let found = checker.compare(
            &chain(tables, "t1.a > 3"),
            &chain(tables, "NOT t1.a <= 3"),
            &options,
        )?;
        println!(
            "{tables} tables: {:.0} databases a second; the plain way: {:.0}",
            found.databases as f64 / found.seconds,
            plain_way(tables)?
        );
    }
    Ok(())
}

/// Times of the whole command, start and end of the process included, over some of the pairs that differ.
fn whole_command(pairs: &[mutation::Pair]) -> Result<(), Box<dyn Error>> {
    // The example lies in a folder beside the program.
    let example = std::env::current_exe()?;
    let program = example
        .parent()
        .and_then(Path::parent)
        .ok_or("no folder")?
        .join("whyslow");
    let folder = tempfile::tempdir()?;
    let (old, new) = (folder.path().join("a.sql"), folder.path().join("b.sql"));
    let differing: Vec<_> = pairs.iter().filter(|pair| !pair.equal).collect();
    let mut seconds = Vec::new();
    for pair in differing
        .iter()
        .step_by((differing.len() / COMMANDS).max(1))
    {
        std::fs::write(&old, &pair.a)?;
        std::fs::write(&new, &pair.b)?;
        let started = Instant::now();
        let output = Command::new(&program)
            .args(["compare", "--no-config", "--schema"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(pair.sample.file()))
            .args([&old, &new])
            .output()?;
        if output.status.code() == Some(1) {
            seconds.push(started.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    println!(
        "the whole command, {} refutations: median {:.3} s, 95th percentile {:.3} s",
        seconds.len(),
        percentile(&seconds, 0.5),
        percentile(&seconds, 0.95)
    );
    Ok(())
}

fn percentile(sorted: &[f64], part: f64) -> f64 {
    let at = (sorted.len() as f64 * part) as usize;
    sorted
        .get(at.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let wanted: usize = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usize::MAX);
    let seed = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    throughput()?;
    let pairs = mutation::pairs(seed);
    let step = (pairs.len() / wanted.max(1)).max(1);
    println!(
        "{} pairs from {} queries, every {step}. of them",
        pairs.len(),
        mutation::base_count()
    );
    // Refuted (proved, where the pair is equal), all, and wrong verdicts.
    let mut by_operator: BTreeMap<(bool, &str), [usize; 3]> = BTreeMap::new();
    let mut seconds = Vec::new();
    for sample in Sample::ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(sample.file());
        let schema = SourceFile::new(sample.file(), std::fs::read_to_string(path)?);
        let catalog = load_schema(std::slice::from_ref(&schema));
        let (mut checker, _) = Checker::embedded(&catalog, &[schema])?;
        for (_, pair) in pairs
            .iter()
            .enumerate()
            .filter(|(number, pair)| pair.sample == sample && number % step == 0)
        {
            let options = Options {
                max_databases: if pair.equal { 3000 } else { 200_000 },
                ..Options::default()
            };
            let found = checker.compare(&pair.a, &pair.b, &options)?;
            let count = by_operator.entry((pair.equal, pair.operator)).or_default();
            count[1] += 1;
            match (pair.equal, found.verdict) {
                (true, Verdict::Equal) => count[0] += 1,
                (false, Verdict::Different) => {
                    count[0] += 1;
                    seconds.push(found.seconds);
                }
                (_, Verdict::NoDifferenceFound) => {
                    if !pair.equal {
                        println!("not refuted: {}\n  {}\n  {}", pair.operator, pair.a, pair.b);
                    }
                }
                (_, verdict) => {
                    count[2] += 1;
                    println!("wrong: {verdict:?}\n  {}\n  {}", pair.a, pair.b);
                }
            }
        }
    }
    println!("operator                          found    of  wrong");
    for ((equal, operator), [found, all, wrong]) in by_operator {
        let operator = format!("{operator}{}", if equal { " (equal)" } else { "" });
        println!("{operator:<32} {found:>6} {all:>5} {wrong:>6}");
    }
    seconds.sort_by(f64::total_cmp);
    println!(
        "{} refutations: median {:.3} s, 95th percentile {:.3} s",
        seconds.len(),
        percentile(&seconds, 0.5),
        percentile(&seconds, 0.95)
    );
    whole_command(&pairs)
}
