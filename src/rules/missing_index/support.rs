//! What the rules about missing indexes share: a proposal as a finding.

use crate::catalog::{Table, TableKind};
use crate::index::{ASSUMED_ROWS, IndexDefinition, Proposal, ProposalKind, readable_bytes};
use crate::query::one_line;
use crate::rules::{Evidence, Finding, Fix, FixKind, RuleInfo, Safety, Severity, StatementContext};

/// Reports the proposals of some kinds under a rule's name.
pub(super) fn report_kinds(
    context: &StatementContext<'_>,
    info: &RuleInfo,
    kinds: &[ProposalKind],
    findings: &mut Vec<Finding>,
) {
    if context.query.has_unresolved {
        return;
    }
    findings.extend(
        context
            .advice()
            .proposals
            .iter()
            .filter(|proposal| kinds.contains(&proposal.kind))
            .map(|proposal| report(context, info, proposal)),
    );
}

fn report(context: &StatementContext<'_>, info: &RuleInfo, proposal: &Proposal) -> Finding {
    let query = context.query;
    let relation = query.relation(proposal.relation);
    let table = context.catalog.table(proposal.table);
    let evidence = if proposal.has_statistics {
        Evidence::Statistics
    } else {
        Evidence::Schema
    };
    let severity = match (proposal.kind, proposal.has_statistics) {
        (ProposalKind::Covering, _) | (_, false) => Severity::Info,
        (_, true) => Severity::Warning,
    };
    let span = proposal
        .spans
        .first()
        .copied()
        .or_else(|| {
            let block = query.block(proposal.block);
            let order = query.expression(block.expression?).order_by_span;
            order.filter(|_| proposal.serves_order)
        })
        .unwrap_or(relation.span);
    let columns = proposal.columns.join(", ");
    let alias = &relation.alias;
    let message = message(proposal, alias, &columns);
    let mut finding = Finding::at(query, info.name, severity, evidence, span, message);
    finding.relation = Some(alias.clone());
    finding.table = Some(table.name.to_string());
    finding.columns = proposal.columns.clone();
    finding.label = Some(match proposal.kind {
        ProposalKind::Covering => format!("finds rows that are then read from {alias}"),
        _ => format!("no index serves this for {alias}"),
    });
    finding.why = why(context, proposal, alias);
    finding
        .facts
        .insert("rows".to_owned(), rounded(proposal.table_rows));
    finding
        .facts
        .insert("pages".to_owned(), rounded(proposal.table_pages));
    finding
        .facts
        .insert("blocks_before".to_owned(), rounded(proposal.before.blocks));
    finding
        .facts
        .insert("blocks_after".to_owned(), rounded(proposal.after.blocks));
    finding
        .facts
        .insert("index_bytes".to_owned(), rounded(proposal.size.bytes()));
    let sql = match proposal.extension {
        Some(extension) => format!(
            "CREATE EXTENSION IF NOT EXISTS {extension};\n{}",
            proposal.sql
        ),
        None => proposal.sql.clone(),
    };
    finding.fixes.push(Fix {
        kind: FixKind::CreateIndex,
        sql,
        safety: Safety::Review,
        tradeoff: trade_off(context, proposal),
        edits: Vec::new(),
    });
    finding
}

fn rounded(value: f64) -> serde_json::Value {
    serde_json::Value::from(value.round() as i64)
}

fn message(proposal: &Proposal, alias: &str, columns: &str) -> String {
    match proposal.kind {
        ProposalKind::Covering => {
            format!(
                "an index that also holds the other columns read of {alias} would spare the reading of its rows"
            )
        }
        ProposalKind::Partial => {
            format!(
                "the few rows of {alias} that are wanted have no index of their own: a partial index on ({columns}) is small and finds them"
            )
        }
        ProposalKind::Expression => {
            format!("no index of {alias} holds the expression compared: index {columns}")
        }
        ProposalKind::OperatorClass => {
            format!(
                "the prefix search on {alias} needs an index on ({columns}) that compares byte by byte"
            )
        }
        ProposalKind::Trigram => {
            format!("a search within {columns} of {alias} needs a trigram index")
        }
        ProposalKind::Gin => format!("no index of {alias} looks inside of {columns}: GIN does"),
        ProposalKind::Gist => {
            format!(
                "no index of {alias} finds ranges by what they contain: GiST on ({columns}) does"
            )
        }
        ProposalKind::Brin => {
            format!(
                "a BRIN index on {columns} of {alias} skips the parts of the table that are out of range"
            )
        }
        ProposalKind::MixedOrder => {
            format!(
                "no index of {alias} has the order wanted, with ascending and descending columns: ({columns})"
            )
        }
        ProposalKind::Plain if proposal.serves_order && proposal.spans.is_empty() => {
            format!("no index gives {alias} in the order wanted: index ({columns})")
        }
        ProposalKind::Plain if proposal.serves_join => {
            format!(
                "no index finds the rows of {alias} for a row of the other side: index ({columns})"
            )
        }
        ProposalKind::Plain => {
            format!("no index serves the conditions on {alias}: index ({columns})")
        }
    }
}

