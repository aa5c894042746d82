//! The comparisons that a rule looks at: the conjuncts, and the arms of an OR over one column.

use crate::rules::rewrite_fix::rewrite;
use crate::rules::{Edit, Finding, FixKind, Safety, StatementContext};

use super::comparison::{Comparison, arms_over_one_key, comparisons};

/// Checks each comparison of a statement. What is found about several arms of one OR is one finding, and its rewrite
/// mends them all.
pub(super) fn check_each<'q>(
    context: &StatementContext<'q>,
    findings: &mut Vec<Finding>,
    check: impl Fn(&Comparison<'q>) -> Option<Finding>,
) {
    findings.extend(comparisons(context).iter().filter_map(&check));
    for arms in arms_over_one_key(context) {
        let found: Vec<Finding> = arms.iter().filter_map(&check).collect();
        findings.extend(joined(context, found));
    }
}

fn joined(context: &StatementContext<'_>, mut found: Vec<Finding>) -> Option<Finding> {
    if found.len() < 2 {
        return found.pop();
    }
    let rewrites: Option<Vec<_>> = found
        .iter()
        .map(|finding| {
            finding
                .fixes
                .iter()
                .find(|fix| fix.kind == FixKind::Rewrite)
        })
        .collect();
    let fix = rewrites.and_then(|rewrites| {
        let safety = match rewrites
            .iter()
            .find(|fix| fix.safety == Safety::Review)
            .or(rewrites.first())
        {
            Some(weakest) => (weakest.safety, weakest.tradeoff.clone()),
            None => return None,
        };
        let edits: Vec<Edit> = rewrites
            .iter()
            .flat_map(|fix| fix.edits.iter().cloned())
            .collect();
        rewrite(context, edits, safety.0, &safety.1)
    });
    let mut first = found.into_iter().next()?;
    let rewritten = first.fixes.iter().any(|fix| fix.kind == FixKind::Rewrite);
    if rewritten {
        first.fixes = fix.into_iter().collect();
    }
    Some(first)
}
