//! Proofs: two queries are equal if both reduce to the same normal form by steps that are sound for every database
//! that satisfies the schema.
//!
//! `convert` brings a bound query into a small algebra (merging derived tables, spelling out predicates), `simplify`
//! removes what keys, foreign keys and NOT NULL make superfluous, `print` writes the result so that the order of
//! joins, conditions and names no longer shows. What is not understood ends the attempt: then there is no proof.

mod booleans;
mod bounds;
mod convert;
mod expression;
mod grouped;
mod model;
mod print;
mod sets;
mod simplify;
mod subqueries;
#[cfg(test)]
mod tests;

use sqlparser::keywords::Keyword;

use crate::catalog::Catalog;
use crate::query::{BoundSchema, Facts, StatementKind, analyze_text};

use super::tokens::{is_keyword, keyword};

/// The steps that bring both queries to one form; `None` where they do not get there.
pub(super) fn prove(
    catalog: &Catalog,
    texts: [&str; 2],
    names: [&str; 2],
    ordered: bool,
) -> Option<Vec<String>> {
    let schema = BoundSchema::new(catalog);
    let mut steps = Vec::new();
    let mut forms = Vec::new();
    for (text, name) in texts.into_iter().zip(names) {
        let query = analyze_text(name, text, catalog).ok()?;
        if !query.problems.is_empty() {
            return None;
        }
        let StatementKind::Select(top) = query.kind else {
            return None;
        };
        // ONLY reads a table without those that inherit from it.
        let only = query.tokens.windows(2).any(|pair| {
            is_keyword(&pair[1].token, Keyword::ONLY)
                && !matches!(keyword(&pair[0].token), Some(Keyword::ROW | Keyword::ROWS))
        });
        if only {
            return None;
        }
        let facts = Facts::new(&query, &schema);
        let volatile = facts.is_volatile_query(top)
            || query
                .ctes
                .iter()
                .any(|cte| facts.is_volatile_query(cte.query));
        if volatile {
            return None;
        }
        let mut converter = convert::Converter::new(catalog, &query);
        let mut relation = converter.relation(top, &convert::Scope::default()).ok()?;
        let mut own = converter.steps;
        let mut simplifier = simplify::Simplifier {
            catalog,
            types: &converter.types,
            steps: Vec::new(),
        };
        simplifier.relation(&mut relation, false);
        own.append(&mut simplifier.steps);
        let printed = print::Printer {
            types: &converter.types,
        }
        .top(&relation, ordered)?;
        own.dedup();
        steps.extend(own.into_iter().map(|step| format!("{name}: {step}")));
        forms.push(printed);
    }
    if forms[0] != forms[1] {
        return None;
    }
    if steps.is_empty() {
        steps.push("the same up to names, and the order of joins and conditions".to_owned());
    }
    steps.push(format!("both are then: {}", forms[0]));
    Some(steps)
}
