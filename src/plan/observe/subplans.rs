use super::{Observation, Symptom, View, conditions, heaviest_scan};
use crate::plan::{ConditionKind, NodeType, PlanNode, Relationship};

/// Fewer executions than this are no matter.
const REPETITIONS: f64 = 100.0;
/// Of a subquery that an index serves: a few blocks each time.
const CHEAP_REPETITIONS: f64 = 10_000.0;
const CHEAP_BLOCKS: f64 = 10.0;
const CHEAP_COST: f64 = 20.0;

pub(super) fn observe(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    if node.relationship == Some(Relationship::SubPlan) {
        repeated(view, node, found);
    }
    if node.kind == NodeType::CteScan {
        late_filter(view, node, found);
    }
}

fn repeated(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let (Some(parent), Some(name)) = (view.plan.parent(node), node.subplan_name.as_deref()) else {
        return;
    };
    let loops = view.executions(node);
    if loops < REPETITIONS || view.share(node).0 < view.gates.share.max(0.3) {
        return;
    }
    let is_cheap = match view.figures.node(node.id).blocks {
        Some(blocks) => blocks / loops <= CHEAP_BLOCKS,
        None => node
            .estimate
            .is_some_and(|estimate| estimate.total_cost <= CHEAP_COST),
    };
    let scan = heaviest_scan(view, node);
    let is_not_in = parent.conditions.iter().any(|condition| {
        let text = &condition.text;
        text.contains(&format!("NOT ({name})"))
            || (text.contains("NOT (ANY (") && text.contains(&format!("({name}).")))
    });
    // NOT EXISTS looks the same before version 17, but it refers to the row outside.
    let is_correlated = view.plan.subtree(node).any(|below| {
        below
            .conditions
            .iter()
            .any(|condition| condition.kind == ConditionKind::IndexCondition)
    });
    if is_correlated && is_cheap && loops < CHEAP_REPETITIONS {
        return;
    }
    let symptom = if is_not_in && !is_correlated {
        Symptom::UnhashedNotIn { loops }
    } else {
        Symptom::RepeatedSubplan { loops }
    };
    let clause = scan.and_then(|scan| {
        conditions(
            scan,
            &[
                ConditionKind::IndexCondition,
                ConditionKind::RecheckCondition,
                ConditionKind::Filter,
            ],
        )
    });
    found.push(
        view.observation(node, symptom)
            .at(scan)
            .about(clause.as_deref()),
    );
}

fn late_filter(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let (Some(filter), Some(cte)) = (node.condition(ConditionKind::Filter), node.cte.as_deref())
    else {
        return;
    };
    let readers = view
        .plan
        .nodes()
        .iter()
        .filter(|reader| reader.kind == NodeType::CteScan && reader.cte.as_deref() == Some(cte))
        .count();
    let title = format!("CTE {cte}");
    let mut producers = view
        .plan
        .nodes()
        .iter()
        .filter(|producer| producer.subplan_name.as_deref() == Some(title.as_str()));
    let (Some(producer), None, 1) = (producers.next(), producers.next(), readers) else {
        return;
    };
    // A filter cannot be moved into a recursion.
    if producer.kind == NodeType::RecursiveUnion {
        return;
    }
    let figures = view.figures.node(node.id);
    let (computed, kept) = match (figures.rows, figures.removed_by_filter) {
        (Some(kept), Some(removed)) => (kept + removed, kept),
        (Some(_), None) => return,
        _ => (view.rows(producer), view.rows(node)),
    };
    if computed - kept >= view.gates.rows
        && kept <= computed * view.gates.selective_fraction
        && view.share(producer).0 >= view.gates.share
    {
        let mut observation = view
            .observation(node, Symptom::LateCteFilter { computed, kept })
            .about(Some(filter));
        observation.relation = node.alias.clone().or_else(|| node.cte.clone());
        found.push(observation);
    }
}
