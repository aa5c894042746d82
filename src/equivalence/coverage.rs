//! Which conditions of the queries were true, false and NULL in the databases that were tried.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::catalog::Catalog;
use crate::query::{Block, Expr, GroupBy, Query, RelationId, RelationSource, analyze_text};
use crate::source::Span;

use super::adapt::adapt;
use super::database::Database;
use super::engine::{Engine, Failure};
use super::evaluate::{Shadow, parameter_expression};
use super::space::{ParameterType, Space};

/// Conditions that are looked at, of both queries together.
const MOST_CONDITIONS: usize = 40;
/// Relations that a condition's rows are combined from at most.
const MOST_RELATIONS: usize = 4;
/// Databases that are looked at together.
const BATCH: usize = 60;

/// A condition as the query writes it, and a query for the rows that it is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub text: String,
    /// `SELECT (condition) AS c FROM ...`.
    pub sql: String,
}

/// The conditions of a query over tables, in the order of its text.
pub(super) fn conditions(text: &str, catalog: &Catalog) -> Vec<Condition> {
    let Ok(query) = analyze_text("query", text, catalog) else {
        return Vec::new();
    };
    let mut found: Vec<(usize, Condition)> = Vec::new();
    for block in query.own_blocks() {
        let on = block.joins().into_iter().flat_map(|join| &join.on);
        for condition in on.chain(&block.filter) {
            if let Some(from) = rows_of(&query, condition) {
                add(&query, condition, &from, &mut found);
            }
        }
        for condition in &block.having {
            if let Some(from) = groups_of(&query, block) {
                add(&query, condition, &from, &mut found);
            }
        }
    }
    found.sort_by_key(|(start, _)| *start);
    let mut all: Vec<Condition> = Vec::new();
    for (_, condition) in found {
        if !all.iter().any(|known| known.text == condition.text) {
            all.push(condition);
        }
    }
    all
}

fn add(query: &Query, condition: &Expr, from: &str, found: &mut Vec<(usize, Condition)>) {
    let text = query.file.slice(condition.span);
    // The equality that USING or NATURAL stands for has no text of its own.
    if text.trim().is_empty() || condition.subqueries().len() > 1 {
        return;
    }
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    found.push((
        condition.span.start,
        Condition {
            sql: format!("SELECT ({text}) AS c {from}"),
            text,
        },
    ));
}

/// FROM with every relation that a condition reads, those around its subquery included.
fn rows_of(query: &Query, condition: &Expr) -> Option<String> {
    let mut relations: BTreeSet<RelationId> = condition.relations();
    let inner: Vec<_> = condition.subqueries();
    let expressions: BTreeSet<_> = inner.iter().copied().collect();
    for block in &query.blocks {
        if block.expression.is_some_and(|id| expressions.contains(&id)) {
            let own: BTreeSet<RelationId> = block.relations().into_iter().collect();
            relations.extend(
                query
                    .expressions_of(block)
                    .into_iter()
                    .flat_map(Expr::relations)
                    .filter(|relation| !own.contains(relation)),
            );
        }
    }
    if relations.is_empty() || relations.len() > MOST_RELATIONS {
        return None;
    }
    let mut items = Vec::new();
    let mut names = BTreeSet::new();
    for id in relations {
        let relation = query.relation(id);
        let plain = matches!(
            relation.source,
            RelationSource::Table(_) | RelationSource::View { .. }
        );
        if !plain || !names.insert(relation.alias.clone()) {
            return None;
        }
        items.push(query.file.slice(relation.span).to_owned());
    }
    Some(format!("FROM {}", items.join(", ")))
}

/// FROM, WHERE and GROUP BY of a block that reads nothing around it.
fn groups_of(query: &Query, block: &Block) -> Option<String> {
    let own: BTreeSet<RelationId> = block.relations().into_iter().collect();
    let alone = query
        .expressions_of(block)
        .into_iter()
        .all(|expr| expr.relations().is_subset(&own));
    let tables = own.iter().all(|id| {
        matches!(
            query.relation(*id).source,
            RelationSource::Table(_) | RelationSource::View { .. }
        )
    });
    let by_number = block.group_by.expressions().iter().any(|expr| {
        query
            .file
            .slice(expr.span)
            .chars()
            .all(|c| c.is_ascii_digit())
    });
    if !alone || !tables || by_number || matches!(block.group_by, GroupBy::Sets(_)) {
        return None;
    }
    let from = block.clauses.from?;
    let end = block
        .clauses
        .group_by
        .or(block.clauses.filter)
        .unwrap_or(from)
        .end;
    let text = query.file.slice(Span::new(from.start, end));
    let text = text.trim_start();
    Some(
        if text
            .get(..4)
            .is_some_and(|word| word.eq_ignore_ascii_case("from"))
        {
            text.to_owned()
        } else {
            format!("FROM {text}")
        },
    )
}

