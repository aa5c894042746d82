use crate::query::{QueryExpression, one_line};

use super::support::{RowCount, about_only, constant_integer, rows_without_limit};
use crate::query::QueryBody;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// OFFSET that skips thousands of rows.
pub struct DeepOffset;

static INFO: RuleInfo = RuleInfo {
    name: "deep-offset",
    summary: "OFFSET reads and throws away many rows",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds OFFSET (also OFFSET ... ROWS FETCH NEXT) of more rows than the threshold deep-offset, 1000 by default, \
            written as a number or as arithmetic of numbers. An OFFSET that is a parameter is not reported: its value is not known.",
        why_it_is_slow: "PostgreSQL has no way to jump to the n-th row: it fetches all rows before it in order and drops them. \
            Page 10,000 costs 10,000 times page 1, and rows that are added or deleted between two pages are shown twice or never.",
        example_schema: "CREATE TABLE posts (id int PRIMARY KEY, posted_at timestamptz NOT NULL, title text NOT NULL);\n\
            CREATE INDEX ON posts (posted_at, id);",
        example_statistics: "",
        example: "SELECT id, title\nFROM posts\nORDER BY posted_at DESC, id DESC\nLIMIT 20 OFFSET 100000;",
        use_instead: "SELECT id, title\nFROM posts\nWHERE (posted_at, id) < ('2026-03-01 12:00+00', 4711)\nORDER BY posted_at DESC, id DESC\nLIMIT 20;",
        trade_off: "Paging by key remembers the last row of the page before, and can only go to the next and the previous page, not to page 5000. \
            The key must be unique: add the primary key as the last sort column.",
        interview_question: "Page 1 of the list is fast, page 5000 takes seconds. Why, and what would you build instead?",
        good_answer: &[
            "OFFSET reads all the rows before and throws them away; the work grows with the page number.",
            "Keyset pagination: WHERE (sort columns, id) < (values of the last row seen), with an index in the same order.",
            "The row comparison uses the index as a whole, unlike a chain of ORs.",
            "It is stable while rows are inserted; OFFSET is not.",
            "Who needs page 5000? Perhaps a search or a date filter serves the reader better.",
        ],
    },
};

impl Rule for DeepOffset {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for expression in &context.query.expressions {
            if expression.view.is_none() {
                findings.extend(check(context, expression));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, expression: &QueryExpression) -> Option<Finding> {
    let offset = expression.offset.as_ref()?;
    let skipped = constant_integer(offset)?;
    if skipped <= i128::from(context.thresholds.deep_offset)
        || rows_without_limit(context, expression) == RowCount::AtMostOne
    {
        return None;
    }
    let query = context.query;
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        expression.limit_span.unwrap_or(offset.span),
        format!("OFFSET {skipped} reads {skipped} rows and throws them away"),
    );
    if let QueryBody::Select(block) = expression.body {
        about_only(context, &mut finding, query.block(block));
    }
    let order = expression
        .order_by_span
        .map(|span| one_line(&query.file, span));
    finding.why = vec![
        "PostgreSQL cannot jump to a row by its number: it fetches all rows before it, on every page".to_owned(),
        match order {
            Some(order) => format!(
                "page by key instead: remember the sort columns of the last row shown, and ask for the rows behind it in \"{order}\", \
                 with a unique column last"
            ),
            None => "without ORDER BY the pages can overlap: order by a unique column, and ask for the rows behind the last one shown".to_owned(),
        },
    ];
    finding.facts.insert(
        "offset".to_owned(),
        u64::try_from(skipped).unwrap_or(u64::MAX).into(),
    );
    Some(finding)
}