fn why(context: &StatementContext<'_>, proposal: &Proposal, alias: &str) -> Vec<String> {
    let table = context.catalog.table(proposal.table);
    let mut why = Vec::new();
    let conditions: Vec<String> = proposal
        .spans
        .iter()
        .map(|span| format!("\"{}\"", one_line(&context.query.file, *span)))
        .collect();
    let times = if proposal.loops >= 2.0 {
        format!(" each of about {:.0} times", proposal.loops)
    } else {
        String::new()
    };
    if proposal.kind == ProposalKind::Covering {
        why.push(format!(
            "each entry found leads to a row in another page of {}: about {:.0} blocks{times}; with the columns in the index about {:.0}",
            table.name, proposal.before.blocks, proposal.after.blocks
        ));
    } else {
        let reads = format!(
            "PostgreSQL reads about {:.0} blocks of 8 kB{times} as it is, about {:.0} with the index",
            proposal.before.blocks, proposal.after.blocks
        );
        why.push(if conditions.is_empty() {
            reads
        } else {
            format!("for {}, {reads}", conditions.join(" and "))
        });
    }
    if proposal.serves_order {
        let block = context.query.block(proposal.block);
        let limited = block
            .expression
            .is_some_and(|id| context.query.expression(id).limit.is_some());
        why.push(
            if limited {
                "the rows come in the order wanted: nothing is sorted, and LIMIT ends the reading"
            } else {
                "the rows come in the order wanted: nothing is sorted"
            }
            .to_owned(),
        );
    }
    if proposal.has_statistics {
        why.push(format!(
            "known from statistics: {alias} has {:.0} rows in {:.0} pages",
            proposal.table_rows, proposal.table_pages
        ));
        if proposal.assumed {
            why.push(
                "where a column has no statistics, PostgreSQL's own default was assumed (200 values, 0.5 % of the rows in a closed range)"
                    .to_owned(),
            );
        }
    } else {
        why.push(format!(
            "no statistics of {}: assumed {ASSUMED_ROWS:.0} rows; a small table needs no index",
            table.name
        ));
    }
    // the key of a partial index says little about the condition, and a covering one is for an index that serves
    if matches!(
        proposal.kind,
        ProposalKind::Partial | ProposalKind::Covering
    ) {
        return why;
    }
    let nearest: Vec<String> = context
        .catalog
        .indexes_of(table)
        .filter(|index| {
            index
                .leading_columns()
                .any(|id| proposal.columns.contains(&table.column(id).name))
        })
        .map(|index| index.name.name.clone())
        .take(3)
        .collect();
    if !nearest.is_empty() {
        why.push(format!(
            "what exists does not serve: {} (by its leading columns, predicate or order)",
            nearest.join(", ")
        ));
    }
    why
}

/// How the index of a table is built without stopping those who write it.
pub(super) fn build_in_use(table: &Table) -> &'static str {
    match table.kind {
        TableKind::Partitioned { .. } => {
            "on a table in use create it ON ONLY the parent, build it CONCURRENTLY on each partition, and attach those"
        }
        _ => "build it with CREATE INDEX CONCURRENTLY on a table in use",
    }
}

/// Size and price of writing, in words.
pub(super) fn trade_off(context: &StatementContext<'_>, proposal: &Proposal) -> String {
    let table = context.catalog.table(proposal.table);
    let size = readable_bytes(proposal.size.bytes());
    let writes = match proposal.kind {
        ProposalKind::Gin | ProposalKind::Trigram => {
            "each insert adds an entry for each element, which makes writing markedly slower"
        }
        ProposalKind::Brin => "writing costs next to nothing",
        ProposalKind::Partial => {
            "only rows that satisfy its predicate cost an entry more on writing"
        }
        _ => "each insert, and each update that changes one of its columns, writes one entry more",
    };
    let hot = match &table.statistics {
        Some(statistics)
            if statistics
                .updates
                .is_some_and(|updates| updates > statistics.rows) =>
        {
            "; updates of these columns can no longer be heap-only"
        }
        _ => "",
    };
    let replaced: Vec<String> = context
        .catalog
        .indexes_of(table)
        .filter(|index| index.constraint.is_none() && !index.unique)
        .filter(|index| {
            IndexDefinition::existing(context.schema, index)
                .is_some_and(|existing| proposal.definition.contains(&existing))
        })
        .map(|index| index.name.name.clone())
        .collect();
    let replaced = if replaced.is_empty() {
        String::new()
    } else {
        format!("; it serves what {} serves", replaced.join(" and "))
    };
    let assumed = if proposal.has_statistics {
        ""
    } else {
        " (for the rows assumed)"
    };
    format!(
        "about {size}{assumed}; {writes}{hot}{replaced}; {}",
        build_in_use(table)
    )
}
