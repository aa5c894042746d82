//! Rewrites against the database: for random schemas and queries, every rewrite that a rule calls equivalent must return
//! the same rows on small databases that satisfy the schema, and a join that PostgreSQL leaves out of its plan should be
//! known to us (at most 2.5 % are missed; the run prints them).
//!
//! `WHYSLOW_CASES=200000 cargo test --release --test differential -- --nocapture` makes a long run, `WHYSLOW_SEED=7` another one, and
//! `WHYSLOW_GO_ON=1` does not stop at a failure.
//! A failure is shrunk by proptest to the fewest and smallest choices and printed with its schema.
#![cfg(feature = "embedded")]

mod choices;
mod condition;
mod planner;
mod query;
mod schema;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use whyslow::catalog::load_schema;
use whyslow::equivalence::{Checker, Options, Verdict};
use whyslow::query::analyze;
use whyslow::rules::{FixKind, LintOptions, Safety, lint_statement};
use whyslow::sandbox::{Server, ServerOptions, Session};
use whyslow::source::{SourceFile, split};

use choices::Choices;

/// Queries for one schema, at most: starting a server takes longer than many queries.
const QUERIES_A_SCHEMA: u64 = 1_000;
/// Schemas in a run, at least.
const SCHEMAS: u64 = 8;
/// Databases on which a rewrite is tried, unless WHYSLOW_DATABASES says otherwise.
const DATABASES: u64 = 120;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

#[derive(Default)]
struct Tally {
    queries: u64,
    with_findings: u64,
    rewrites: BTreeMap<&'static str, u64>,
    proved: u64,
    planner_removed: u64,
    missed: Vec<String>,
    /// What findings say about PostgreSQL's own removal of a join, and the plan confirms.
    claims: u64,
    wrong_claims: Vec<String>,
    /// Rewrites that change the rows, where the run goes on after one.
    wrong: Vec<String>,
}

#[test]
fn equivalent_rewrites_return_the_same_rows() {
    let cases = number("WHYSLOW_CASES", 2_000);
    let seed = number("WHYSLOW_SEED", 1);
    let tally = RefCell::new(Tally::default());
    let mut done = 0;
    let mut round = 0;
    while done < cases {
        let queries = (cases / SCHEMAS)
            .clamp(1, QUERIES_A_SCHEMA)
            .min(cases - done);
        run_schema(
            seed.wrapping_mul(1_000_003).wrapping_add(round),
            queries,
            &tally,
        );
        done += queries;
        round += 1;
    }
    let tally = tally.into_inner();
    println!(
        "{} queries over {round} schemas, {} with a finding",
        tally.queries, tally.with_findings
    );
    for (rule, count) in &tally.rewrites {
        println!("  {rule}: {count} rewrites, the same rows each time");
    }
    println!("  {} of them proved equal as well", tally.proved);
    println!(
        "PostgreSQL left {} joined tables out of its plans; {} of them without a finding",
        tally.planner_removed,
        tally.missed.len()
    );
    for missed in tally.missed.iter().take(20) {
        println!("{missed}\n");
    }
    println!(
        "{} times a finding says rightly whether PostgreSQL removes the join, {} times wrongly",
        tally.claims,
        tally.wrong_claims.len()
    );
    for wrong in tally.wrong_claims.iter().take(20) {
        println!("{wrong}\n");
    }
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    assert!(
        tally.rewrites.values().sum::<u64>() > cases / 20,
        "too few rewrites to mean anything"
    );
    // docs/joins.md names the classes that are left
    assert!(
        tally.missed.len() as u64 * 100 <= tally.planner_removed,
        "more than 1 % of the joins that PostgreSQL removes have no finding"
    );
    assert!(
        tally.wrong_claims.len() as u64 * 33 <= tally.claims,
        "more than 3 % of what findings say about PostgreSQL's own removal is wrong"
    );
}

