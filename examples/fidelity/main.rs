//! How true are plans without data? TPC-H data in one server; the same queries in another that has only a snapshot.
//!
//!     cargo build --release && WHYSLOW_BIN=target/release/whyslow cargo run --release --example fidelity -- 0.1
//!
//! A second argument is the URL of an empty database of a native server to load and to take the snapshot from.
//! `relations` as the only argument measures how long a planner for 1,000 relations takes to start, `speed` how long a
//! plan takes, and an index that is supposed for it.

use std::error::Error;
use std::fmt::Display;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls, SimpleQueryMessage};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};
use whyslow::catalog::live::{SnapshotFilter, connect, take_snapshot};
use whyslow::catalog::{HandWrittenStatistics, load_schema};
use whyslow::planner::{
    EmbeddedPlanner, EmbeddedPlannerOptions, HypotheticalChange, LivePlanner, PlannedQuery, Planner,
};
use whyslow::sandbox::{Server, ServerOptions};
use whyslow::source::SourceFile;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    match arguments.peek().map(String::as_str) {
        Some("relations") => return thousand_relations(),
        Some("speed") => return speed_by_hand_written_statistics(),
        _ => {}
    }
    let scale: f64 = arguments.next().map_or(Ok(0.1), |text| text.parse())?;
    let native = arguments.next();
    let server = Server::start(ServerOptions {
        settings: [
            ("max_parallel_workers_per_gather", "2"),
            ("max_parallel_workers", "8"),
            ("jit", "off"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        ..ServerOptions::default()
    })?;
    let url = match native {
        Some(url) => url,
        None => {
            server.connect("postgres")?.batch_execute(
                "CREATE DATABASE tpch TEMPLATE template0 LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'",
            )?;
            server.url("tpch")?
        }
    };
    let queries: Vec<&str> = include_str!("tpch_queries.sql")
        .lines()
        .filter(|line| !line.is_empty())
        .collect();
    let mut client = Client::connect(&url, NoTls)?;
    let version = client
        .query_one("SHOW server_version", &[])?
        .get::<_, String>(0);
    println!("TPC-H at scale {scale} in PostgreSQL {version}");
    let start = Instant::now();
    load(&mut client, scale)?;
    println!(
        "loaded and analyzed in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    let wanted: Vec<String> = queries
        .iter()
        .map(|query| text_plan(&mut client, query))
        .collect::<Outcome<_>>()?;
    drop(client);
    // The server takes one session at a time.
    std::thread::sleep(Duration::from_millis(500));

    let start = Instant::now();
    let mut live = connect(&url)?;
    let snapshot = take_snapshot(&mut live, &SnapshotFilter::default(), |_| ())?;
    drop(live);
    println!(
        "snapshot taken in {:.3} s; missing: {:?}",
        start.elapsed().as_secs_f64(),
        snapshot.missing
    );
    let snapshot = whyslow::catalog::Snapshot::from_json(&snapshot.to_json())?;
    let start = Instant::now();
    let mut planner = EmbeddedPlanner::start(
        Arc::new(snapshot.into_catalog()),
        EmbeddedPlannerOptions::default(),
    )?;
    println!(
        "planner started in {:.3} s; notes: {:?}",
        start.elapsed().as_secs_f64(),
        planner.description().notes
    );

    let mut identical = 0;
    for (number, (query, wanted)) in queries.iter().zip(&wanted).enumerate() {
        let found = text_plan(planner.session(), query)?;
        if found == *wanted {
            identical += 1;
        } else {
            println!(
                "Q{} differs:\n{}",
                number + 1,
                first_difference(wanted, &found)
            );
            if let Some(folder) = std::env::var_os("FIDELITY_FOLDER") {
                let folder = std::path::Path::new(&folder);
                std::fs::write(folder.join(format!("q{}-wanted.txt", number + 1)), wanted)?;
                std::fs::write(folder.join(format!("q{}-found.txt", number + 1)), &found)?;
            }
        }
    }
    println!(
        "text of EXPLAIN identical: {identical} of {}",
        queries.len()
    );

    hypothetical(&url, &mut planner)?;
    against_hypopg(&url, &mut planner)?;
    speed(&mut planner)?;
    drop(planner);
    thousand_relations()?;
    Ok(())
}

fn load(client: &mut Client, scale: f64) -> Outcome<()> {
    client
        .batch_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        .or_else(|_| client.batch_execute("SELECT 1"))?;
    client.batch_execute(include_str!("tpch_schema.sql"))?;
    copy(client, "region", RegionGenerator::new(scale, 1, 1).iter())?;
    copy(client, "nation", NationGenerator::new(scale, 1, 1).iter())?;
    copy(client, "part", PartGenerator::new(scale, 1, 1).iter())?;
    copy(
        client,
        "supplier",
        SupplierGenerator::new(scale, 1, 1).iter(),
    )?;
    copy(
        client,
        "partsupp",
        PartSuppGenerator::new(scale, 1, 1).iter(),
    )?;
    copy(
        client,
        "customer",
        CustomerGenerator::new(scale, 1, 1).iter(),
    )?;
    copy(client, "orders", OrderGenerator::new(scale, 1, 1).iter())?;
    copy(
        client,
        "lineitem",
        LineItemGenerator::new(scale, 1, 1).iter(),
    )?;
    client.batch_execute(include_str!("tpch_keys.sql"))?;
    client.batch_execute(include_str!("documents.sql"))?;
    client.batch_execute("VACUUM ANALYZE")?;
    Ok(())
}

fn copy<T: Display>(
    client: &mut Client,
    table: &str,
    rows: impl Iterator<Item = T>,
) -> Outcome<()> {
    let mut writer = client.copy_in(&format!("COPY {table} FROM STDIN (DELIMITER '|')"))?;
    for row in rows {
        let line = row.to_string();
        writeln!(writer, "{}", line.strip_suffix('|').unwrap_or(&line))?;
    }
    writer.finish()?;
    Ok(())
}

fn text_plan(client: &mut Client, query: &str) -> Outcome<String> {
    let lines: Vec<String> = client
        .simple_query(&format!("EXPLAIN {query}"))?
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect();
    Ok(lines.join("\n"))
}

fn json_plan(client: &mut Client, query: &str) -> Outcome<PlannedQuery> {
    let row = client.query_one(&format!("EXPLAIN (FORMAT JSON) {query}"), &[])?;
    PlannedQuery::from_explain(row.get(0), Vec::new()).ok_or_else(|| "no plan".into())
}

fn first_difference(wanted: &str, found: &str) -> String {
    wanted
        .lines()
        .zip(found.lines())
        .find(|(wanted, found)| wanted != found)
        .map_or_else(
            || "one is longer".to_owned(),
            |(wanted, found)| format!("  wanted {wanted}\n  found  {found}"),
        )
}

fn hypothetical(url: &str, planner: &mut EmbeddedPlanner) -> Outcome<()> {
    let cases: Vec<(&str, &str)> = include_str!("tpch_indexes.sql")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let mut client = Client::connect(url, NoTls)?;
    let (mut same_index, mut near_cost, mut tried) = (0, 0, 0);
    let mut errors: std::collections::BTreeMap<String, Vec<f64>> =
        std::collections::BTreeMap::new();
    println!(
        "hypothetical indexes against built ones   (pages built/estimated, cost built/planned, used built/planned)"
    );
    for (index, query) in &cases {
        client.batch_execute("BEGIN")?;
        if let Err(error) = client.batch_execute(index) {
            println!("  skipped {index}: {error}");
            client.batch_execute("ROLLBACK")?;
            continue;
        }
        let row = client.query_one(
            "SELECT (pg_relation_size(c.oid) / 8192)::float8, m.amname::text FROM pg_class c JOIN pg_am m ON m.oid = c.relam WHERE c.relname = 'h'",
            &[],
        )?;
        let (pages, method): (f64, String) = (row.get(0), row.get(1));
        let built = json_plan(&mut client, query)?;
        client.batch_execute("ROLLBACK")?;
        let planned = planner.plan(query, &HypotheticalChange::parse(index)?)?;
        let estimate = planned
            .hypothetical
            .first()
            .map_or(0.0, |index| index.pages);
        tried += 1;
        let (used, supposed) = (built.uses("h"), planned.uses("h"));
        same_index += usize::from(built.indexes == planned.indexes);
        let cost_error = planned.total_cost / built.total_cost - 1.0;
        near_cost += usize::from(cost_error.abs() <= 0.02);
        let size_error = estimate / pages - 1.0;
        errors.entry(method).or_default().push(size_error);
        println!(
            "  {:<75} {pages:>6} {estimate:>6} ({:>+6.1} %) {:>10.2} {:>10.2} ({:>+6.1} %) {used} {supposed}",
            index,
            size_error * 100.0,
            built.total_cost,
            planned.total_cost,
            cost_error * 100.0
        );
    }
    println!("same indexes used: {same_index} of {tried}; cost within 2 %: {near_cost} of {tried}");
    for (method, errors) in &errors {
        let within = errors.iter().filter(|error| error.abs() <= 0.1).count();
        let worst = errors.iter().fold(0.0, |worst: f64, error| {
            if error.abs() > worst.abs() {
                *error
            } else {
                worst
            }
        });
        println!(
            "size of {method}: {within} of {} within 10 %, worst {:+.1} %",
            errors.len(),
            worst * 100.0
        );
    }
    Ok(())
}

/// The same indexes, supposed by HypoPG on the native server where it has that extension.
fn against_hypopg(url: &str, planner: &mut EmbeddedPlanner) -> Outcome<()> {
    let mut client = Client::connect(url, NoTls)?;
    let there = client
        .batch_execute("CREATE EXTENSION IF NOT EXISTS hypopg")
        .is_ok();
    drop(client);
    if !there {
        println!("HypoPG is not there to compare with");
        return Ok(());
    }
    let mut live = LivePlanner::new(connect(url)?, 30.0, None)?;
    let (mut same, mut pairs, mut times) = (0, 0, Vec::new());
    for (index, query) in include_str!("tpch_indexes.sql")
        .lines()
        .filter_map(|line| line.split_once('\t'))
    {
        let changes = HypotheticalChange::parse(index)?;
        let start = Instant::now();
        let Ok(by_hypopg) = live.plan(query, &changes) else {
            println!("  HypoPG refuses {index}");
            continue;
        };
        times.push(start.elapsed());
        let embedded = planner.plan(query, &changes)?;
        let used =
            |planned: &PlannedQuery| planned.hypothetical.first().is_some_and(|index| index.used);
        pairs += 1;
        if used(&by_hypopg) == used(&embedded) {
            same += 1;
        } else {
            println!(
                "  differs: {index} for {query}: HypoPG {}, embedded {}",
                used(&by_hypopg),
                used(&embedded)
            );
        }
    }
    let by = live.description().hypothetical_by.unwrap_or_default();
    println!(
        "{by}: same choice in {same} of {pairs}; create, plan, drop: {:.3} ms",
        median(times)
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times
        .get(times.len() / 2)
        .map_or(0.0, Duration::as_secs_f64)
        * 1000.0
}

/// The samples' TPC-H with its statistics at scale 1: no server to load and to take a snapshot from.
fn speed_by_hand_written_statistics() -> Outcome<()> {
    let folder = std::path::Path::new("sample_schemas");
    let ddl = std::fs::read_to_string(folder.join("tpch.sql"))?;
    let statistics = std::fs::read_to_string(folder.join("tpch.toml"))?;
    let mut catalog = load_schema(&[SourceFile::new("tpch.sql", ddl)]);
    catalog.apply_statistics(&HandWrittenStatistics::from_toml(&statistics)?)?;
    let mut planner = EmbeddedPlanner::start(Arc::new(catalog), EmbeddedPlannerOptions::default())?;
    speed(&mut planner)
}

fn speed(planner: &mut EmbeddedPlanner) -> Outcome<()> {
    let query = "SELECT * FROM orders WHERE o_clerk = 'Clerk#000000042'";
    let join = include_str!("tpch_queries.sql")
        .lines()
        .nth(2)
        .unwrap_or(query);
    let changes = HypotheticalChange::parse("CREATE INDEX h ON orders (o_clerk)")?;
    let mut in_place = |query: &str| -> Outcome<f64> {
        let mut times = Vec::new();
        for _ in 0..200 {
            let start = Instant::now();
            planner.plan(query, &changes)?;
            times.push(start.elapsed());
        }
        Ok(median(times))
    };
    println!(
        "plan with the index in place: {:.3} ms; TPC-H Q3: {:.3} ms",
        in_place(query)?,
        in_place(join)?
    );
    let mut times = Vec::new();
    for _ in 0..200 {
        planner.plan(query, &[])?;
        let start = Instant::now();
        planner.plan(query, &changes)?;
        planner.take_back()?;
        times.push(start.elapsed());
    }
    println!(
        "creating it, the plan, dropping it: {:.3} ms",
        median(times)
    );
    Ok(())
}

fn thousand_relations() -> Outcome<()> {
    let schema: String = (0..500)
        .map(|number| {
            format!(
                "CREATE TABLE t{number} (id bigint PRIMARY KEY, a integer NOT NULL, b text, c timestamptz, d numeric);\n"
            )
        })
        .collect();
    let statistics: String = (0..500)
        .map(|number| {
            format!(
                "[tables.t{number}]\nrows = 1_000_000\n[tables.t{number}.columns.a]\ndistinct = 100\n[tables.t{number}.columns.b]\nvalues = {{ x = 0.5, y = 0.3 }}\n"
            )
        })
        .collect();
    let mut catalog = load_schema(&[SourceFile::new("schema.sql", schema)]);
    catalog.apply_statistics(&HandWrittenStatistics::from_toml(&statistics)?)?;
    let start = Instant::now();
    let planner = EmbeddedPlanner::start(Arc::new(catalog), EmbeddedPlannerOptions::default())?;
    println!(
        "500 tables with 500 indexes, started and restored in {:.3} s",
        start.elapsed().as_secs_f64()
    );
    drop(planner);
    Ok(())
}
