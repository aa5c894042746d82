//! What costs little beside the rest of its statement is no warning.

use super::one_cause::{CAUSES, PROPOSALS};
use super::{Evidence, Finding, Severity, StatementContext};

/// A table whose whole reading is less than this part of what the statement reads is not where its time goes.
const NEGLIGIBLE: f64 = 0.1;

/// Lowers findings about how a table is read to information where reading all of it is a small part of the statement.
/// Only statistics tell; `findings` are those of the context's statement.
pub(super) fn weigh(context: &StatementContext<'_>, findings: &mut [Finding]) {
    for finding in findings {
        let about_reading = CAUSES.contains(&finding.rule) || PROPOSALS.contains(&finding.rule);
        if !about_reading
            || finding.severity != Severity::Warning
            || finding.evidence < Evidence::Statistics
        {
            continue;
        }
        let Some((part, whole)) = share(context, finding) else {
            continue;
        };
        if part < whole * NEGLIGIBLE {
            finding.severity = Severity::Info;
            finding.why.push(format!(
                "it hardly matters here: of some {whole:.0} blocks that the statement reads, the whole table is {part:.0}"
            ));
        }
    }
}

/// Blocks of the finding's table, and those that the whole statement reads.
fn share(context: &StatementContext<'_>, finding: &Finding) -> Option<(f64, f64)> {
    let alias = finding.relation.as_ref()?;
    let table = finding.table.as_ref()?;
    let query = context.query;
    let advice = context.advice();
    let all_known = advice.whole_reads.keys().all(|relation| {
        query
            .table_of(*relation)
            .is_none_or(|id| context.catalog.table(id).statistics.is_some())
    });
    if !all_known {
        return None;
    }
    let part = advice
        .whole_reads
        .iter()
        .filter(|(relation, _)| {
            query.relation(**relation).alias == *alias
                && query
                    .table_of(**relation)
                    .is_some_and(|id| context.catalog.table(id).name.to_string() == *table)
        })
        .map(|(_, blocks)| *blocks)
        .reduce(f64::max)?;
    Some((part, advice.blocks))
}
