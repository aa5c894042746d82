use super::Outcome;
use super::verdict::{MAX_POINTS, RowsVerdict, Verdict};

/// The first thing that is not right, in the order in which they are checked.
pub(super) fn outcome(verdict: &Verdict) -> Outcome {
    if verdict.rows != RowsVerdict::Same {
        Outcome::Rows
    } else if verdict
        .guards
        .iter()
        .any(|guard| guard.blocks > guard.limit)
    {
        Outcome::Guard
    } else if verdict.blocks.after > verdict.blocks.goal {
        Outcome::Blocks
    } else if verdict.indexes.count > verdict.indexes.max_count {
        Outcome::Indexes
    } else if verdict.indexes.bytes > verdict.indexes.max_bytes {
        Outcome::IndexBytes
    } else {
        Outcome::Passed
    }
}

/// 20 points for the right rows, without which there are none; 60 for the way from the blocks at the start to the
/// goal, on a logarithmic scale; 20 for staying within the limits.
pub(super) fn points(verdict: &Verdict) -> u32 {
    if verdict.passed {
        return MAX_POINTS;
    }
    if matches!(
        verdict.outcome,
        Outcome::Error | Outcome::Rows | Outcome::LeftOut
    ) {
        return 0;
    }
    let (before, after, goal) = (
        verdict.blocks.before.max(1) as f64,
        verdict.blocks.after.max(1) as f64,
        verdict.blocks.goal.max(1) as f64,
    );
    let way = if after <= goal {
        1.0
    } else if before <= goal {
        0.0
    } else {
        ((before / after).ln() / (before / goal).ln()).clamp(0.0, 1.0)
    };
    if way <= 0.0 && verdict.outcome == Outcome::Blocks {
        return 0;
    }
    let within_limits = verdict.indexes.count <= verdict.indexes.max_count
        && verdict.indexes.bytes <= verdict.indexes.max_bytes
        && verdict
            .guards
            .iter()
            .all(|guard| guard.blocks <= guard.limit);
    let limits = if within_limits { 20 } else { 0 };
    20 + (way * 60.0).round() as u32 + limits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::verdict::{BlocksVerdict, GuardVerdict, IndexesVerdict, Milliseconds};

    fn verdict(outcome: Outcome, after: u64) -> Verdict {
        Verdict {
            exercise: String::new(),
            passed: outcome == Outcome::Passed,
            points: 0,
            max_points: MAX_POINTS,
            rows: RowsVerdict::Same,
            counterexample: None,
            blocks: BlocksVerdict {
                before: 10_000,
                after,
                goal: 100,
            },
            indexes: IndexesVerdict {
                count: 1,
                bytes: 10,
                max_count: 1,
                max_bytes: 100,
            },
            left_out: Vec::new(),
            findings_gone: Vec::new(),
            findings_left: Vec::new(),
            message: String::new(),
            outcome,
            milliseconds: Milliseconds {
                before: 1.0,
                after: None,
            },
            guards: Vec::new(),
            write_cost: Vec::new(),
            hint_points: 0,
            left_out_because: Vec::new(),
            plan: None,
        }
    }

    #[test]
    fn points_grow_with_the_way_to_the_goal() {
        assert_eq!(points(&verdict(Outcome::Passed, 50)), 100);
        assert_eq!(points(&verdict(Outcome::Blocks, 1000)), 70);
        assert_eq!(points(&verdict(Outcome::Blocks, 10_000)), 0);
        assert_eq!(points(&verdict(Outcome::Rows, 50)), 0);
    }

    #[test]
    fn limits_are_checked_in_order() {
        let mut one = verdict(Outcome::Passed, 50);
        assert_eq!(outcome(&one), Outcome::Passed);
        one.indexes.bytes = 1000;
        assert_eq!(outcome(&one), Outcome::IndexBytes);
        one.indexes.count = 2;
        assert_eq!(outcome(&one), Outcome::Indexes);
        one.blocks.after = 101;
        assert_eq!(outcome(&one), Outcome::Blocks);
        one.guards.push(GuardVerdict {
            file: "g".to_owned(),
            blocks: 2,
            limit: 1,
        });
        assert_eq!(outcome(&one), Outcome::Guard);
        one.rows = RowsVerdict::Different;
        assert_eq!(outcome(&one), Outcome::Rows);
    }
}
