use super::{Observation, Symptom, View, conditions, heaviest_scan};
use crate::plan::{ConditionKind, NodeType, PlanNode, Relationship};

pub(super) fn observe(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    misestimate(view, node, found);
    if node.kind == NodeType::NestedLoop {
        costly_inner_side(view, node, found);
    }
}

/// Nodes whose number of rows is their own doing; others hand on the error of what is below.
fn makes_rows(node: &PlanNode) -> bool {
    node.kind.reads_table()
        || node.kind.is_join()
        || matches!(
            node.kind,
            NodeType::Aggregate
                | NodeType::Group
                | NodeType::Unique
                | NodeType::SetOp
                | NodeType::FunctionScan
                | NodeType::CteScan
                | NodeType::SubqueryScan
                | NodeType::ForeignScan
        )
}

/// The factor where a node is badly estimated, and more than an artefact.
fn error(view: &View<'_>, node: &PlanNode) -> Option<f64> {
    let estimate = view.figures.node(node.id).estimate?;
    let loops = node.actual?.loops;
    let rows = estimate.estimated.max(estimate.actual) * loops;
    (estimate.factor >= view.gates.misestimate
        && (estimate.too_low || !estimate.may_have_stopped_early)
        && rows >= view.gates.rows * 0.1)
        .then_some(estimate.factor)
}

fn misestimate(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    if !makes_rows(node) || error(view, node).is_none() {
        return;
    }
    let is_lowest = !view
        .plan
        .subtree(node)
        .skip(1)
        .any(|below| makes_rows(below) && error(view, below).is_some());
    let matters = view
        .plan
        .ancestors(node)
        .take(2)
        .chain([node])
        .any(|above| view.share(above).0 >= view.gates.share);
    // At the top it misleads nobody: what decides is the estimate of what something else is built on.
    let is_built_on = view.plan.ancestors(node).any(|above| {
        above.kind.is_join()
            || matches!(
                above.kind,
                NodeType::Aggregate | NodeType::Sort | NodeType::IncrementalSort | NodeType::Limit
            )
    });
    let Some(estimate) = view.figures.node(node.id).estimate else {
        return;
    };
    if is_lowest && matters && is_built_on {
        let clause = conditions(
            node,
            &[
                ConditionKind::IndexCondition,
                ConditionKind::RecheckCondition,
                ConditionKind::Filter,
                ConditionKind::HashCondition,
                ConditionKind::MergeCondition,
                ConditionKind::JoinFilter,
            ],
        )
        .or_else(|| (!node.group_key.is_empty()).then(|| node.group_key.join(", ")));
        let misled = estimate.too_low.then(|| misled_loop(view, node)).flatten();
        let mut observation = view
            .observation(
                node,
                Symptom::Misestimate {
                    estimated: estimate.estimated,
                    actual: estimate.actual,
                    factor: estimate.factor,
                    too_low: estimate.too_low,
                    loops: node.actual.map_or(1.0, |actual| actual.loops),
                    turns: misled.map(|(_, turns)| turns),
                },
            )
            .about(clause.as_deref());
        if let Some((join, _)) = misled {
            (observation.share, observation.measure) = view.share(join);
        }
        found.push(observation);
    }
}

/// The nested loop on whose outer side a node lies, if its inner side runs often and takes most of the time, and how
/// often it runs.
fn misled_loop<'a>(view: &View<'a>, node: &'a PlanNode) -> Option<(&'a PlanNode, f64)> {
    let mut below = node;
    for above in view.plan.ancestors(node) {
        if above.kind == NodeType::NestedLoop && below.relationship != Some(Relationship::Inner) {
            let inner = view
                .plan
                .children(above)
                .find(|child| child.relationship == Some(Relationship::Inner))?;
            let turns = view.executions(inner);
            if turns >= view.gates.rows && view.share(inner).0 >= view.gates.share.max(0.3) {
                return Some((above, turns));
            }
        }
        below = above;
    }
    None
}

fn costly_inner_side(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let inputs: Vec<&PlanNode> = view
        .plan
        .children(node)
        .filter(|child| child.is_input())
        .collect();
    let Some(inner) = inputs
        .iter()
        .find(|child| child.relationship == Some(Relationship::Inner))
    else {
        return;
    };
    let loops = view.executions(inner);
    let share = view.share(inner).0.max(view.own_share(node).0);
    if loops < 10.0 || share < view.gates.share.max(0.3) {
        return;
    }
    // A table that is read whole each time: what Materialize and Memoize keep is read once.
    let repeated_scan = view.plan.subtree(inner).find(|below| {
        below.kind == NodeType::SeqScan
            && view.executions(below) >= loops.min(10.0)
            && view
                .figures
                .share(below.id, view.share(inner).1)
                .unwrap_or(0.0)
                >= view.gates.share
    });
    let figures = view.figures.node(node.id);
    let compared_away = node.removed_by_join_filter.unwrap_or(0.0) * figures.loops.unwrap_or(1.0);
    let compares_all = compared_away >= view.gates.rows * 100.0
        && view.rows(node) <= compared_away * view.gates.selective_fraction;
    let outer_too_low = inputs.first().is_some_and(|outer| {
        view.figures
            .node(outer.id)
            .estimate
            .is_some_and(|estimate| estimate.too_low && estimate.factor >= view.gates.misestimate)
    });
    let scan = repeated_scan.or_else(|| heaviest_scan(view, inner));
    if repeated_scan.is_none() && !compares_all && !(outer_too_low && loops >= view.gates.rows) {
        return;
    }
    let clause = node
        .condition(ConditionKind::JoinFilter)
        .or_else(|| scan.and_then(|scan| scan.condition(ConditionKind::IndexCondition)))
        .or_else(|| scan.and_then(|scan| scan.condition(ConditionKind::Filter)));
    let (share, measure) = view.share(node);
    let mut observation = view
        .observation(
            inner,
            Symptom::CostlyInnerSide {
                loops,
                joined: view.rows(node),
                too_many: repeated_scan.is_none() && !compares_all,
            },
        )
        .at(scan)
        .about(clause);
    if observation.share < share && compares_all {
        (observation.share, observation.measure) = (share, measure);
    }
    found.push(observation);
}
