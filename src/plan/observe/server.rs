use super::{Observation, Symptom, View};
use crate::plan::{Measure, NodeType, PlanNode};

/// Milliseconds below which compiling, triggers and planning are no matter.
const MILLISECONDS: f64 = 10.0;
/// Milliseconds below which planning is no matter: the first statement of a session fills its caches.
const PLANNING_MILLISECONDS: f64 = 50.0;
/// The part of the execution time that is out of proportion.
const PART: f64 = 0.2;
/// Least time of a Gather, in milliseconds, for which a missing worker matters.
const PARALLEL_MILLISECONDS: f64 = 50.0;

/// What concerns the statement as a whole.
pub(super) fn observe(view: &View<'_>, found: &mut Vec<Observation>) {
    let root = view.plan.root();
    let is_worth_it = view.is_worth_it();
    if let Some(execution) = view.figures.whole(Measure::Time) {
        compilation(view, root, execution, found);
        triggers(view, root, execution, found);
        if let Some(planning) = view.plan.planning_time
            && planning >= PLANNING_MILLISECONDS
            && planning > execution
        {
            found.push(with_share(
                view.observation(
                    root,
                    Symptom::PlanningTime {
                        planning,
                        execution,
                    },
                ),
                planning / (planning + execution),
            ));
        }
    }
    if !is_worth_it {
        return;
    }
    for node in view.plan.nodes() {
        missing_workers(view, node, found);
    }
    let mut changed: Vec<(String, String)> = view
        .plan
        .settings
        .iter()
        .filter(|(name, value)| is_harmful(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    changed.sort();
    if !changed.is_empty() {
        found.push(with_share(
            view.observation(root, Symptom::PlannerSettings { changed }),
            0.0,
        ));
    }
}

fn with_share(mut observation: Observation, share: f64) -> Observation {
    observation.share = share;
    observation.measure = Measure::Time;
    observation.table = None;
    observation.relation = None;
    observation.index = None;
    observation
}

fn compilation(view: &View<'_>, root: &PlanNode, execution: f64, found: &mut Vec<Observation>) {
    let Some(total) = view.plan.jit.as_ref().and_then(|jit| jit.total) else {
        return;
    };
    // The server adds up leader and workers (jit.c, `InstrJitAgg`); they work side by side.
    let processes = view
        .plan
        .nodes()
        .iter()
        .filter_map(|node| node.workers?.launched)
        .fold(0.0, f64::max)
        + 1.0;
    let compilation = total / processes;
    if compilation >= MILLISECONDS && compilation >= execution * PART {
        found.push(with_share(
            view.observation(
                root,
                Symptom::CompilationTime {
                    compilation,
                    execution,
                },
            ),
            (compilation / execution).min(1.0),
        ));
    }
}

fn triggers(view: &View<'_>, root: &PlanNode, execution: f64, found: &mut Vec<Observation>) {
    for trigger in &view.plan.triggers {
        let Some(time) = trigger.time else { continue };
        let Some(name) = trigger.constraint.clone().or_else(|| trigger.name.clone()) else {
            continue;
        };
        if time < MILLISECONDS || time < execution * PART {
            continue;
        }
        let mut observation = with_share(
            view.observation(
                root,
                Symptom::TriggerTime {
                    trigger: name,
                    is_constraint: trigger.constraint.is_some(),
                    calls: trigger.calls,
                    time,
                    execution,
                },
            ),
            (time / execution).min(1.0),
        );
        observation.table = trigger.relation.clone().or_else(|| root.relation.clone());
        observation.relation = observation.table.clone();
        found.push(observation);
    }
}

fn missing_workers(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    if !matches!(node.kind, NodeType::Gather | NodeType::GatherMerge) || !node.was_executed() {
        return;
    }
    let Some((planned, launched)) = node
        .workers
        .and_then(|workers| Some((workers.planned, workers.launched?)))
    else {
        return;
    };
    let executed = node.actual.map_or(1.0, |actual| actual.loops);
    let is_long = view
        .figures
        .node(node.id)
        .time
        .is_some_and(|time| time >= PARALLEL_MILLISECONDS);
    if executed <= 1.0 && launched < planned && is_long && view.share(node).0 >= 0.3 {
        found.push(
            view.observation(node, Symptom::MissingWorkers { planned, launched })
                .at(super::heaviest_scan(view, node)),
        );
    }
}

/// Settings that keep the planner from plans; those that tell it about the machine are none.
fn is_harmful(name: &str, value: &str) -> bool {
    let below = |least: f64| value.parse::<f64>().is_ok_and(|value| value < least);
    match name {
        // These have good uses in production.
        "enable_partitionwise_join" | "enable_partitionwise_aggregate" => false,
        name if name.starts_with("enable_") => value == "off",
        "join_collapse_limit" | "from_collapse_limit" => below(8.0),
        "geqo_threshold" => below(12.0),
        "plan_cache_mode" => value == "force_generic_plan",
        "work_mem" => kilobytes(value).is_some_and(|size| size < 4096.0),
        _ => false,
    }
}

/// `64kB`, `1MB` in kB.
fn kilobytes(value: &str) -> Option<f64> {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.trim().parse().ok()?;
    match &value[digits.len()..] {
        "kB" | "" => Some(number),
        "MB" => Some(number * 1024.0),
        "GB" => Some(number * 1024.0 * 1024.0),
        _ => None,
    }
}
