//! What PostgreSQL leaves out of its plans, against what the rules find.

use std::collections::BTreeSet;

use whyslow::query::{Query, Reader, RelationId};
use whyslow::rules::Finding;
use whyslow::sandbox::Session;

use crate::Tally;

/// Tables that the query names and the plan does not: each needs a finding.
pub fn compare(
    sql: &str,
    query: &Query,
    findings: &[Finding],
    planner: &mut Session,
    tally: &mut Tally,
) -> Result<(), String> {
    let row = planner
        .query_one(&format!("EXPLAIN (FORMAT JSON) {sql}"), &[])
        .map_err(|error| format!("PostgreSQL refuses the query: {error:?}\n  {sql}"))?;
    let plan: serde_json::Value = row.get(0);
    let text = plan.to_string();
    // a condition that is never true takes whole branches away
    if text.contains("One-Time Filter") || text.contains("\"Result\"") {
        return Ok(());
    }
    let mut planned = BTreeSet::new();
    aliases(&plan, &mut planned);
    for finding in findings {
        let Some(claimed) = finding
            .facts
            .get("removed_by_planner")
            .and_then(|claimed| claimed.as_bool())
        else {
            continue;
        };
        let alias = finding.relation.as_deref().unwrap_or_default();
        let removed = query
            .relations
            .iter()
            .filter(|relation| enclosing(query, relation.id).contains(alias))
            .all(|relation| !planned.contains(&relation.alias));
        if claimed == removed {
            tally.claims += 1;
        } else {
            tally.wrong_claims.push(format!(
                "PostgreSQL {} {alias} in\n  {sql}",
                if claimed { "keeps" } else { "removes" }
            ));
        }
    }
    for relation in &query.relations {
        if query.table_of(relation.id).is_none()
            || query.block(relation.block).view.is_some()
            || planned.contains(&relation.alias)
            || in_unread_cte(query, relation.id)
            || in_dropped_subquery(query, relation.id, &planned)
        {
            continue;
        }
        tally.planner_removed += 1;
        let around = enclosing(query, relation.id);
        let known = findings.iter().any(|finding| {
            finding
                .relation
                .as_ref()
                .is_some_and(|alias| around.contains(alias))
                || finding
                    .facts
                    .get("aliases")
                    .and_then(|aliases| aliases.as_array())
                    .is_some_and(|aliases| {
                        aliases
                            .iter()
                            .any(|alias| alias.as_str().is_some_and(|alias| around.contains(alias)))
                    })
        });
        if !known {
            tally
                .missed
                .push(format!("{} is not in the plan of\n  {sql}", relation.alias));
        }
    }
    Ok(())
}

/// Whether a relation belongs to a CTE that nothing reads: that is no join.
fn in_unread_cte(query: &Query, relation: RelationId) -> bool {
    let mut expression = query.block(query.relation(relation).block).expression;
    while let Some(id) = expression {
        match query.expression(id).reader {
            Reader::Cte(cte) => return query.cte(cte).references.is_empty(),
            Reader::Relation(reader) => {
                expression = query.block(query.relation(reader).block).expression
            }
            Reader::SetOperation { parent } => expression = Some(parent),
            _ => return false,
        }
    }
    false
}

/// Whether a relation belongs to a subquery of a condition that PostgreSQL drops as a whole: that is no join.
fn in_dropped_subquery(query: &Query, relation: RelationId, planned: &BTreeSet<String>) -> bool {
    let mut block = query.relation(relation).block;
    let mut expression = query.block(block).expression;
    while let Some(id) = expression {
        match query.expression(id).reader {
            Reader::Relation(reader) => {
                block = query.relation(reader).block;
                expression = query.block(block).expression;
            }
            Reader::SetOperation { parent } => expression = Some(parent),
            Reader::Exists | Reader::Membership | Reader::Scalar | Reader::Array => {
                return query.block(block).relations().iter().all(|other| {
                    query.table_of(*other).is_none()
                        || !planned.contains(&query.relation(*other).alias)
                });
            }
            Reader::Client | Reader::Cte(_) => return false,
        }
    }
    false
}

fn aliases(value: &serde_json::Value, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            if let Some(alias) = fields.get("Alias").and_then(|alias| alias.as_str()) {
                into.insert(alias.to_owned());
            }
            fields.values().for_each(|value| aliases(value, into));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|value| aliases(value, into)),
        _ => {}
    }
}

/// The aliases of a relation and of those whose rows it makes.
fn enclosing(query: &Query, relation: RelationId) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut todo = vec![relation];
    while let Some(relation) = todo.pop() {
        let relation = query.relation(relation);
        if !found.insert(relation.alias.clone()) {
            continue;
        }
        let mut expression = query.block(relation.block).expression;
        while let Some(id) = expression {
            match query.expression(id).reader {
                Reader::Relation(reader) => {
                    todo.push(reader);
                    break;
                }
                Reader::Cte(cte) => {
                    todo.extend(&query.cte(cte).references);
                    break;
                }
                Reader::SetOperation { parent } => expression = Some(parent),
                _ => break,
            }
        }
    }
    found
}
