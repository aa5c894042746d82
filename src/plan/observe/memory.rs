use super::{Observation, SpillOperation, Symptom, View};
use crate::plan::{NodeType, PlanNode, SpaceType};

/// Less on disk than this, in kB, is no matter.
const SPILL_FLOOR: f64 = 1024.0;
const BLOCK_KILOBYTES: f64 = 8.0;

pub(super) fn observe(view: &View<'_>, node: &PlanNode, found: &mut Vec<Observation>) {
    let (operation, kilobytes, batches) = match node.kind {
        NodeType::Sort | NodeType::IncrementalSort => {
            let Some(space) = node.sort.as_ref().and_then(|sort| sort.space) else {
                return;
            };
            if space.kind != SpaceType::Disk {
                return;
            }
            (SpillOperation::Sort, Some(space.used), None)
        }
        NodeType::Hash => {
            let Some(batches) = node.hash.and_then(|hash| hash.batches) else {
                return;
            };
            // Both sides go to disk, so the join's temporary blocks are what counts.
            let join = view.plan.parent(node).unwrap_or(node);
            let written = join
                .buffers
                .map(|buffers| buffers.temp_written * BLOCK_KILOBYTES)
                .filter(|written| *written > 0.0);
            (SpillOperation::HashJoin, written, Some(batches))
        }
        NodeType::Aggregate => {
            let Some(hash) = node.hash else { return };
            let disk = hash.disk.filter(|disk| *disk > 0.0);
            if disk.is_none() {
                return;
            }
            (SpillOperation::Aggregate, disk, hash.batches)
        }
        _ => return,
    };
    let is_spilled = batches.is_none_or(|batches| batches > 1.0);
    let is_large = match (kilobytes, batches) {
        (Some(kilobytes), _) => kilobytes >= SPILL_FLOOR,
        (None, Some(batches)) => batches >= 4.0,
        (None, None) => false,
    };
    let reader = match operation {
        SpillOperation::HashJoin => view.plan.parent(node).unwrap_or(node),
        _ => node,
    };
    let own = view.own_share(reader).0.max(view.own_share(node).0);
    let temporary = view.figures.node(reader.id).own_temporary.unwrap_or(0.0);
    let matters = own >= view.gates.share || temporary >= view.gates.blocks * 5.0;
    if !is_spilled || !is_large || !matters {
        return;
    }
    let clause = match operation {
        SpillOperation::Sort => Some(node.sort_key.join(", ")),
        SpillOperation::Aggregate => Some(node.group_key.join(", ")),
        SpillOperation::HashJoin => {
            super::conditions(reader, &[crate::plan::ConditionKind::HashCondition])
        }
    };
    found.push(
        view.observation(
            reader,
            Symptom::SpillToDisk {
                operation,
                kilobytes,
                batches,
            },
        )
        .at(super::heaviest_scan(view, node))
        .about(clause.as_deref().filter(|clause| !clause.is_empty())),
    );
}
