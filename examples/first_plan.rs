//! How long from start to first plan, when warm; exit code 1 where the median is above two seconds:
//!
//!     cargo build --release && WHYSLOW_BIN=target/release/whyslow cargo run --release --example first_plan

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use whyslow::catalog::{HandWrittenStatistics, load_schema};
use whyslow::planner::{EmbeddedPlanner, EmbeddedPlannerOptions, Planner};
use whyslow::sandbox::{Server, ServerOptions, load_schema as load_into};
use whyslow::source::read_schema;

const RUNS: usize = 7;
const GOAL: Duration = Duration::from_secs(2);
const QUERY: &str =
    "SELECT id, total FROM orders WHERE status = 'new' ORDER BY ordered_at DESC LIMIT 20";

fn main() -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}

fn measure() -> Result<bool, Box<dyn std::error::Error>> {
    let schema = read_schema(&["sample_schemas/shop.sql"])?;
    let mut catalog = load_schema(&schema);
    let statistics = std::fs::read_to_string("sample_schemas/shop.toml")?;
    catalog.apply_statistics(&HandWrittenStatistics::from_toml(&statistics)?)?;
    let catalog = Arc::new(catalog);
    let mut planned = Vec::new();
    let mut loaded = Vec::new();
    // the first of each fills the caches and does not count
    for _ in 0..=RUNS {
        let start = Instant::now();
        let mut planner =
            EmbeddedPlanner::start(Arc::clone(&catalog), EmbeddedPlannerOptions::default())?;
        planner.plan(QUERY, &[])?;
        planned.push(start.elapsed());

        let start = Instant::now();
        let server = Server::start(ServerOptions::default())?;
        server.create_database("explained", Some("en_US.UTF-8"))?;
        let mut session = server.connect("explained")?;
        load_into(&mut session, &schema)?;
        session.query(&format!("EXPLAIN {QUERY}"), &[])?;
        loaded.push(start.elapsed());
    }
    let mut good = true;
    for (what, mut times) in [
        ("statistics, no rows", planned),
        ("schema loaded, no rows yet", loaded),
    ] {
        times.remove(0);
        times.sort();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let most = times.last().copied().unwrap_or_default();
        println!(
            "start to first plan, {what}: median {:.2} s, most {:.2} s of {RUNS} (goal: {} s)",
            median.as_secs_f64(),
            most.as_secs_f64(),
            GOAL.as_secs()
        );
        good &= median < GOAL;
    }
    Ok(good)
}
