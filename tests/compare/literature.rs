//! Pairs of the kinds that the literature collects: rewrites of an optimizer's rules, and right and wrong answers to the
//! questions of practice sites. Written for this test; none is taken from a collection.

use std::sync::Arc;
use std::time::Duration;

use whyslow::catalog::{Catalog, load_schema};
use whyslow::equivalence::{Checker, Options, Verdict};
use whyslow::source::SourceFile;

use super::number;

/// A file of pairs: `-- schema` with its statements, then `-- equal` or `-- different` with two queries each.
struct Collection {
    schema: String,
    pairs: Vec<(bool, String, String)>,
}

fn collections(text: &str) -> Vec<Collection> {
    let mut all: Vec<Collection> = Vec::new();
    for part in text.split("\n-- ") {
        let (kind, rest) = part.split_once('\n').unwrap_or((part, ""));
        match kind.trim_start_matches("-- ").trim() {
            "schema" => all.push(Collection {
                schema: rest.to_owned(),
                pairs: Vec::new(),
            }),
            kind @ ("equal" | "different") => {
                let mut queries = rest
                    .split(";\n")
                    .map(str::trim)
                    .filter(|query| !query.is_empty());
                let pair = (
                    kind == "equal",
                    queries.next().expect("a query").to_owned(),
                    queries
                        .next()
                        .expect("two queries")
                        .trim_end_matches(';')
                        .to_owned(),
                );
                assert!(queries.next().is_none(), "two queries: {rest}");
                all.last_mut().expect("a schema first").pairs.push(pair);
            }
            other => assert!(other.starts_with("note"), "{other}"),
        }
    }
    all
}

/// Compares all pairs of a file; at least `proved` of a hundred equal ones must be proved.
fn run(text: &str, proved: usize) {
    // Databases for each equal pair, which no difference may be found on.
    let soundness = number("WHYSLOW_SOUNDNESS", 300);
    let mut equal = (0, 0);
    let mut wrong = Vec::new();
    for collection in collections(text) {
        let schema: Arc<SourceFile> = SourceFile::new("schema.sql", collection.schema.as_str());
        let catalog: &'static Catalog =
            Box::leak(Box::new(load_schema(std::slice::from_ref(&schema))));
        let (mut checker, notes) =
            Checker::embedded(catalog, &[schema]).expect("an embedded server");
        assert!(notes.is_empty(), "{notes:?}");
        for (truth, a, b) in &collection.pairs {
            let options = Options {
                timeout: Duration::from_secs(40),
                max_databases: if *truth { soundness } else { 120_000 },
                ..Options::default()
            };
            let found = checker
                .compare(a, b, &options)
                .unwrap_or_else(|error| panic!("{a}\n{b}\n{error}"));
            match (truth, found.verdict) {
                (true, Verdict::Equal) => {
                    equal = (equal.0 + 1, equal.1 + 1);
                    // What is proved is searched as well, without the proof.
                    let searched = checker
                        .compare(
                            a,
                            b,
                            &Options {
                                prove: false,
                                ..options
                            },
                        )
                        .unwrap_or_else(|error| panic!("{a}\n{b}\n{error}"));
                    assert_ne!(
                        searched.verdict,
                        Verdict::Different,
                        "proved, but:\n{a}\n{b}\n{searched:#?}"
                    );
                }
                (true, Verdict::NoDifferenceFound) => equal.1 += 1,
                (false, Verdict::Different) => {}
                (_, verdict) => wrong.push(format!(
                    "{verdict:?}:\n  {a}\n  {b}\n  {:?}",
                    found.counterexample
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        equal.0 * 100 >= equal.1 * proved,
        "{} of {} equal pairs proved",
        equal.0,
        equal.1
    );
    println!("{} of {} equal pairs proved", equal.0, equal.1);
}

#[test]
fn rewrites_of_an_optimizer_are_proved() {
    run(include_str!("optimizer.sql"), 90);
}

#[test]
fn answers_of_practice_sites_are_told_apart() {
    run(include_str!("practice.sql"), 70);
}

#[test]
fn near_misses_of_the_proof_are_refuted() {
    run(include_str!("near_misses.sql"), 0);
}
