//! Mutants and sound rewrites of queries over the sample schemas: no verdict may be wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use whyslow::catalog::{Catalog, load_schema};
use whyslow::equivalence::{Checker, Options, Verdict};
use whyslow::source::SourceFile;

use super::mutation::{self, Sample};
use super::number;
use super::replay::Replay;

#[test]
fn the_set_is_large_enough_and_the_same_for_a_seed() {
    let pairs = mutation::pairs(1);
    assert!(mutation::base_count() >= 60);
    assert!(pairs.len() >= 1500, "{}", pairs.len());
    let texts = |seed| -> Vec<String> {
        mutation::pairs(seed)
            .into_iter()
            .map(|pair| pair.a + &pair.b)
            .collect()
    };
    assert_eq!(texts(5), texts(5));
    assert_ne!(texts(5), texts(6));
}

/// `WHYSLOW_PAIRS=100000` takes all pairs, `WHYSLOW_SOUNDNESS=100000` searches what is proved on as many databases.
#[test]
fn no_verdict_on_mutants_and_rewrites_is_wrong() {
    let wanted = number("WHYSLOW_PAIRS", 200);
    let soundness = number("WHYSLOW_SOUNDNESS", 300);
    let pairs = mutation::pairs(number("WHYSLOW_SEED", 1));
    let step = (pairs.len() as u64 / wanted.max(1)).max(1);
    let mut refuted: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut proved = (0, 0);
    let mut wrong = Vec::new();
    for sample in Sample::ALL {
        let path = format!("{}/{}", env!("CARGO_MANIFEST_DIR"), sample.file());
        let text = std::fs::read_to_string(path).expect("a sample schema");
        let schema: Arc<SourceFile> = SourceFile::new(sample.file(), text);
        let catalog: &'static Catalog =
            Box::leak(Box::new(load_schema(std::slice::from_ref(&schema))));
        let (mut checker, _) =
            Checker::embedded(catalog, std::slice::from_ref(&schema)).expect("an embedded server");
        let mut replay = Replay::new(&schema);
        let chosen = pairs
            .iter()
            .enumerate()
            .filter(|(number, pair)| pair.sample == sample && (*number as u64).is_multiple_of(step))
            .map(|(_, pair)| pair);
        for pair in chosen {
            let options = Options {
                timeout: Duration::from_secs(40),
                max_databases: if pair.equal { soundness } else { 120_000 },
                ..Options::default()
            };
            let found = checker
                .compare(&pair.a, &pair.b, &options)
                .unwrap_or_else(|error| panic!("{}\n{}\n{error}", pair.a, pair.b));
            let described = || {
                format!(
                    "{}:\n  {}\n  {}\n  {found:#?}",
                    pair.operator, pair.a, pair.b
                )
            };
            if pair.equal {
                proved.1 += 1;
                match found.verdict {
                    Verdict::Equal => {
                        proved.0 += 1;
                        let searched = checker.compare(
                            &pair.a,
                            &pair.b,
                            &Options {
                                prove: false,
                                ..options
                            },
                        );
                        if searched.is_ok_and(|found| found.verdict == Verdict::Different) {
                            wrong.push(format!("proved, but {}", described()));
                        }
                    }
                    Verdict::NoDifferenceFound => {}
                    _ => wrong.push(described()),
                }
                continue;
            }
            let count = refuted.entry(pair.operator).or_default();
            count.1 += 1;
            match (found.verdict, &found.counterexample) {
                (Verdict::Different, Some(example)) => {
                    count.0 += 1;
                    if let Some(reason) = replay.refused(&pair.a, &pair.b, example) {
                        wrong.push(format!("{reason}: {}", described()));
                    }
                }
                (Verdict::NoDifferenceFound, _) => eprintln!("not refuted: {}", described()),
                _ => wrong.push(described()),
            }
        }
    }
    println!("proved {proved:?}; refuted {refuted:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let (found, all) = refuted
        .values()
        .fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    assert!(found * 100 >= all * 99, "{found} of {all} refuted");
    assert!(proved.0 * 2 >= proved.1, "{proved:?} proved");
}
