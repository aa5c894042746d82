use super::support::{about_index, drop_index, own_indexes};
use crate::catalog::{Column, Index, IndexMethod, Table, Type};
use crate::index::{IndexDefinition, finds_prefixes};
use crate::rules::{
    Asked, Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext,
    Severity,
};

/// A B-tree on long text.
pub struct TextColumnIndex;

static INFO: RuleInfo = RuleInfo {
    name: "text-column-index",
    summary: "a B-tree on long text",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds B-trees whose first column is text, citext or a long or unbounded varchar: with statistics where the values \
            are wide, or are whole numbers or uuids stored as text; without them as a note. Short codes are not reported, nor the indexes of constraints.",
        why_it_is_slow: "Each entry repeats the text: the index is many times as large as one on an integer, so fewer entries fit on a \
            page and into memory. An entry beyond 2,704 bytes cannot be inserted at all. LIKE 'abc%' needs text_pattern_ops unless the \
            collation is C, and LIKE '%abc%' cannot use a B-tree.",
        example_schema: "CREATE TABLE visits (id bigint PRIMARY KEY, user_agent text NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX visits_user_agent ON visits (user_agent);",
        use_instead: "CREATE INDEX visits_user_agent ON visits USING hash (user_agent);",
        trade_off: "A hash index serves equality only: no order, no ranges, no index-only scans.",
        interview_question: "Does the type of a column matter when you decide about an index?",
        good_answer: &[
            "An integer or uuid makes small entries of one size; text makes large ones.",
            "Numbers and uuids stored as text should get their own type.",
            "For equality on long text: a hash index, or a B-tree on a digest.",
            "For substrings: a trigram GIN; for words: tsvector.",
            "Prefix searches need text_pattern_ops or the C collation.",
        ],
    },
};

/// Shorter numbers take hardly more room as text.
const SHORTEST_IDENTIFIER: f64 = 15.0;

/// What the values of a text column really are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StoredAsText {
    WholeNumber,
    Uuid,
}

impl StoredAsText {
    fn of(value: &str) -> Option<Self> {
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        if digits && !value.is_empty() && !value.starts_with('0') && value.parse::<i64>().is_ok() {
            return Some(Self::WholeNumber);
        }
        let uuid = value.len() == 36
            && value.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        uuid.then_some(Self::Uuid)
    }

    fn advice(self) -> &'static str {
        match self {
            Self::WholeNumber => {
                "every value known is a whole number: as bigint it takes 8 bytes, compares faster and cannot hold anything else"
            }
            Self::Uuid => {
                "every value known is a uuid: the type uuid takes 16 bytes instead of 37 and cannot hold anything else"
            }
        }
    }
}

/// What all values are that the statistics and the queries show; `None` where they differ, or none is known.
fn stored_as_text(column: &Column, forms: &[Asked]) -> Option<StoredAsText> {
    let statistics = column.statistics.as_ref();
    let measured = statistics.into_iter().flat_map(|one| {
        one.most_common
            .iter()
            .map(|(value, _)| value)
            .chain(&one.histogram)
    });
    let asked = forms.iter().filter_map(|form| match form {
        Asked::Equal(Some(value)) => Some(value),
        _ => None,
    });
    let mut kinds = measured.chain(asked).map(|value| StoredAsText::of(value));
    let first = kinds.next()??;
    kinds.all(|kind| kind == Some(first)).then_some(first)
}

/// Tables with fewer rows have small indexes whatever they hold.
const SMALL_TABLE: f64 = 1000.0;

impl Rule for TextColumnIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            let table = context.catalog.table(index.table);
            let Some(column) = index.leading_columns().next() else {
                continue;
            };
            if index.method == IndexMethod::Btree && index.constraint.is_none() {
                findings.extend(check(context, table, index, table.column(column), column.0));
            }
        }
    }
}

