use std::collections::HashSet;

use crate::rules::{Evidence, Finding};

/// Adds what a plan showed to what is known of its statement: one cause, one finding. Where a rule about statements
/// has reported the cause of a symptom, the symptom becomes a reason of that finding, and its evidence the stronger
/// of both up to `planned`: the plan shows the cost, but not yet that a fix helps.
pub fn merge_plan_findings(findings: &mut Vec<Finding>, of_plan: Vec<Finding>) {
    for symptom in of_plan {
        match findings
            .iter_mut()
            .find(|finding| is_cause(finding, &symptom))
        {
            Some(cause) => {
                cause.evidence = cause.evidence.max(Evidence::Planned);
                if symptom.evidence == Evidence::Measured {
                    cause.facts.insert("plan_was_run".to_owned(), true.into());
                }
                // The symptom of a plan that was run takes the place of what was only planned.
                let name = symptom.rule.to_owned();
                if cause
                    .facts
                    .get("plan_rule")
                    .and_then(serde_json::Value::as_str)
                    == Some(symptom.rule)
                {
                    cause
                        .why
                        .retain(|reason| !reason.starts_with("in the plan: "));
                }
                cause.facts.insert("plan_rule".to_owned(), name.into());
                cause.why.push(format!("in the plan: {}", symptom.message));
                let known: HashSet<String> = cause.facts.keys().cloned().collect();
                cause.facts.extend(
                    symptom
                        .facts
                        .into_iter()
                        .filter(|(name, _)| !known.contains(name)),
                );
            }
            None => findings.push(symptom),
        }
    }
}

/// Rules about statements whose finding explains a symptom.
fn causes(symptom: &str) -> &'static [&'static str] {
    const NO_INDEX: &[&str] = &[
        "missing-index",
        "expression-index",
        "opclass-index",
        "partial-index",
        "trigram-index",
        "gin-index",
        "brin-index",
        "covering-index",
        "function-on-column",
        "cast-on-column",
        "implicit-cast",
        "arithmetic-on-column",
        "timezone-cast",
        "date-trunc-range",
        "leading-wildcard",
        "like-needs-opclass",
        "or-across-columns",
        "negated-predicate",
        "wrong-leading-column",
        "join-on-different-types",
    ];
    match symptom {
        "plan-discarding-scan" | "plan-index-filter" | "plan-inner-side" => NO_INDEX,
        "plan-sort-for-limit" => &[
            "missing-index",
            "mixed-order",
            "mixed-order-index",
            "covering-index",
            "order-by-random",
            "deep-offset",
        ],
        "plan-unpruned-partitions" => &[
            "date-trunc-range",
            "function-on-column",
            "cast-on-column",
            "timezone-cast",
        ],
        // what is computed from a column has no statistics
        "plan-misestimate" => &[
            "function-on-column",
            "cast-on-column",
            "arithmetic-on-column",
            "timezone-cast",
            "date-trunc-range",
        ],
        "plan-deep-offset" => &["deep-offset"],
        "plan-late-cte-filter" => &["materialized-fence"],
        "plan-repeated-subplan" => &["correlated-subquery"],
        "plan-not-in-unhashed" => &["not-in-nullable"],
        _ => &[],
    }
}

fn is_cause(finding: &Finding, symptom: &Finding) -> bool {
    if !causes(symptom.rule).contains(&finding.rule) {
        return false;
    }
    // These are about the statement as a whole, or name the CTE or the outer side.
    let is_of_statement = matches!(
        finding.rule,
        "deep-offset"
            | "materialized-fence"
            | "correlated-subquery"
            | "not-in-nullable"
            | "order-by-random"
    );
    is_of_statement
        || (finding.relation.is_some() && finding.relation == symptom.relation)
        || (symptom.rule == "plan-unpruned-partitions"
            && finding.columns.iter().any(|column| {
                symptom
                    .facts
                    .get("clause")
                    .and_then(serde_json::Value::as_str)
                    .is_some_and(|clause| crate::plan::column_names(clause).contains(column))
            }))
}
