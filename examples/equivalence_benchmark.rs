//! Prints how many small databases a second `compare` decides, and how long refutations take.
//! `cargo build --release && cargo run --release --example equivalence_benchmark`

use std::error::Error;
use std::time::Duration;

use whyslow::catalog::load_schema;
use whyslow::equivalence::{Checker, Options, OrderMode};
use whyslow::source::SourceFile;

const SCHEMA: &str = "
CREATE TABLE t1 (id int PRIMARY KEY, a int, b text);
CREATE TABLE t2 (id int PRIMARY KEY, t1_id int REFERENCES t1, a int, b text);
CREATE TABLE t3 (id int PRIMARY KEY, t2_id int REFERENCES t2, a int, b text);
CREATE TABLE t4 (id int PRIMARY KEY, t3_id int REFERENCES t3, a int, b text);
CREATE TABLE t5 (id int PRIMARY KEY, t4_id int REFERENCES t4, a int, b text);
CREATE TABLE t6 (id int PRIMARY KEY, t5_id int REFERENCES t5, a int, b text);
CREATE TABLE t7 (id int PRIMARY KEY, t6_id int REFERENCES t6, a int, b text);
CREATE TABLE t8 (id int PRIMARY KEY, t7_id int REFERENCES t7, a int, b text);
";

fn chain(tables: usize, condition: &str) -> String {
    let joins: String = (2..=tables)
        .map(|number| format!(" JOIN t{number} ON t{number}.t{0}_id = t{0}.id", number - 1))
        .collect();
    format!("SELECT t1.id, t{tables}.b FROM t1{joins} WHERE {condition}")
}

fn main() -> Result<(), Box<dyn Error>> {
    let schema = SourceFile::new("schema.sql", SCHEMA);
    let catalog = load_schema(std::slice::from_ref(&schema));
    let (mut checker, _) = Checker::embedded(&catalog, &[schema])?;
    for tables in [3, 8] {
        let options = Options {
            timeout: Duration::from_secs(12),
            max_databases: 100_000,
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
            "{tables} tables: {:.0} databases a second",
            found.databases as f64 / found.seconds
        );
    }
    let mut seconds = Vec::new();
    for constant in 0..40 {
        for (a, b) in [
            (format!("t1.a > {constant}"), format!("t1.a >= {constant}")),
            (
                format!("t1.a > {constant} AND t3.b = 'x'"),
                format!("t1.a > {constant} OR t3.b = 'x'"),
            ),
            (
                format!("t2.a < {constant} AND t3.b LIKE 'a%'"),
                format!("t2.a < {constant} AND t3.b LIKE 'a_%'"),
            ),
        ] {
            let found = checker.compare(&chain(3, &a), &chain(3, &b), &Options::default())?;
            match found.counterexample {
                Some(_) => seconds.push(found.seconds),
                None => println!("not refuted: {a} / {b}"),
            }
        }
    }
    seconds.sort_by(f64::total_cmp);
    let percentile = |part: f64| {
        let at = (seconds.len() as f64 * part) as usize;
        seconds
            .get(at.min(seconds.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    };
    println!(
        "{} refutations: median {:.3} s, 95th percentile {:.3} s",
        seconds.len(),
        percentile(0.5),
        percentile(0.95)
    );
    Ok(())
}