/// Eight bytes that look random. Source: SplitMix64 (Steele, Lea and Flood, 2014).
fn scatter(seed: u64, at: u64) -> [u8; 8] {
    let mut z = seed.wrapping_add((at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).to_le_bytes()
}

fn run_schema(seed: u64, queries: u64, tally: &RefCell<Tally>) {
    let scattered: Vec<u8> = (0..40).flat_map(|at| scatter(seed, at)).collect();
    let schema = schema::schema(&mut Choices::new(&scattered));
    let source = SourceFile::new("schema.sql", schema.ddl.as_str());
    let catalog = load_schema(std::slice::from_ref(&source));
    assert!(
        catalog.problems.is_empty(),
        "{:?}\n{}",
        catalog.problems,
        schema.ddl
    );
    // the program that serves the embedded PostgreSQL
    let options = ServerOptions {
        program: Some(env!("CARGO_BIN_EXE_whyslow").into()),
        ..ServerOptions::default()
    };
    let planner_server = Server::start(options).expect("an embedded server");
    let mut planner = planner_server.connect("postgres").expect("a session");
    planner
        .batch_execute(&schema.ddl)
        .unwrap_or_else(|error| panic!("{error}\n{}", schema.ddl));
    let (checker, _) =
        Checker::embedded(&catalog, std::slice::from_ref(&source)).expect("a checker");
    let state = RefCell::new((checker, planner));
    let config = Config {
        cases: u32::try_from(queries).unwrap_or(u32::MAX),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let mut rng_seed = [0u8; 32];
    rng_seed[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &rng_seed));
    let goes_on = number("WHYSLOW_GO_ON", 0) > 0;
    let choices = proptest::collection::vec(proptest::num::u8::ANY, 4..120);
    let outcome = runner.run(&choices, |choices| {
        let sql = query::query(&schema, &mut Choices::new(&choices));
        let mut state = state.borrow_mut();
        let (checker, planner) = &mut *state;
        let mut tally = tally.borrow_mut();
        match check_query(&sql, &catalog, checker, planner, &mut tally) {
            Err(wrong) if goes_on => tally.wrong.push(format!("{wrong}\n{}", schema.ddl)),
            outcome => outcome.map_err(TestCaseError::fail)?,
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("seed {seed}\n{}\n{failure}", schema.ddl);
    }
}

fn check_query(
    sql: &str,
    catalog: &whyslow::catalog::Catalog,
    checker: &mut Checker<'_>,
    planner: &mut Session,
    tally: &mut Tally,
) -> Result<(), String> {
    let file: Arc<SourceFile> = SourceFile::new("query.sql", sql);
    let statements = split(&file);
    let [statement] = statements.as_slice() else {
        return Err(format!("not one statement: {sql}"));
    };
    let query = analyze(statement, catalog).map_err(|error| format!("{error}: {sql}"))?;
    if !query.problems.is_empty() {
        return Err(format!("{:?}: {sql}", query.problems));
    }
    let findings = lint_statement(statement, catalog, &LintOptions::default());
    tally.queries += 1;
    if !findings.is_empty() {
        tally.with_findings += 1;
    }
    for finding in &findings {
        for fix in &finding.fixes {
            if fix.kind != FixKind::Rewrite || fix.safety != Safety::Equivalent {
                continue;
            }
            let options = Options {
                timeout: Duration::from_secs(5),
                max_databases: number("WHYSLOW_DATABASES", DATABASES),
                // a proof shortens the search, and may rest on the same mistake as the rule
                prove: tally.queries.is_multiple_of(4),
                ..Options::default()
            };
            let compared = checker
                .compare(sql, &fix.sql, &options)
                // a session that was lost is made anew
                .or_else(|_| checker.compare(sql, &fix.sql, &options))
                .map_err(|error| format!("{}: {error}\n  {sql}\n  {}", finding.rule, fix.sql))?;
            match compared.verdict {
                Verdict::Different => {
                    let why = compared
                        .counterexample
                        .map(|example| format!("{}\n  {}", example.why, example.setup));
                    return Err(format!(
                        "{} changes the rows: {}\n  {sql}\n  {}",
                        finding.rule,
                        why.unwrap_or_default(),
                        fix.sql
                    ));
                }
                Verdict::Equal => tally.proved += 1,
                Verdict::NoDifferenceFound | Verdict::Nondeterministic => {}
            }
            *tally.rewrites.entry(finding.rule).or_default() += 1;
        }
    }
    planner::compare(sql, &query, &findings, planner, tally)
}
