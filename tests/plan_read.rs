//! Text and JSON of the same plan give the same tree; every framing is taken off; nothing makes it panic.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Map, Value};
use whyslow::plan::{Figures, Measure, NodeType, Plan, PlanError};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plans")
}

fn read(path: &str) -> Plan {
    let text = fs::read_to_string(fixtures().join(path)).expect(path);
    Plan::read(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What text and JSON may differ in: defaults that only JSON prints, and what two runs do not share.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut kept = Map::new();
            for (key, value) in object {
                let differs = matches!(
                    key.as_str(),
                    "Inner Unique" | "Single Copy" | "Planning" | "Triggers" | "Workers"
                );
                let is_default = matches!(value, Value::Bool(false))
                    || value.as_f64() == Some(0.0)
                    || value.as_array().is_some_and(Vec::is_empty);
                if !differs && !is_default {
                    kept.insert(key.clone(), comparable(value));
                }
            }
            kept.sort_keys();
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(comparable).collect()),
        Value::Number(number) => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        other => other.clone(),
    }
}

#[test]
fn text_and_json_give_the_same_tree() {
    let mut compared = 0;
    for version in ["12", "13", "14", "15", "16", "17", "18"] {
        for entry in fs::read_dir(fixtures().join(version)).expect("a folder of plans") {
            let path = entry.expect("a plan").path();
            let name = path
                .file_stem()
                .and_then(|name| name.to_str())
                .unwrap_or("");
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let json = if matches!((version, name), ("12" | "13", "delete")) {
                    // Before 14 the input of a ModifyTable was called a member, which the text does not tell.
                    let json = fs::read_to_string(&path).expect("a plan");
                    Plan::read(&json.replace("Member", "Outer")).expect("a plan")
                } else {
                    read(&format!("{version}/{name}.json"))
                };
                let text = read(&format!("{version}/{name}.txt"));
                assert_eq!(
                    serde_json::to_string_pretty(&comparable(text.json())).ok(),
                    serde_json::to_string_pretty(&comparable(json.json())).ok(),
                    "{version}/{name}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 70, "{compared} plans");
}

#[test]
fn nothing_that_the_server_prints_is_left_unnamed() {
    // Keys that carry no figure that we use.
    let known = [
        "Async Capable",
        "Cache Mode",
        "Inner Unique",
        "Grouping Sets",
        "Params Evaluated",
        "Single Copy",
        "Storage",
        "Maximum Storage",
        "Window",
        "Full-sort Groups",
        "Pre-sorted Groups",
        "Function Call",
        "Schema",
    ];
    for version in ["12", "13", "14", "15", "16", "17", "18"] {
        for entry in fs::read_dir(fixtures().join(version)).expect("a folder of plans") {
            let path = entry.expect("a plan").path();
            let text = fs::read_to_string(&path).expect("a plan");
            let plan =
                Plan::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for node in plan.nodes() {
                assert!(
                    !matches!(node.kind, NodeType::Other(_)),
                    "{}: {:?}",
                    path.display(),
                    node.kind
                );
                for key in node.other.keys() {
                    assert!(known.contains(&key.as_str()), "{}: {key}", path.display());
                }
            }
        }
    }
}

#[test]
fn all_that_version_18_prints_is_read() {
    let plan = read("18/everything.txt");
    assert!(plan.planning_time.is_some_and(|time| time > 0.0));
    assert!(plan.execution_time.is_some_and(|time| time > 0.0));
    assert!(
        plan.planning_buffers
            .is_some_and(|buffers| buffers.blocks() > 0.0)
    );
    assert_eq!(
        plan.settings.get("parallel_setup_cost").map(String::as_str),
        Some("0")
    );
    let scan = plan
        .nodes()
        .iter()
        .find(|node| node.kind == NodeType::SeqScan)
        .expect("the scan");
    assert!(scan.parallel_aware);
    assert_eq!(scan.schema.as_deref(), Some("public"));
    assert_eq!(scan.worker_details.len(), 2);
    let figures = Figures::of(&plan);
    assert_eq!(figures.node(scan.id).processes, 3.0);
    assert_eq!(figures.node(scan.id).rows, Some(97500.0));
    // Loops are shared by three processes: the scan took no longer than the whole.
    assert!(
        figures
            .share(scan.id, Measure::Time)
            .is_some_and(|share| share > 0.1 && share < 1.0)
    );
}

#[test]
fn own_figures_add_up_to_the_whole() {
    for path in [
        "12/cte.txt",
        "15/cte.txt",
        "18/cte.json",
        "12/subplans.txt",
        "15/subplans.json",
        "18/subplans.txt",
    ] {
        let plan = read(path);
        let figures = Figures::of(&plan);
        let sum = |own: fn(&whyslow::plan::NodeFigures) -> Option<f64>| -> f64 {
            plan.nodes()
                .iter()
                .filter_map(|node| own(&figures.node(node.id)))
                .sum()
        };
        assert_eq!(
            Some(sum(|node| node.own_blocks)),
            figures.whole(Measure::Blocks),
            "{path}"
        );
        let cost = figures.whole(Measure::Cost).expect("costs");
        assert!((sum(|node| node.own_cost) - cost).abs() < 0.01, "{path}");
    }
}

#[test]
fn framings_are_taken_off() {
    let plain = read("15/seq-scan-limit.txt");
    for entry in fs::read_dir(fixtures().join("framed")).expect("a folder of plans") {
        let path = entry.expect("a plan").path();
        let text = fs::read_to_string(&path).expect("a plan");
        let plan = Plan::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(
            comparable(plan.json()).get("Plan"),
            comparable(plain.json()).get("Plan"),
            "{}",
            path.display()
        );
        if path.to_string_lossy().contains("log") {
            assert_eq!(plan.duration, Some(123.456), "{}", path.display());
            assert!(
                plan.query_text
                    .as_deref()
                    .is_some_and(|text| text.contains("ORDER BY created_at")),
                "{}: {:?}",
                path.display(),
                plan.query_text
            );
        }
    }
}

#[test]
fn other_formats_and_cut_off_plans_are_told() {
    assert_eq!(
        Plan::read("- Plan: \n    Node Type: \"Result\"\n"),
        Err(PlanError::Yaml)
    );
    assert_eq!(
        Plan::read("<explain xmlns=\"http://www.postgresql.org/2009/explain\">"),
        Err(PlanError::Xml)
    );
    assert_eq!(Plan::read(" \n"), Err(PlanError::Empty));
    assert_eq!(Plan::read("SELECT 1;"), Err(PlanError::NoNode));
    assert!(matches!(
        Plan::read("[{\"Plan\": {\"Node Type\": "),
        Err(PlanError::Json { .. })
    ));
    assert_eq!(Plan::read("{\"a\": 1}"), Err(PlanError::NoPlan));
    assert_eq!(
        Plan::read("[{\"Plan\": {\"Total Cost\": 1}}]"),
        Err(PlanError::MissingKey { key: "Node Type" })
    );
    let deep = "[{\"Plan\": ".to_owned() + &"{\"Node Type\": \"Limit\", \"Plans\": [".repeat(1000);
    assert!(matches!(Plan::read(&deep), Err(PlanError::TooDeep { .. })));
    let mut deep = String::from("Limit  (cost=0.00..1.00 rows=1 width=4)\n");
    for depth in 0..1000 {
        deep.push_str(&" ".repeat(2 + 6 * depth));
        deep.push_str("->  Limit  (cost=0.00..1.00 rows=1 width=4)\n");
    }
    assert!(matches!(Plan::read(&deep), Err(PlanError::TooDeep { .. })));
}

#[test]
fn plans_without_costs_or_without_analyze_are_read() {
    let plan = Plan::read("Sort\n  Sort Key: a\n  ->  Seq Scan on t\n        Filter: (b = 1)\n")
        .expect("a plan");
    assert_eq!(plan.nodes().len(), 2);
    assert_eq!(plan.nodes()[1].relation.as_deref(), Some("t"));
    assert!(!plan.was_run());
    let plan = Plan::read(
        "Append (actual time=0.1..0.2 rows=1 loops=1)\n  ->  Seq Scan on a (never executed)\n  \
         ->  Index Only Scan Backward using \"i x\" on s.\"T\" t (actual rows=0.50 loops=2)\n",
    )
    .expect("a plan");
    let [_, never, index] = plan.nodes() else {
        panic!("{} nodes", plan.nodes().len())
    };
    assert!(!never.was_executed());
    assert_eq!(index.index.as_deref(), Some("i x"));
    assert_eq!(index.schema.as_deref(), Some("s"));
    assert_eq!(index.relation.as_deref(), Some("T"));
    assert_eq!(index.alias.as_deref(), Some("t"));
    assert!(index.backward);
    assert_eq!(Figures::of(&plan).node(index.id).rows, Some(1.0));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,200}") {
        let _ = Plan::read(&text);
    }

    #[test]
    fn no_damaged_plan_makes_it_panic(
        name in prop::sample::select(vec!["15/subplans.txt", "18/cte.json", "12/parallel.txt", "18/everything.txt", "18/cte.txt"]),
        at in 0.0..1.0_f64,
        length in 0_usize..80,
        inserted in "[-> ():\"'0-9a-zA-Z\n=.{}\\[\\]+|é]{0,20}",
    ) {
        let text = fs::read_to_string(fixtures().join(name)).expect(name);
        let characters: Vec<char> = text.chars().collect();
        let at = (characters.len() as f64 * at) as usize;
        let damaged: String = characters[..at]
            .iter()
            .copied()
            .chain(inserted.chars())
            .chain(characters.iter().copied().skip(at + length))
            .collect();
        if let Ok(plan) = Plan::read(&damaged) {
            let _ = Figures::of(&plan);
        }
    }
}
