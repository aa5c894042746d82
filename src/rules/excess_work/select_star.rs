use std::collections::BTreeSet;

use crate::catalog::Type;
use crate::query::{
    Block, BlockRole, Distinct, ExprKind, QueryBody, QueryExpression, QueryExpressionId, Reader,
    RelationId, RelationSource,
};

use super::support::{about, one_row_block, reads_small_tables_only};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// `SELECT *` of which little is used, or that fetches wide columns.
pub struct SelectStar;

static INFO: RuleInfo = RuleInfo {
    name: "select-star",
    summary: "SELECT * carries columns that nobody reads",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds * in derived tables and CTEs of which at most half of the columns are read, and * over tables with wide columns (json, xml, bytea, or \
            strings that are wide by the statistics) in queries for more than one row. A warning where the subquery is materialized or sorted, \
            so that the unread columns are carried along; else information. Silent under EXISTS, for count(*), and where most columns are read.",
        why_it_is_slow: "Every column has to be fetched, wide ones from the TOAST table page by page, sent and kept in memory; a sort or a materialized CTE spills to disk earlier. \
            And an index that covers the columns really needed would do without the table: index-only scans are impossible with *.",
        example_schema: "CREATE TABLE articles (id int PRIMARY KEY, title text NOT NULL, body text NOT NULL, tags jsonb NOT NULL, changed_at timestamptz NOT NULL);",
        example_statistics: "",
        example: "WITH a AS MATERIALIZED (SELECT * FROM articles)\nSELECT a.id FROM a WHERE a.title LIKE 'A%';",
        use_instead: "WITH a AS MATERIALIZED (SELECT id, title FROM articles)\nSELECT a.id FROM a WHERE a.title LIKE 'A%';",
        trade_off: "A list of columns has to be kept up to date; that is also its advantage: a new column does not change the query's result.",
        interview_question: "Does SELECT * cost anything, if the network is fast?",
        good_answer: &[
            "It reads TOASTed values, which lie in another table and are compressed.",
            "It makes an index-only scan impossible.",
            "Sorts, hashes and materialized CTEs carry all columns: work_mem is used up earlier.",
            "In a plain subquery PostgreSQL drops the unread columns; under EXISTS and count(*) the star reads nothing.",
        ],
    },
};

impl Rule for SelectStar {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            let Some(id) = block.expression else { continue };
            let has_star = block.select.iter().any(|item| item.star);
            if block.role != BlockRole::Select || !has_star {
                continue;
            }
            let expression = context.query.expression(id);
            findings.extend(match expression.reader {
                Reader::Client => wide_columns(context, block),
                Reader::Relation(relation) => narrow_use(context, block, expression, &[relation]),
                Reader::Cte(cte) => {
                    let references = &context.query.cte(cte).references;
                    narrow_use(context, block, expression, references)
                }
                _ => None,
            });
        }
    }
}

/// Fewer unread columns than this are not worth a word.
const FEW_COLUMNS: usize = 1;

fn narrow_use(
    context: &StatementContext<'_>,
    block: &Block,
    expression: &QueryExpression,
    readers: &[RelationId],
) -> Option<Finding> {
    let query = context.query;
    // DISTINCT over fewer columns is another question
    if block.distinct != Distinct::No || readers.is_empty() {
        return None;
    }
    let relations: BTreeSet<RelationId> = readers.iter().copied().collect();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut whole = false;
    for reference in context.facts.references(&relations, &[]) {
        reference.expr.walk(&mut |part| match part.kind {
            ExprKind::Column(column) if relations.contains(&column.relation) => {
                used.insert(column.column);
            }
            ExprKind::WholeRow(relation) if relations.contains(&relation) => whole = true,
            _ => {}
        });
    }
    let unread: Vec<usize> = (0..block.select.len())
        .filter(|column| !used.contains(column) && block.select[*column].star)
        .collect();
    if whole
        || used.is_empty()
        || unread.len() <= FEW_COLUMNS
        || used.len() * 2 > block.select.len()
    {
        return None;
    }
    let kept = is_kept(context, expression.id, expression, readers);
    let severity = if kept && !reads_small_tables_only(context, block) {
        Severity::Warning
    } else {
        Severity::Info
    };
    let star = block.select.iter().find(|item| item.star)?;
    let name = |column: usize| block.select.get(column).map(|item| item.name.clone());
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        Evidence::Schema,
        star.span,
        format!(
            "* carries {} columns, of which {} are read",
            block.select.len(),
            used.len()
        ),
    );
    finding.columns = used.iter().filter_map(|column| name(*column)).collect();
    if let Some(relation) = readers.first() {
        finding.relation = Some(query.relation(*relation).alias.clone());
    }
    finding.why = vec![
        format!("read: {}", finding.columns.join(", ")),
        if kept {
            "the rows are kept or sorted whole, with the columns that nobody reads"
        } else {
            "PostgreSQL drops the unread columns here; naming the ones that are read shows that an index could cover them"
        }
        .to_owned(),
    ];
    Some(finding)
}

/// Whether the rows are stored or sorted with all their columns.
fn is_kept(
    context: &StatementContext<'_>,
    id: QueryExpressionId,
    expression: &QueryExpression,
    readers: &[RelationId],
) -> bool {
    let materialized = context.query.ctes.iter().any(|cte| {
        cte.query == id
            && (cte.materialized == Some(true) || cte.materialized.is_none() && readers.len() > 1)
    });
    materialized
        || !expression.order_by.is_empty() && matches!(expression.body, QueryBody::Select(_))
}

/// Average width (bytes) from which a string counts as wide.
const WIDE_STRING: f64 = 200.0;

fn wide_columns(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let query = context.query;
    if block.is_grouped()
        || one_row_block(context, block)
        || reads_small_tables_only(context, block)
    {
        return None;
    }
    let mut wide: Vec<(RelationId, String)> = Vec::new();
    for item in block.select.iter().filter(|item| item.star) {
        let Some(column) = item.expr.as_column() else {
            continue;
        };
        let RelationSource::Table(table) = query.relation(column.relation).source else {
            continue;
        };
        let Some(id) = query
            .relation(column.relation)
            .columns
            .get(column.column)
            .and_then(|column| column.catalog)
        else {
            continue;
        };
        let definition = context.catalog.table(table).column(id);
        let width = definition
            .statistics
            .as_ref()
            .and_then(|statistics| statistics.width);
        let is_wide = match context.catalog.base_type(&definition.data_type) {
            Type::Json | Type::Jsonb | Type::Xml | Type::Bytea => {
                width.is_none_or(|width| width >= WIDE_STRING)
            }
            _ => width.is_some_and(|width| width >= WIDE_STRING),
        };
        if is_wide {
            wide.push((column.relation, definition.name.clone()));
        }
    }
    let (relation, _) = wide.first()?;
    let star = block.select.iter().find(|item| item.star)?;
    let names: Vec<String> = wide.iter().map(|(_, name)| name.clone()).collect();
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Info,
        Evidence::Schema,
        star.span,
        format!("* fetches the wide columns {}", names.join(", ")),
    );
    about(context, &mut finding, *relation);
    finding.columns = names;
    finding.why = vec![
        "wide values lie in the TOAST table and are fetched and unpacked one by one".to_owned(),
        "name the columns that are needed".to_owned(),
    ];
    Some(finding)
}
