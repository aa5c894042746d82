use super::measure::Measured;
use super::verdict::Verdict;
use super::{Outcome, Pack};
use crate::plan::{ConditionKind, Figures, NodeType, Plan, PlanNode, clause, units};

/// What to say to the candidate: what is not right yet and what to look at, never the solution.
pub(super) fn message(
    pack: &Pack,
    verdict: &Verdict,
    rows_problem: Option<&str>,
    error: Option<&str>,
    measured: Option<&Measured>,
) -> String {
    match verdict.outcome {
        Outcome::Passed => passed(verdict),
        Outcome::Error => format!(
            "the answer could not be replayed: {}",
            error.unwrap_or("a statement fails")
        ),
        Outcome::Rows => format!(
            "not the right rows: {}",
            rows_problem.unwrap_or("they differ from those of the reference")
        ),
        Outcome::Guard => guard(verdict),
        Outcome::Indexes => format!(
            "quick enough, but with {} new {}; {} {} allowed. {}",
            verdict.indexes.count,
            plural(verdict.indexes.count, "index", "indexes"),
            verdict.indexes.max_count,
            plural(verdict.indexes.max_count, "is", "are"),
            if verdict.indexes.max_count == 0 {
                "What else could be changed?"
            } else {
                "Can one index do the work of several?"
            }
        ),
        Outcome::IndexBytes => format!(
            "quick enough, but the new {} {}, and {} are allowed. Which rows or columns does the query never need from it?",
            plural(verdict.indexes.count, "index takes", "indexes take"),
            bytes(verdict.indexes.bytes),
            bytes(verdict.indexes.max_bytes)
        ),
        Outcome::LeftOut => format!(
            "nothing of it counts: {}",
            verdict
                .left_out_because
                .first()
                .map_or("see what was left out", String::as_str)
        ),
        Outcome::Blocks => blocks(pack, verdict, measured),
    }
}

fn passed(verdict: &Verdict) -> String {
    let factor = verdict.blocks.before as f64 / verdict.blocks.after.max(1) as f64;
    format!(
        "passed: {} in place of {}, the same rows{}",
        units::counted(verdict.blocks.after as f64, "block"),
        units::count(verdict.blocks.before as f64),
        if factor >= 2.0 {
            format!(", {} times fewer", units::count(factor.floor()))
        } else {
            String::new()
        }
    )
}

fn guard(verdict: &Verdict) -> String {
    let slow = verdict
        .guards
        .iter()
        .find(|guard| guard.blocks > guard.limit);
    match slow {
        Some(guard) => format!(
            "{} now reads {}, at most {} are allowed: something that it needs is gone",
            guard.file,
            units::counted(guard.blocks as f64, "block"),
            units::count(guard.limit as f64)
        ),
        None => "another statement got slow".to_owned(),
    }
}

fn blocks(pack: &Pack, verdict: &Verdict, measured: Option<&Measured>) -> String {
    let plan = measured
        .and_then(|measured| measured.plan.as_ref())
        .and_then(|json| Plan::from_json(json).ok());
    let observation = match &plan {
        Some(plan) => dearest(plan, pack),
        None => "the plan of a statement that writes does not show everything that it makes PostgreSQL do: triggers, \
             foreign keys and indexes have their share"
            .to_owned(),
    };
    if verdict.blocks.after >= verdict.blocks.before {
        format!("no better than before: {observation}")
    } else {
        format!("not yet: {observation}")
    }
}

/// What the node does that reads the most by itself.
fn dearest(plan: &Plan, pack: &Pack) -> String {
    let figures = Figures::of(plan);
    let own = |node: &PlanNode| figures.node(node.id).own_blocks.unwrap_or_default();
    let Some(node) = plan.nodes().iter().max_by(|a, b| own(a).total_cmp(&own(b))) else {
        return "look at the plan".to_owned();
    };
    let figures = figures.node(node.id);
    let table = node
        .relation_name()
        .map_or_else(|| "a table".to_owned(), str::to_owned);
    let rows = figures.rows.unwrap_or_default();
    let removed = figures.removed_by_filter.unwrap_or_default();
    let loops = figures.loops.unwrap_or(1.0);
    let read = units::counted(figures.own_blocks.unwrap_or_default(), "block");
    let filter = node.condition(ConditionKind::Filter).map(clause);
    let index = node.index.as_deref().unwrap_or("an index");
    let again = if loops > 1.5 {
        format!(", {} times over", units::count(loops))
    } else {
        String::new()
    };
    match node.kind {
        NodeType::SeqScan if pack.manifest.limits.indexes == 0 => format!(
            "all of {table} is read{again} ({read}). Does the result need all of it, and this often?"
        ),
        NodeType::SeqScan if removed > rows => format!(
            "all of {table} is read{again} ({read}), and {} of its rows are thrown away{}. What would find the others directly?",
            units::count(removed),
            filter.map_or(String::new(), |filter| format!(" by {filter}"))
        ),
        NodeType::SeqScan => {
            format!("all of {table} is read{again} ({read}). Is every row of it needed?")
        }
        NodeType::IndexOnlyScan if node.heap_fetches.is_some_and(|fetches| fetches > 10.0) => {
            format!(
                "{index} has all columns, and {} times the table was visited all the same (Heap Fetches). What does an index not know about its rows?",
                units::count(node.heap_fetches.unwrap_or_default())
            )
        }
        NodeType::IndexOnlyScan => format!(
            "{index} is read without visiting {table}, and still takes {read}{again}. How much of the stretch that is read does the query use?"
        ),
        NodeType::IndexScan if removed > 0.0 => format!(
            "{index} leads to {} rows of {table}{again}, each of them a visit, and {} are thrown away{}. What else does the query ask for?",
            units::count(rows + removed),
            units::count(removed),
            filter.map_or(String::new(), |filter| format!(" by {filter}"))
        ),
        NodeType::IndexScan if loops > 1.5 => format!(
            "{index} is searched {} times ({read}). Why does the plan look up row by row?",
            units::count(loops)
        ),
        NodeType::BitmapHeapScan => format!(
            "an index finds {} rows of {table}, and {read} are visited for them{}. Could fewer rows be found, or fewer visited?",
            units::count(rows + removed),
            if removed > 0.0 {
                format!(", {} of them only to be thrown away", units::count(removed))
            } else {
                String::new()
            }
        ),
        NodeType::IndexScan => format!(
            "{index} delivers {} rows of {table}, with a visit for each ({read}). How many of them does the result need, and which columns?",
            units::count(rows)
        ),
        _ => format!("{} takes {read}", node.title()),
    }
}

fn plural<'a>(number: usize, one: &'a str, many: &'a str) -> &'a str {
    if number == 1 { one } else { many }
}

/// A size as people say it.
pub fn bytes(number: u64) -> String {
    units::kilobytes(number as f64 / 1024.0)
}