/// For each condition the values that it took in some of the databases.
pub(super) fn measure(
    engine: &mut Engine,
    catalog: &Catalog,
    space: &Space,
    parameters: &[ParameterType],
    texts: [&str; 2],
    databases: &[Database],
) -> Result<IndexMap<String, Vec<String>>, Failure> {
    let mut all: Vec<Condition> = Vec::new();
    for text in texts {
        for condition in conditions(text, catalog) {
            if !all.iter().any(|known| known.text == condition.text) {
                all.push(condition);
            }
        }
    }
    all.truncate(MOST_CONDITIONS);
    let mut taken = IndexMap::new();
    let documents: Vec<String> = databases
        .chunks(BATCH)
        .map(|part| {
            let list: Vec<String> = part
                .iter()
                .map(|database| database.to_json(space))
                .collect();
            format!("[{}]", list.join(","))
        })
        .collect();
    for condition in all {
        let parameter = |name: &str| parameter_expression(parameters, name);
        let Some(adapted) = adapt(&condition.sql, catalog, &parameter) else {
            continue;
        };
        let Ok(shadow) = Shadow::resolve(catalog, engine, &[&adapted.reads]) else {
            continue;
        };
        let with = shadow.with_list(catalog, space, "\"?d\".r");
        let sql = format!(
            "SELECT bool_or(v.c IS TRUE), bool_or(v.c IS FALSE), bool_or(v.c IS NULL) \
             FROM jsonb_array_elements($1::text::jsonb) AS \"?d\"(r), LATERAL (\nWITH {with},\n\"?c\"(c) AS ({}\n)\n\
             SELECT c FROM \"?c\") AS v",
            adapted.text
        );
        let mut seen = [false; 3];
        for document in &documents {
            match engine.query(&sql, &[document]) {
                Ok(rows) => {
                    for row in rows {
                        for (at, seen) in seen.iter_mut().enumerate() {
                            *seen |= row.get::<_, Option<bool>>(at).unwrap_or(false);
                        }
                    }
                }
                // An error on one of the databases hides the others; what was seen before stays.
                Err(Failure::Statement { .. }) => {}
                Err(Failure::Deadline) => return Ok(taken),
                Err(other) => return Err(other),
            }
            if seen == [true; 3] {
                break;
            }
        }
        let values = ["true", "false", "null"]
            .into_iter()
            .zip(seen)
            .filter(|(_, seen)| *seen)
            .map(|(value, _)| value.to_owned())
            .collect();
        taken.insert(condition.text, values);
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::load_schema;
    use crate::source::SourceFile;

    #[test]
    fn conditions_come_with_the_rows_that_they_are_asked_about() {
        let catalog = load_schema(&[SourceFile::new(
            "s.sql",
            "CREATE TABLE a (id int, x int); CREATE TABLE b (id int, a_id int, y int);",
        )]);
        let found = conditions(
            "SELECT a.x FROM a JOIN b ON b.a_id = a.id WHERE a.x > 3 AND EXISTS (SELECT 1 FROM b c WHERE c.y = a.x) \
             GROUP BY a.x HAVING count(*) > 1",
            &catalog,
        );
        let sql: Vec<&str> = found.iter().map(|found| found.sql.as_str()).collect();
        assert_eq!(
            sql,
            [
                "SELECT (b.a_id = a.id) AS c FROM a, b",
                "SELECT (a.x > 3) AS c FROM a",
                "SELECT (EXISTS (SELECT 1 FROM b c WHERE c.y = a.x)) AS c FROM a",
                "SELECT (c.y = a.x) AS c FROM a, b c",
                "SELECT (count(*) > 1) AS c FROM a JOIN b ON b.a_id = a.id WHERE a.x > 3 AND EXISTS (SELECT 1 FROM b c WHERE c.y = a.x) GROUP BY a.x",
            ]
        );
    }
}
