use super::{Observation, Symptom, View, heaviest_scan, passes_on};
use crate::plan::tree::sorted_to_keep;
use crate::plan::{NodeType, PlanNode};

pub(super) fn observe(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    match node.kind {
        NodeType::Sort => sort_for_limit(view, node, found),
        NodeType::Limit => deep_offset(view, node, found),
        _ => {}
    }
}

fn sort_for_limit(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let Some((sorted, kept)) = sorted_to_keep(view.plan, view.figures, node) else {
        return;
    };
    // What is aggregated or computed before has no order that an index could give.
    let could_come_ordered = view
        .plan
        .subtree(node)
        .skip(1)
        .all(|below| !below.is_input() || passes_on(&below.kind));
    if sorted >= view.gates.rows * 5.0
        && kept <= sorted * view.gates.selective_fraction
        && could_come_ordered
        && view.share(node).0 >= view.gates.share
    {
        let key = node.sort_key.join(", ");
        found.push(
            view.observation(node, Symptom::SortForLimit { sorted, kept })
                .at(scan_of_key(view, node).or_else(|| heaviest_scan(view, node)))
                .about(Some(&key)),
        );
    }
}

/// The scan whose alias the first sort key names, as in `l.points DESC`.
fn scan_of_key<'a>(view: &View<'a>, node: &PlanNode) -> Option<&'a PlanNode> {
    let (alias, _) = node.sort_key.first()?.split_once('.')?;
    let alias = alias.trim_start_matches('(').trim_matches('"');
    let sort = view.plan.node(node.id)?;
    view.plan
        .subtree(sort)
        .find(|scan| scan.relation.is_some() && scan.alias.as_deref() == Some(alias))
}

fn deep_offset(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let Some(input) = view.plan.children(node).find(|child| child.is_input()) else {
        return;
    };
    let figures = view.figures;
    let (Some(read), Some(returned)) = (figures.node(input.id).rows, figures.node(node.id).rows)
    else {
        return;
    };
    let skipped = read - returned;
    // A top-N sort below hands over no more than LIMIT and OFFSET together; a Gather may hand over a little more.
    let is_exact = !matches!(input.kind, NodeType::Gather | NodeType::GatherMerge);
    if is_exact && skipped >= view.gates.rows && skipped >= returned * 10.0 {
        found.push(
            view.observation(node, Symptom::DeepOffset { skipped, returned })
                .at(heaviest_scan(view, node)),
        );
    }
}
