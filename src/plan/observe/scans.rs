use super::{Observation, Symptom, View, conditions};
use crate::plan::title::without_parentheses;
use crate::plan::{ConditionKind, NodeType, PlanNode};

/// Rows found by an index at a time that cost no more than finding the right one of them.
const FEW_ROWS: f64 = 2.0;

pub(super) fn observe(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    match node.kind {
        NodeType::SeqScan => discarding_scan(view, node, found),
        NodeType::IndexScan | NodeType::IndexOnlyScan | NodeType::BitmapHeapScan => {
            heavy_index_filter(view, node, found);
            heap_fetches(view, node, found);
            lossy_bitmap(view, node, found);
        }
        NodeType::Append => unpruned_partitions(view, node, found),
        _ => {}
    }
}

/// Rows read and rows kept: seen, or as the table's size and the estimate tell.
fn read_and_kept(view: &View<'_>, node: &PlanNode) -> Option<(f64, f64)> {
    let figures = view.figures.node(node.id);
    if node.actual.is_some() {
        let (kept, removed) = (figures.rows?, figures.removed_by_filter?);
        return Some((kept + removed, kept));
    }
    if node.kind != NodeType::SeqScan {
        return None;
    }
    Some(((view.table_rows)(node)?, node.estimate?.rows))
}

fn discards_most(view: &View<'_>, node: &PlanNode) -> Option<(f64, f64)> {
    let (read, kept) = read_and_kept(view, node)?;
    (read - kept >= view.gates.rows && kept <= read * view.gates.selective_fraction)
        .then_some((read, kept))
}

/// The filter, where an index could take over a part of it: neither a subquery's result nor chance is indexed.
fn indexable_filter(node: &PlanNode) -> Option<&str> {
    let filter = node.condition(ConditionKind::Filter)?;
    conjuncts(filter)
        .iter()
        .any(|conjunct| !conjunct.contains("SubPlan ") && !conjunct.contains("random()"))
        .then_some(filter)
}

/// The parts of `((a) AND (b))`.
fn conjuncts(filter: &str) -> Vec<&str> {
    let filter = without_parentheses(filter);
    let mut conjuncts = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in filter.char_indices() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                ' ' if depth == 0 && filter[at..].starts_with(" AND ") => {
                    conjuncts.push(&filter[start..at]);
                    start = at + " AND ".len();
                }
                _ => {}
            },
        }
    }
    conjuncts.push(&filter[start..]);
    conjuncts
}

fn discarding_scan(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let Some(filter) = indexable_filter(node) else {
        return;
    };
    if view.own_share(node).0 < view.gates.share {
        return;
    }
    if let Some((read, kept)) = discards_most(view, node) {
        found.push(
            view.observation(node, Symptom::DiscardingScan { read, kept })
                .about(Some(filter)),
        );
    }
}

fn heavy_index_filter(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let Some(filter) = indexable_filter(node) else {
        return;
    };
    if view.share(node).0 < view.gates.share {
        return;
    }
    if let Some((read, kept)) = discards_most(view, node) {
        // A row or two each time, as by a unique key: a wider index would hardly spare anything.
        if read <= view.executions(node) * FEW_ROWS {
            return;
        }
        let for_order = node.kind != NodeType::BitmapHeapScan
            && node.condition(ConditionKind::IndexCondition).is_none();
        let mut observation = view
            .observation(
                node,
                Symptom::HeavyIndexFilter {
                    read,
                    kept,
                    for_order,
                },
            )
            .about(Some(filter));
        if observation.index.is_none() {
            observation.index = view
                .plan
                .subtree(node)
                .find_map(|below| below.index.clone());
        }
        found.push(observation);
    }
}

fn heap_fetches(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let Some(fetches) = node.heap_fetches else {
        return;
    };
    let rows = view.rows(node);
    if fetches >= view.gates.rows
        && fetches >= rows * 0.1
        && view.own_share(node).0 >= view.gates.share
    {
        let clause = conditions(
            node,
            &[ConditionKind::IndexCondition, ConditionKind::Filter],
        );
        found.push(
            view.observation(node, Symptom::HeapFetches { fetches, rows })
                .about(clause.as_deref()),
        );
    }
}

fn lossy_bitmap(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let Some(blocks) = node.heap_blocks else {
        return;
    };
    let rechecked_away =
        node.removed_by_recheck.unwrap_or(0.0) * node.actual.map_or(1.0, |actual| actual.loops);
    if blocks.lossy >= 100.0
        && blocks.lossy >= (blocks.lossy + blocks.exact) * 0.1
        && rechecked_away >= view.gates.rows
        && view.own_share(node).0 >= view.gates.share
    {
        let mut observation = view
            .observation(
                node,
                Symptom::LossyBitmap {
                    lossy: blocks.lossy,
                    exact: blocks.exact,
                    rechecked_away,
                },
            )
            .about(node.condition(ConditionKind::RecheckCondition));
        observation.index = view
            .plan
            .subtree(node)
            .find_map(|below| below.index.clone());
        found.push(observation);
    }
}

/// An Append over tables that all have the same filter, most of which gave nothing.
fn unpruned_partitions(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let members: Vec<&PlanNode> = view
        .plan
        .children(node)
        .filter(|child| child.is_input() && child.was_executed())
        .collect();
    let Some(filter) = members
        .first()
        .and_then(|first| first.condition(ConditionKind::Filter))
    else {
        return;
    };
    let is_partitioned = members.len() >= 3
        && members.iter().all(|member| {
            member.kind.reads_table() && member.condition(ConditionKind::Filter) == Some(filter)
        });
    if !is_partitioned || view.share(node).0 < view.gates.share {
        return;
    }
    let empty: Vec<&&PlanNode> = members
        .iter()
        .filter(|member| {
            view.rows(member) == 0.0
                && view
                    .figures
                    .node(member.id)
                    .removed_by_filter
                    .is_some_and(|removed| removed > 0.0)
        })
        .collect();
    let removed: f64 = empty
        .iter()
        .filter_map(|member| view.figures.node(member.id).removed_by_filter)
        .sum();
    if empty.len() * 2 > members.len() && removed >= view.gates.rows {
        let mut observation = view
            .observation(
                node,
                Symptom::UnprunedPartitions {
                    scanned: members.len(),
                    empty: empty.len(),
                },
            )
            .about(Some(filter));
        // `events_1` is how the planner numbers the partitions of `events`.
        observation.relation = members
            .first()
            .and_then(|first| first.alias.as_deref()?.rsplit_once('_'))
            .filter(|(_, number)| number.chars().all(|c| c.is_ascii_digit()))
            .map(|(name, _)| name.to_owned());
        found.push(observation);
    }
}

#[cfg(test)]
mod tests {
    use super::conjuncts;

    #[test]
    fn conjuncts_are_split_outside_of_quotes_and_parentheses() {
        assert_eq!(
            conjuncts(
                "((NOT (hashed SubPlan 1)) AND (a = ' AND '::text) AND ((b = 1) OR ((c = 2) AND (d = 3))))"
            ),
            [
                "(NOT (hashed SubPlan 1))",
                "(a = ' AND '::text)",
                "((b = 1) OR ((c = 2) AND (d = 3)))"
            ]
        );
        assert_eq!(conjuncts("(a = 1)"), ["a = 1"]);
    }
}