fn check(
    context: &SchemaContext<'_>,
    table: &Table,
    index: &Index,
    column: &Column,
    position: usize,
) -> Option<Finding> {
    let declared = match context.catalog.base_type(&column.data_type) {
        Type::Text | Type::Citext | Type::Varchar(None) => None,
        Type::Varchar(Some(length)) => Some(*length),
        _ => return None,
    };
    let rows = table.statistics.as_ref().map(|statistics| statistics.rows);
    if rows.is_some_and(|rows| rows < SMALL_TABLE) {
        return None;
    }
    let width = column
        .statistics
        .as_ref()
        .and_then(|statistics| statistics.width);
    let forms: Vec<Asked> = context.usage.asked(table.id, position).cloned().collect();
    let stored = stored_as_text(column, &forms);
    let (severity, evidence) = match width {
        Some(width) if stored.is_some() && width >= SHORTEST_IDENTIFIER => {
            (Severity::Warning, Evidence::Statistics)
        }
        Some(width) if width > context.thresholds.wide_text_bytes => {
            (Severity::Warning, Evidence::Statistics)
        }
        Some(_) => return None,
        // without a measured width only what is declared to be long is worth a note
        None if rows.is_none() && declared.is_none_or(|length| length > 255) => {
            (Severity::Info, Evidence::Schema)
        }
        None => return None,
    };
    // small because of its predicate
    if index.predicate.is_some() && evidence == Evidence::Schema {
        return None;
    }
    let equal = forms.iter().any(|form| matches!(form, Asked::Equal(_)));
    let pattern = forms
        .iter()
        .any(|form| matches!(form, Asked::Pattern { prefix: false }));
    let prefix = forms
        .iter()
        .any(|form| matches!(form, Asked::Pattern { prefix: true }));
    let ordered = forms.contains(&Asked::Range);
    let by_bytes = compares_by_bytes(context, index);
    // just what a search by prefix needs
    if prefix && by_bytes && stored.is_none() {
        return None;
    }
    let mut finding = about_index(
        context,
        INFO.name,
        if index.unique {
            Severity::Info
        } else {
            severity
        },
        evidence,
        index,
        match width {
            Some(width) => format!(
                "index {} repeats {}, {:.0} bytes on average, in each entry",
                index.name.name, column.name, width
            ),
            None => format!(
                "index {} is a B-tree on {}, a text without a short limit",
                index.name.name, column.name
            ),
        },
    );
    if let (Some(width), Some(rows)) = (width, rows) {
        // entry: 8 bytes of tuple header, 4 of item pointer, the value; pages are filled to 90 %
        let size = rows * (width + 12.0) / 0.9;
        finding.why.push(format!(
            "estimated from the statistics: about {:.0} MB for {rows:.0} rows; on a bigint it would be {:.0} MB",
            size / 1e6,
            rows * 20.0 / 0.9 / 1e6
        ));
        finding
            .facts
            .insert("index_bytes".to_owned(), size.round().into());
    } else {
        finding.why.push("known from the schema: the type has no short limit; no statistics tell how long the values are".to_owned());
    }
    finding.why.push(
        if by_bytes {
            "entries beyond 2,704 bytes are refused"
        } else {
            "entries beyond 2,704 bytes are refused; LIKE 'abc%' needs text_pattern_ops unless the collation is C"
        }
        .to_owned(),
    );
    finding.why.push(
        if let Some(stored) = stored {
            stored.advice()
        } else if pattern {
            "the queries search inside the text: a trigram GIN index (pg_trgm) serves that, a B-tree does not"
        } else if prefix {
            "the queries search by prefix: text_pattern_ops, or an index on left(column, n)"
        } else if equal && !ordered {
            "the queries ask for equality: a hash index, or a B-tree on a digest such as md5(column)"
        } else {
            "use an integer or uuid where the value is one; a hash index for equality; tsvector for words"
        }
        .to_owned(),
    );
    if pattern && !equal && !prefix && !ordered && !index.unique {
        finding.fixes.push(drop_index(
            index,
            "equality and order on this column lose their index",
        ));
    }
    Some(finding)
}

/// Whether the first key serves LIKE 'abc%': by its operator class or its collation.
fn compares_by_bytes(context: &SchemaContext<'_>, index: &Index) -> bool {
    let table = context.catalog.table(index.table);
    IndexDefinition::existing(context.schema, index)
        .and_then(|definition| definition.keys.into_iter().next())
        .is_some_and(|key| finds_prefixes(context.catalog, table, &key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_uuids_are_told_from_codes() {
        assert_eq!(
            StoredAsText::of("903000000000012345"),
            Some(StoredAsText::WholeNumber)
        );
        assert_eq!(
            StoredAsText::of("c4ca4238-a0b9-2382-0dcc-509a6f75849b"),
            Some(StoredAsText::Uuid)
        );
        assert_eq!(StoredAsText::of("0012345"), None);
        assert_eq!(StoredAsText::of("AAAA1234"), None);
    }
}
