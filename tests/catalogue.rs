//! The catalogue of rules as a whole: each has its cases and shows itself in the samples, and well-written samples are
//! left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use whyslow::catalog::{Catalog, HandWrittenStatistics, load_schema};
use whyslow::rules::{self, LintOptions, Severity};
use whyslow::source::SourceFile;

/// What is reported without a look at a query or a schema, or by asking a planner.
const WITHOUT_CASES: &[&str] = &["parameter-sensitive-plan", "schema-error", "syntax-error"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rules_with_cases() -> BTreeSet<&'static str> {
    rules::all()
        .iter()
        .map(|rule| rule.info().name)
        .filter(|name| !name.starts_with("plan-") && !WITHOUT_CASES.contains(name))
        .collect()
}

fn sql_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_rule_has_positives_and_near_misses() {
    let mut cases: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for rule in rules_with_cases() {
        let counts = cases.entry(rule).or_default();
        let folder = root().join("tests/specs").join(rule);
        if !folder.is_dir() {
            continue;
        }
        for file in sql_files(&folder) {
            let text = fs::read_to_string(&file).unwrap();
            if text.contains("-- expect: found") {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
    }
    let few: Vec<String> = cases
        .iter()
        .filter(|(_, (found, silent))| *found < 2 || *silent < 3)
        .map(|(rule, (found, silent))| format!("{rule}: {found} positives, {silent} near misses"))
        .collect();
    assert!(few.is_empty(), "{}", few.join("\n"));
}

/// A folder of sample queries with the schema and statistics that they are for.
struct Samples {
    schema: &'static str,
    statistics: Option<&'static str>,
    queries: &'static str,
}

fn catalog(samples: &Samples) -> Catalog {
    let read = |name: &str, ending: &str| {
        let path = root()
            .join("sample_schemas")
            .join(format!("{name}.{ending}"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let schema = SourceFile::new(
        format!("{}.sql", samples.schema),
        read(samples.schema, "sql"),
    );
    let mut catalog = load_schema(&[schema]);
    assert!(catalog.problems.is_empty(), "{:?}", catalog.problems);
    if let Some(name) = samples.statistics {
        let statistics = HandWrittenStatistics::from_toml(&read(name, "toml")).unwrap();
        catalog.apply_statistics(&statistics).unwrap();
    }
    catalog
}

fn queries(folder: &str) -> Vec<Arc<SourceFile>> {
    sql_files(&root().join("sample_queries").join(folder))
        .iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            SourceFile::new(name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

const FINE: &[Samples] = &[
    Samples {
        schema: "tpch",
        statistics: Some("tpch"),
        queries: "tpch",
    },
    Samples {
        schema: "shop",
        statistics: Some("shop"),
        queries: "fine/shop",
    },
    Samples {
        schema: "tickets",
        statistics: Some("tickets"),
        queries: "fine/tickets",
    },
    Samples {
        schema: "measurements",
        statistics: Some("measurements"),
        queries: "fine/measurements",
    },
    Samples {
        schema: "jobs",
        statistics: Some("jobs"),
        queries: "fine/jobs",
    },
    // the same without statistics
    Samples {
        schema: "shop",
        statistics: None,
        queries: "fine/shop",
    },
    Samples {
        schema: "tickets",
        statistics: None,
        queries: "fine/tickets",
    },
    Samples {
        schema: "tpch",
        statistics: None,
        queries: "tpch",
    },
];

#[test]
fn well_written_samples_are_left_alone() {
    let mut alarms = Vec::new();
    let mut statements = 0;
    for samples in FINE {
        let catalog = catalog(samples);
        let result = rules::lint(&queries(samples.queries), &catalog, &LintOptions::default());
        assert_eq!(result.unparsed, 0, "{}", samples.queries);
        if samples.statistics.is_some() {
            statements += result.statements;
        }
        // the shop and the others have faults on purpose, which are not the queries'
        let sound = ["tpch", "jobs"].contains(&samples.schema);
        for finding in result.findings.iter().filter(|finding| {
            finding.severity >= Severity::Warning && (finding.statement.is_some() || sound)
        }) {
            let place = finding
                .location
                .as_ref()
                .map(|location| format!("{}:{}", location.file.path(), location.start().line));
            alarms.push(format!(
                "{} {}: {}",
                place.unwrap_or_default(),
                finding.rule,
                finding.message
            ));
        }
    }
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
    assert!(statements >= 60, "only {statements} statements");
}

/// The folder whose files show the rules, each file beside a schema (and statistics) of its own.
#[test]
fn every_rule_shows_itself_in_the_samples() {
    let folder = root().join("sample_queries/rules");
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for path in sql_files(&folder) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let beside = |ending: &str| {
            root()
                .join("sample_schemas/rules")
                .join(format!("{stem}.{ending}"))
        };
        let schema = fs::read_to_string(beside("sql")).unwrap();
        let mut catalog = load_schema(&[SourceFile::new("schema.sql", schema)]);
        if let Ok(text) = fs::read_to_string(beside("toml")) {
            let statistics = HandWrittenStatistics::from_toml(&text).unwrap();
            catalog.apply_statistics(&statistics).unwrap();
        }
        let file = SourceFile::new(stem, fs::read_to_string(&path).unwrap());
        let result = rules::lint(&[file], &catalog, &LintOptions::default());
        found.extend(result.findings.iter().map(|finding| finding.rule));
    }
    let missing: Vec<&str> = rules_with_cases().difference(&found).copied().collect();
    assert!(missing.is_empty(), "no sample shows {}", missing.join(", "));
}
