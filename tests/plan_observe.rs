//! Each symptom is seen in the plan made to show it, and quiet plans stay quiet.

use std::fs;
use std::path::Path;

use whyslow::plan::{Figures, Gates, Observation, Plan, PlanTree, Symptom, observe};

fn plan(name: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/plans/symptoms")
        .join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    Plan::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn observed(name: &str) -> Vec<Observation> {
    let plan = plan(name);
    observe(&plan, &Figures::of(&plan), Gates::default(), &|_| None)
}

/// The one observation of that kind.
fn only(name: &str, is_wanted: fn(&Symptom) -> bool) -> Observation {
    let all = observed(name);
    let mut wanted = all
        .iter()
        .filter(|observation| is_wanted(&observation.symptom));
    match (wanted.next(), wanted.next()) {
        (Some(observation), None) => observation.clone(),
        _ => panic!("{name}: {all:#?}"),
    }
}

#[test]
fn a_scan_that_discards_most_rows() {
    let seen = only("discarding-scan", |symptom| {
        matches!(symptom, Symptom::DiscardingScan { .. })
    });
    assert_eq!(seen.table.as_deref(), Some("tickets"));
    assert_eq!(seen.relation.as_deref(), Some("t"));
    assert_eq!(
        seen.symptom,
        Symptom::DiscardingScan {
            read: 300_000.0,
            kept: 0.0
        }
    );
    assert!(
        seen.clause
            .is_some_and(|clause| clause.contains("status = 'open'"))
    );
    assert!(seen.share > 0.9);
}

#[test]
fn an_index_scan_with_a_heavy_filter() {
    let seen = only("heavy-index-filter", |symptom| {
        matches!(symptom, Symptom::HeavyIndexFilter { .. })
    });
    assert_eq!(seen.index.as_deref(), Some("tickets_tenant"));
    assert_eq!(
        seen.symptom,
        Symptom::HeavyIndexFilter {
            read: 3000.0,
            kept: 0.0,
            for_order: false
        }
    );
}

#[test]
fn the_lowest_bad_estimate() {
    let seen = only("misestimate", |symptom| {
        matches!(symptom, Symptom::Misestimate { .. })
    });
    assert_eq!(seen.relation.as_deref(), Some("t"));
    assert!(
        matches!(seen.symptom, Symptom::Misestimate { too_low: true, factor, .. } if factor > 100.0)
    );
}

#[test]
fn an_inner_side_that_reads_a_table_each_time() {
    let seen = only("costly-inner-side", |symptom| {
        matches!(symptom, Symptom::CostlyInnerSide { .. })
    });
    assert!(matches!(seen.symptom, Symptom::CostlyInnerSide { loops, .. } if loops > 90.0));
    assert!(
        !observed("costly-inner-side")
            .iter()
            .any(|observation| matches!(observation.symptom, Symptom::DiscardingScan { .. }))
    );
}

#[test]
fn a_sort_that_feeds_a_limit() {
    let seen = only("sort-for-limit", |symptom| {
        matches!(symptom, Symptom::SortForLimit { .. })
    });
    assert_eq!(
        seen.symptom,
        Symptom::SortForLimit {
            sorted: 294_000.0,
            kept: 20.0
        }
    );
    assert_eq!(seen.clause.as_deref(), Some("body, id"));
    assert_eq!(seen.relation.as_deref(), Some("t"));
}

#[test]
fn what_spills_to_disk() {
    for name in ["spill-sort", "spill-hash"] {
        let seen = only(name, |symptom| {
            matches!(symptom, Symptom::SpillToDisk { .. })
        });
        assert!(
            matches!(seen.symptom, Symptom::SpillToDisk { kilobytes: Some(size), .. } if size > 1024.0),
            "{name}: {seen:?}"
        );
    }
}

#[test]
fn a_lossy_bitmap() {
    let seen = only("lossy-bitmap", |symptom| {
        matches!(symptom, Symptom::LossyBitmap { .. })
    });
    assert_eq!(seen.index.as_deref(), Some("tickets_tenant"));
}

#[test]
fn heap_fetches() {
    let seen = only("heap-fetches", |symptom| {
        matches!(symptom, Symptom::HeapFetches { .. })
    });
    assert_eq!(seen.table.as_deref(), Some("dirty"));
}

#[test]
fn a_subquery_that_is_run_for_each_row() {
    let seen = only("repeated-subplan", |symptom| {
        matches!(symptom, Symptom::RepeatedSubplan { .. })
    });
    assert_eq!(seen.symptom, Symptom::RepeatedSubplan { loops: 399.0 });
    assert_eq!(seen.relation.as_deref(), Some("n"));
    assert_eq!(seen.clause.as_deref(), Some("ticket_id = c.id"));
    let seen = only("unhashed-not-in", |symptom| {
        matches!(symptom, Symptom::UnhashedNotIn { .. })
    });
    assert_eq!(seen.relation.as_deref(), Some("n"));
}

#[test]
fn rows_that_are_skipped_or_thrown_away_late() {
    let seen = only("deep-offset", |symptom| {
        matches!(symptom, Symptom::DeepOffset { .. })
    });
    assert_eq!(
        seen.symptom,
        Symptom::DeepOffset {
            skipped: 100_000.0,
            returned: 20.0
        }
    );
    let seen = only("late-cte-filter", |symptom| {
        matches!(symptom, Symptom::LateCteFilter { .. })
    });
    assert_eq!(seen.relation.as_deref(), Some("r"));
    assert_eq!(seen.clause.as_deref(), Some("id = 17"));
}

#[test]
fn partitions_in_which_nothing_is_found() {
    let seen = only("unpruned-partitions", |symptom| {
        matches!(symptom, Symptom::UnprunedPartitions { .. })
    });
    assert_eq!(
        seen.symptom,
        Symptom::UnprunedPartitions {
            scanned: 8,
            empty: 7
        }
    );
    assert_eq!(seen.relation.as_deref(), Some("e"));
}

#[test]
fn what_the_server_spends_its_time_on() {
    only("compilation", |symptom| {
        matches!(symptom, Symptom::CompilationTime { .. })
    });
    let seen = only("trigger-time", |symptom| {
        matches!(symptom, Symptom::TriggerTime { .. })
    });
    assert!(matches!(
        &seen.symptom,
        Symptom::TriggerTime { trigger, is_constraint: true, calls: 99.0, .. } if trigger == "notes_ticket_id_fkey"
    ));
    let seen = only("missing-workers", |symptom| {
        matches!(symptom, Symptom::MissingWorkers { .. })
    });
    assert_eq!(
        seen.symptom,
        Symptom::MissingWorkers {
            planned: 2.0,
            launched: 0.0
        }
    );
    let seen = only("lossy-bitmap", |symptom| {
        matches!(symptom, Symptom::PlannerSettings { .. })
    });
    assert_eq!(
        seen.symptom,
        Symptom::PlannerSettings {
            changed: vec![
                ("enable_seqscan".to_owned(), "off".to_owned()),
                ("work_mem".to_owned(), "64kB".to_owned())
            ]
        }
    );
}

#[test]
fn quiet_plans_stay_quiet() {
    for name in [
        "quiet-key",
        "quiet-ordered",
        "quiet-aggregate",
        "quiet-join",
        "quiet-lookup",
        "quiet-most-rows",
        "quiet-partition",
        "quiet-exists",
    ] {
        assert_eq!(observed(name), [], "{name}");
    }
}

#[test]
fn trees_fit_a_hundred_columns() {
    for entry in
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plans/symptoms"))
            .expect("a folder of plans")
    {
        let path = entry.expect("a plan").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let plan = Plan::read(&fs::read_to_string(&path).expect("a plan")).expect("a plan");
            let text = PlanTree::of(&plan, &Figures::of(&plan), &|_| None).to_text(100);
            assert!(text.lines().count() > plan.nodes().len(), "{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{}: {line}", path.display());
            }
        }
    }
}

#[test]
fn a_tree_shows_shares_rows_and_remarks() {
    let plan = plan("sort-for-limit");
    let tree = PlanTree::of(&plan, &Figures::of(&plan), &|_| None);
    let text: Vec<String> = tree
        .to_text(100)
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    let shown = text.join("\n");
    assert!(
        text[0].contains("time") && text[0].contains("blocks") && text[0].contains("rows"),
        "{shown}"
    );
    assert!(
        text[1].contains("100 %") && text[1].ends_with("Limit"),
        "{shown}"
    );
    assert!(shown.contains("└─ Sort  body, id"), "{shown}");
    assert!(shown.contains("294 k rows sorted to keep 20"), "{shown}");
    assert!(shown.contains("   └─ Seq Scan tickets t"), "{shown}");
    assert!(shown.contains("reads 300 k rows, keeps 98 %"), "{shown}");
}
