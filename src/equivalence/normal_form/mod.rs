//! Proofs: two queries are equal if both reduce to the same normal form by steps that are sound for every database
//! that satisfies the schema.
//!
//! `convert` brings a bound query into a small algebra (merging derived tables, spelling out predicates), `simplify`
//! removes what keys, foreign keys and NOT NULL make superfluous, `print` writes the result so that the order of
//! joins, conditions and names no longer shows. What is not understood ends the attempt: then there is no proof.

mod aggregates;
mod booleans;
mod bounds;
mod convert;
mod copy;
mod decided;
mod derived_tables;
mod distances;
mod expression;
mod extremes;
mod foreign_keys;
mod from_clause;
mod full_joins;
mod grouped;
mod grouping_sets;
mod key_groups;
mod keys;
mod model;
mod nested_groups;
mod outer_joins;
mod predicates;
mod print;
mod semi_joins;
mod sets;
mod simplify;
mod subqueries;
#[cfg(test)]
mod tests;
mod values;
mod windows;

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
    [false, true].into_iter().find_map(|expand| {
        let mut steps = Vec::new();
        let [first, second] = [0, 1].map(|side| {
            let reduced = reduce(catalog, texts[side], names[side], ordered, expand)?;
            steps.extend(
                reduced
                    .steps
                    .into_iter()
                    .map(|step| format!("{}: {step}", names[side])),
            );
            Some(reduced.form)
        });
        let form = first?;
        if form != second? {
            return None;
        }
        if steps.is_empty() {
            steps.push("the same up to names, and the order of joins and conditions".to_owned());
        }
        steps.push(format!("both are then: {form}"));
        Some(steps)
    })
}

/// A query in its normal form.
struct Reduced {
    form: String,
    steps: Vec<String>,
}

/// `expand`: whether windows and extremes are spelled out as subqueries.
fn reduce(
    catalog: &Catalog,
    text: &str,
    name: &str,
    ordered: bool,
    expand: bool,
) -> Option<Reduced> {
    let schema = BoundSchema::new(catalog);
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
    let mut steps = converter.steps;
    let mut simplifier = simplify::Simplifier {
        catalog,
        next_atom: converter.next_atom,
        types: converter.types,
        expand,
        known: Vec::new(),
        steps: Vec::new(),
    };
    simplifier.relation(&mut relation, false);
    steps.append(&mut simplifier.steps);
    steps.dedup();
    let form = print::Printer {
        types: &simplifier.types,
    }
    .top(&relation, ordered)?;
    Some(Reduced { form, steps })
}
