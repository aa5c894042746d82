use crate::catalog::{Index, IndexMethod, Table, Type};
use crate::index::is_immutable;
use crate::query::Expr;
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Severity,
    StatementContext,
};

use super::access::{index_keys, is_applicable, key_form};
use super::comparison::{Comparison, Test, comparisons, pattern_arms};
use super::index_sql::{create_index, unqualified_text};
use super::pattern::{Trigrams, starts_in_either_case, starts_open, trigrams};
use super::verdict::{finding, text, unserved_verdict};

/// A pattern that may match anywhere in the value.
pub struct LeadingWildcard;

static INFO: RuleInfo = RuleInfo {
    name: "leading-wildcard",
    summary: "LIKE '%...', ILIKE or a regular expression that a B-tree cannot serve",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds LIKE and SIMILAR TO patterns that start with a wildcard (one of them in LIKE ANY is enough), ILIKE patterns that start \
            with a letter, and regular expressions without a fixed start, where no trigram index (pg_trgm) is on the column. Patterns without three letters or digits in a row get no index proposed, as \
            trigrams cannot help them.",
        why_it_is_slow: "A B-tree is sorted by the first characters. Without them every value has to be read and matched. \
            A GIN index of pg_trgm holds every run of three characters, and finds the rows that have all those of the pattern.",
        example_schema: "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n\
            CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL);\nCREATE INDEX products_name ON products (name);",
        example_statistics: "",
        example: "SELECT id FROM products\nWHERE name LIKE '%lamp%';",
        use_instead: "CREATE INDEX products_name_trgm ON products USING gin (name gin_trgm_ops);",
        trade_off: "A trigram index is often as large as the column or larger, and slow to write: each value makes some dozen entries. \
            For words rather than parts of words, full-text search (tsvector) is smaller. For the end of a value alone, an index on reverse(column) does.",
        interview_question: "LIKE '%lamp%' on a million products: what makes it fast, and what does that cost?",
        good_answer: &[
            "A B-tree only serves a fixed start.",
            "pg_trgm with a GIN index serves LIKE, ILIKE and regular expressions with three characters in a row.",
            "Writes become slower; fastupdate and gin_pending_list_limit matter.",
            "Full-text search is another question: words, stems, ranking.",
            "For a fixed end: an index on reverse(name) and a prefix search in it.",
        ],
    },
};

impl Rule for LeadingWildcard {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for comparison in comparisons(context).iter().chain(&pattern_arms(context)) {
            if comparison.is_pattern() && starts_open(&comparison.test) {
                findings.extend(check(context, comparison));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    let table = comparison.table(context);
    if trigram_index(context, table, comparison).is_some() {
        return None;
    }
    let verdict = unserved_verdict(context, comparison)?;
    let subject = text(context, comparison.written);
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        if starts_in_either_case(&comparison.test) {
            format!(
                "the pattern on {subject} fits upper and lower case, so that no B-tree finds its start: every row is read and matched"
            )
        } else {
            format!("the pattern on {subject} has no fixed start: every row is read and matched")
        },
    );
    finding.label = Some("a B-tree needs the first characters".to_owned());
    match trigrams(&comparison.test) {
        Trigrams::Some => finding
            .fixes
            .extend(trigram_fix(context, table, comparison)),
        Trigrams::None => finding.why.push(
            "the pattern has no three letters or digits in a row: a trigram index would not help either".to_owned(),
        ),
        Trigrams::Unknown => finding.why.push(
            "whether a trigram index (pg_trgm) helps hangs on the groups and classes of the pattern: try it".to_owned(),
        ),
    }
    Some(finding)
}

/// A GIN or GiST index with trigrams of the key.
pub(super) fn trigram_index<'a>(
    context: &StatementContext<'a>,
    table: &Table,
    comparison: &Comparison<'_>,
) -> Option<&'a Index> {
    let wanted = key_form(context, &comparison.key);
    let premises: Vec<&Expr> = comparison.beside.iter().collect();
    let catalog: &'a crate::catalog::Catalog = context.catalog;
    table
        .indexes
        .iter()
        .map(|id| catalog.index(*id))
        .find(|index| {
            matches!(index.method, IndexMethod::Gin | IndexMethod::Gist)
                && is_applicable(context, comparison.relation, index, &premises)
                && index_keys(context, comparison.relation, index)
                    .iter()
                    .zip(&index.keys)
                    .any(|(key, definition)| {
                        *key == wanted
                            && definition
                                .opclass
                                .as_deref()
                                .is_some_and(|class| class.ends_with("trgm_ops"))
                    })
        })
}

fn trigram_fix(
    context: &StatementContext<'_>,
    table: &Table,
    comparison: &Comparison<'_>,
) -> Option<Fix> {
    if !comparison.is_direct() || !is_immutable(&context.facts, &comparison.key) {
        return None;
    }
    // trigrams are taken of text; a char column would have to be cast, and citext compares otherwise
    let data_type = context
        .catalog
        .base_type(comparison.key.data_type.as_ref()?);
    if !matches!(data_type, Type::Text | Type::Varchar(_)) {
        return None;
    }
    let key = unqualified_text(context, table, &comparison.key)?;
    let key = if comparison.column().is_some() {
        key
    } else {
        format!("({key})")
    };
    let known = context
        .catalog
        .extensions
        .iter()
        .any(|name| name == "pg_trgm");
    let extension = if known {
        ""
    } else {
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n"
    };
    let also = match comparison.test {
        Test::Regex { .. } => "; serves LIKE and ILIKE as well",
        _ => "",
    };
    Some(create_index(
        format!(
            "{extension}CREATE INDEX ON {} USING gin ({key} gin_trgm_ops);",
            table.name.to_short_sql()
        ),
        &format!("often as large as the column itself, and slow to write{also}"),
    ))
}
