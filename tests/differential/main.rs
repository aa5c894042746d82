//! Rewrites against the database: for random schemas and queries, every rewrite that a rule calls equivalent must return
//! the same rows on small databases that satisfy the schema, and a join that PostgreSQL leaves out of its plan should be
//! known to us (at most 4 % are missed; the run prints them).
//!
//! `WHYSLOW_CASES=200000 cargo test --release --test differential -- --nocapture` makes a long run, `WHYSLOW_SEED=7` another one.
//! A failure is shrunk by proptest to the fewest and smallest choices and printed with its schema.
#![cfg(feature = "embedded")]

mod generate;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use whyslow::catalog::load_schema;
use whyslow::equivalence::{Checker, Options, Verdict};
use whyslow::query::{Query, Reader, RelationId, analyze};
use whyslow::rules::{Finding, FixKind, LintOptions, Safety, lint_statement};
use whyslow::sandbox::{Server, ServerOptions, Session};
use whyslow::source::{SourceFile, split};

use generate::Choices;

/// Queries for one schema: starting a server takes longer than hundreds of queries.
const QUERIES_A_SCHEMA: u64 = 250;

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
}

#[test]
fn equivalent_rewrites_return_the_same_rows() {
    let cases = number("WHYSLOW_CASES", 2_000);
    let seed = number("WHYSLOW_SEED", 1);
    let tally = RefCell::new(Tally::default());
    let mut done = 0;
    let mut round = 0;
    while done < cases {
        let queries = QUERIES_A_SCHEMA.min(cases - done);
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
    assert!(
        tally.rewrites.values().sum::<u64>() > cases / 20,
        "too few rewrites to mean anything"
    );
    // what is left needs several reductions at once, each of which only the others allow
    assert!(
        tally.missed.len() as u64 * 25 <= tally.planner_removed,
        "more than 4 % of the joins that PostgreSQL removes have no finding"
    );
}

fn run_schema(seed: u64, queries: u64, tally: &RefCell<Tally>) {
    let bytes = seed.to_le_bytes().repeat(40);
    let scattered: Vec<u8> = bytes
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            byte.wrapping_mul(167)
                .wrapping_add((at as u8).wrapping_mul(73))
                ^ (at as u8).rotate_left(3)
        })
        .collect();
    let schema = generate::schema(&mut Choices::new(&scattered));
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
    let choices = proptest::collection::vec(proptest::num::u8::ANY, 4..120);
    let outcome = runner.run(&choices, |choices| {
        let sql = generate::query(&schema, &mut Choices::new(&choices));
        let mut state = state.borrow_mut();
        let (checker, planner) = &mut *state;
        check_query(&sql, &catalog, checker, planner, &mut tally.borrow_mut())
            .map_err(TestCaseError::fail)
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
                max_databases: 600,
                ..Options::default()
            };
            let compared = checker
                .compare(sql, &fix.sql, &options)
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
    missed_by_us(sql, &query, &findings, planner, tally)
}

/// Tables that the query names and the plan does not: each needs a finding.
fn missed_by_us(
    sql: &str,
    query: &Query,
    findings: &[Finding],
    planner: &mut Session,
    tally: &mut Tally,
) -> Result<(), String> {
    let row = planner
        .query_one(&format!("EXPLAIN (FORMAT JSON) {sql}"), &[])
        .map_err(|error| format!("PostgreSQL refuses the query: {error:?}\n  {sql}"))?;
    let plan: serde_json::Value = row.get(0);
    let text = plan.to_string();
    // a condition that is never true takes whole branches away
    if text.contains("One-Time Filter") || text.contains("\"Result\"") {
        return Ok(());
    }
    let mut planned = BTreeSet::new();
    aliases(&plan, &mut planned);
    for relation in &query.relations {
        if query.table_of(relation.id).is_none()
            || planned.contains(&relation.alias)
            || in_unread_cte(query, relation.id)
            || in_dropped_subquery(query, relation.id, &planned)
        {
            continue;
        }
        tally.planner_removed += 1;
        let around = enclosing(query, relation.id);
        let known = findings.iter().any(|finding| {
            finding
                .relation
                .as_ref()
                .is_some_and(|alias| around.contains(alias))
                || finding
                    .facts
                    .get("aliases")
                    .and_then(|aliases| aliases.as_array())
                    .is_some_and(|aliases| {
                        aliases
                            .iter()
                            .any(|alias| alias.as_str().is_some_and(|alias| around.contains(alias)))
                    })
        });
        if !known {
            tally
                .missed
                .push(format!("{} is not in the plan of\n  {sql}", relation.alias));
        }
    }
    Ok(())
}

/// Whether a relation belongs to a CTE that nothing reads: that is no join.
fn in_unread_cte(query: &Query, relation: RelationId) -> bool {
    let mut expression = query.block(query.relation(relation).block).expression;
    while let Some(id) = expression {
        match query.expression(id).reader {
            Reader::Cte(cte) => return query.cte(cte).references.is_empty(),
            Reader::Relation(reader) => {
                expression = query.block(query.relation(reader).block).expression
            }
            Reader::SetOperation { parent } => expression = Some(parent),
            _ => return false,
        }
    }
    false
}

/// Whether a relation belongs to a subquery of a condition that PostgreSQL drops as a whole: that is no join.
fn in_dropped_subquery(query: &Query, relation: RelationId, planned: &BTreeSet<String>) -> bool {
    let mut block = query.relation(relation).block;
    loop {
        let Some(expression) = query.block(block).expression else {
            return false;
        };
        match query.expression(expression).reader {
            Reader::Relation(reader) => block = query.relation(reader).block,
            Reader::Exists | Reader::Membership | Reader::Scalar | Reader::Array => {
                return query.block(block).relations().iter().all(|other| {
                    query.table_of(*other).is_none()
                        || !planned.contains(&query.relation(*other).alias)
                });
            }
            _ => return false,
        }
    }
}

fn aliases(value: &serde_json::Value, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            if let Some(alias) = fields.get("Alias").and_then(|alias| alias.as_str()) {
                into.insert(alias.to_owned());
            }
            fields.values().for_each(|value| aliases(value, into));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|value| aliases(value, into)),
        _ => {}
    }
}

/// The aliases of a relation and of those whose rows it makes.
fn enclosing(query: &Query, relation: RelationId) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut todo = vec![relation];
    while let Some(relation) = todo.pop() {
        let relation = query.relation(relation);
        if !found.insert(relation.alias.clone()) {
            continue;
        }
        let mut expression = query.block(relation.block).expression;
        while let Some(id) = expression {
            match query.expression(id).reader {
                Reader::Relation(reader) => {
                    todo.push(reader);
                    break;
                }
                Reader::Cte(cte) => {
                    todo.extend(&query.cte(cte).references);
                    break;
                }
                Reader::SetOperation { parent } => expression = Some(parent),
                _ => break,
            }
        }
    }
    found
}
