use crate::catalog::{Index, IndexKey, IndexMethod, Table, Type};
use crate::query::Expr;
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Severity,
    StatementContext,
};

use super::access::{column_of, index_keys, is_applicable, key_form};
use super::comparison::{Comparison, comparisons};
use super::index_sql::{INDEX_COST, create_index, unqualified_text};
use super::leading_wildcard::trigram_index;
use super::pattern::fixed_prefix;
use super::verdict::{finding, text, unserved_verdict};

/// A prefix search whose index is sorted by a language's rules.
pub struct LikeNeedsOpclass;

static INFO: RuleInfo = RuleInfo {
    name: "like-needs-opclass",
    summary: "LIKE 'abc%' over an index that is sorted by a language's rules",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds prefix searches (LIKE 'abc%', regular expressions '^abc') on a column that has a plain B-tree, where the column's \
            collation is not C and no index with text_pattern_ops, of collation C or with trigrams is there. Where the database's collation is not \
            known, it is taken to be a language's, as most are.",
        why_it_is_slow: "LIKE 'abc%' is a range (from 'abc' up to 'abd') only where strings sort byte by byte. Under en_US.UTF-8 and its like they do not, so \
            PostgreSQL cannot use the plain index for LIKE, though it uses it for = and ORDER BY.",
        example_schema: "CREATE TABLE articles (id int PRIMARY KEY, sku text NOT NULL);\nCREATE INDEX articles_sku ON articles (sku);",
        example_statistics: "",
        example: "SELECT id FROM articles\nWHERE sku LIKE 'KRX-%';",
        use_instead: "CREATE INDEX articles_sku_pattern ON articles (sku text_pattern_ops);",
        trade_off: "A second index beside the plain one, which ORDER BY and < still need; the new one serves = as well. \
            For codes that are never sorted for people, a column with COLLATE \"C\" needs one index only.",
        interview_question: "LIKE 'abc%' uses the index on my machine, and not in production. What differs?",
        good_answer: &[
            "The collation of the database: C here, a language's there.",
            "Only byte order makes a prefix a range.",
            "text_pattern_ops (varchar_pattern_ops, bpchar_pattern_ops) is an operator class with byte order.",
            "COLLATE \"C\" for the column or the index does it too.",
        ],
    },
};

impl Rule for LikeNeedsOpclass {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for comparison in comparisons(context) {
            if comparison.is_pattern() && fixed_prefix(&comparison.test).is_some() {
                findings.extend(check(context, comparison));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    let table = comparison.table(context);
    let data_type = context
        .catalog
        .base_type(comparison.key.data_type.as_ref()?);
    let class = match data_type {
        Type::Text => "text_pattern_ops",
        Type::Varchar(_) => "varchar_pattern_ops",
        Type::Char(_) => "bpchar_pattern_ops",
        _ => return None,
    };
    if trigram_index(context, table, comparison).is_some() {
        return None;
    }
    let leading = leading_keys(context, table, comparison);
    let plain = leading
        .iter()
        .find(|(index, _)| index.method == IndexMethod::Btree)?
        .0;
    if leading
        .iter()
        .any(|(_, key)| sorts_by_bytes(context, table, comparison, key))
    {
        return None;
    }
    let verdict = unserved_verdict(context, comparison)?;
    let subject = text(context, comparison.written);
    let prefix = fixed_prefix(&comparison.test)?;
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        format!(
            "index {} cannot be searched for the prefix of {subject}",
            plain.name.name
        ),
    );
    finding.index = Some(plain.name.name.clone());
    finding.label = Some(format!("'{prefix}...' is no range in a language's order"));
    finding.why = vec![match context.catalog.server.collation.as_deref() {
        Some(collation) => format!("the index is sorted by {collation}, not byte by byte"),
        None => "the index is sorted by the database's collation, taken to be a language's as it is not known".to_owned(),
    }];
    if let Some(rows) = verdict.rows {
        finding.why.push(format!(
            "the statistics give {} rows: each is read and matched",
            super::verdict::readable(rows)
        ));
    }
    finding.fixes.extend(fix(context, table, comparison, class));
    Some(finding)
}

fn fix(
    context: &StatementContext<'_>,
    table: &Table,
    comparison: &Comparison<'_>,
    class: &str,
) -> Option<Fix> {
    if !comparison.is_direct() {
        return None;
    }
    let key = unqualified_text(context, table, &comparison.key)?;
    let key = if comparison.column().is_some() {
        key
    } else {
        format!("({key})")
    };
    Some(create_index(
        format!(
            "CREATE INDEX ON {} ({key} {class});",
            table.name.to_short_sql()
        ),
        &format!("{INDEX_COST}; the plain index stays for ORDER BY and ranges"),
    ))
}

/// The indexes that start with the key (or hold it behind keys that other conditions fix), and that key of each.
fn leading_keys<'a>(
    context: &StatementContext<'a>,
    table: &Table,
    comparison: &Comparison<'_>,
) -> Vec<(&'a Index, &'a IndexKey)> {
    let wanted = key_form(context, &comparison.key);
    let premises: Vec<&Expr> = comparison.beside.iter().collect();
    let fixed = super::access::bounds(context, table, comparison.relation, &comparison.beside);
    let catalog: &'a crate::catalog::Catalog = context.catalog;
    table
        .indexes
        .iter()
        .map(|id| catalog.index(*id))
        .filter(|index| matches!(index.method, IndexMethod::Btree | IndexMethod::SpGist))
        .filter(|index| is_applicable(context, comparison.relation, index, &premises))
        .filter_map(|index| {
            let keys = index_keys(context, comparison.relation, index);
            let at = keys.iter().position(|key| {
                *key == wanted
                    || !fixed
                        .iter()
                        .any(|bound| bound.equality && bound.key == *key)
            })?;
            (keys.get(at) == Some(&wanted)).then(|| index.keys.get(at).map(|key| (index, key)))?
        })
        .collect()
}

/// Whether a key is sorted byte by byte.
fn sorts_by_bytes(
    context: &StatementContext<'_>,
    table: &Table,
    comparison: &Comparison<'_>,
    key: &IndexKey,
) -> bool {
    if key
        .opclass
        .as_deref()
        .is_some_and(|class| class.ends_with("_pattern_ops"))
    {
        return true;
    }
    let column = comparison
        .column()
        .and_then(|column| column_of(table, column))
        .and_then(|column| column.collation.as_deref());
    let collation = key.collation.as_deref().or(column).or(context
        .catalog
        .server
        .collation
        .as_deref());
    collation.is_some_and(|name| {
        let name = name
            .rsplit_once("pg_catalog.")
            .map_or(name, |(_, name)| name);
        matches!(
            name.trim_matches('"'),
            "C" | "POSIX" | "ucs_basic" | "C.UTF-8" | "C.utf8"
        )
    })
}
