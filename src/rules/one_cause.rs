//! One cause, one finding: what is said about a condition that cannot use an index, and the index proposed for the same
//! condition, become one.

use super::{Finding, FixKind};

/// Rules that say why a condition or an order cannot use an index.
pub(super) const CAUSES: &[&str] = &[
    "arithmetic-on-column",
    "cast-on-column",
    "date-trunc-range",
    "function-on-column",
    "leading-wildcard",
    "like-needs-opclass",
    "mixed-order",
    "negated-predicate",
    "or-across-columns",
    "timezone-cast",
    "wrong-leading-column",
];

/// Rules that propose an index for it.
pub(super) const PROPOSALS: &[&str] = &[
    "expression-index",
    "missing-index",
    "mixed-order-index",
    "opclass-index",
    "partial-index",
    "trigram-index",
];

/// Puts the index that is proposed for a condition into the finding that says what is wrong with the condition.
/// `findings` are those of one statement.
pub(super) fn merge_causes(findings: &mut Vec<Finding>) {
    let mut at = 0;
    while let Some(proposal) = findings.get(at) {
        let cause = PROPOSALS
            .contains(&proposal.rule)
            .then(|| {
                findings
                    .iter()
                    .position(|finding| is_cause(finding, proposal))
            })
            .flatten();
        let Some(cause) = cause else {
            at += 1;
            continue;
        };
        let proposal = findings.remove(at);
        let cause = if cause > at { cause - 1 } else { cause };
        if let Some(cause) = findings.get_mut(cause) {
            absorb(cause, proposal);
        }
    }
}

fn is_cause(finding: &Finding, proposal: &Finding) -> bool {
    if !CAUSES.contains(&finding.rule)
        || finding.relation != proposal.relation
        || finding.table != proposal.table
    {
        return false;
    }
    match (&finding.location, &proposal.location) {
        (Some(cause), Some(proposed)) => {
            // an index over several conditions is placed at the first of them
            proposal.rule == "expression-index"
                || finding.rule == "mixed-order" && proposal.rule == "mixed-order-index"
                || cause.span.start < proposed.span.end && proposed.span.start < cause.span.end
        }
        _ => false,
    }
}

fn absorb(cause: &mut Finding, proposal: Finding) {
    cause.severity = cause.severity.max(proposal.severity);
    let rewritten = cause.fixes.iter().any(|fix| fix.kind == FixKind::Rewrite);
    if rewritten {
        return;
    }
    // one index for the whole condition, with its size, beats one for a part of it
    cause.fixes = proposal.fixes;
    for (name, value) in proposal.facts {
        cause.facts.insert(name, value);
    }
    let known = proposal
        .why
        .into_iter()
        .filter(|line| !line.starts_with("known from statistics") && !cause.why.contains(line));
    cause.why.extend(known.collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use crate::catalog::load_schema;
    use crate::rules::{LintOptions, lint};
    use crate::source::SourceFile;

    fn rules_for(query: &str) -> Vec<(&'static str, usize)> {
        let schema = SourceFile::new(
            "schema.sql",
            "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, city int NOT NULL);
             CREATE INDEX ON users (email);",
        );
        let catalog = load_schema(&[schema]);
        let file = SourceFile::new("query.sql", query);
        lint(&[file], &catalog, &LintOptions::default())
            .findings
            .iter()
            .filter(|finding| finding.statement.is_some())
            .map(|finding| (finding.rule, finding.fixes.len()))
            .collect()
    }

    #[test]
    fn a_function_and_the_index_on_it_are_one_finding() {
        let found = rules_for("SELECT id FROM users WHERE lower(email) = 'a'");
        assert_eq!(found, [("function-on-column", 1)]);
    }

    #[test]
    fn an_index_on_another_condition_stays_a_finding() {
        let found = rules_for("SELECT id FROM users WHERE city = 5");
        assert_eq!(found, [("missing-index", 1)]);
    }
}
