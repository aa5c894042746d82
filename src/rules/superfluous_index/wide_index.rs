use super::support::{about_index, own_indexes};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// An index with many columns.
pub struct WideIndex;

static INFO: RuleInfo = RuleInfo {
    name: "wide-index",
    summary: "an index with many columns",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds B-trees with more than five key columns, or more than eight columns with INCLUDE.",
        why_it_is_slow: "Each entry repeats all the columns: the index grows towards the size of the table, and every UPDATE of one of them has to write it. Columns after the first range condition do not narrow the search.",
        example_schema: "CREATE TABLE visits (a int, b int, c int, d int, e int, f int);",
        example_statistics: "",
        example: "CREATE INDEX visits_all ON visits (a, b, c, d, e, f);",
        use_instead: "CREATE INDEX visits_a_b ON visits (a, b);",
        trade_off: "A query that is answered from the index alone may read the table again.",
        interview_question: "Why not index all columns that a query names?",
        good_answer: &[
            "Only equality columns and one range or order narrow the search.",
            "Width costs memory, disk and writes.",
            "HOT updates need that no indexed column changes.",
        ],
    },
};

impl Rule for WideIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            let columns = index.keys.len() + index.include.len();
            if index.constraint.is_some() || index.keys.len() <= 5 && columns <= 8 {
                continue;
            }
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Info,
                Evidence::Schema,
                index,
                format!("index {} holds {columns} columns", index.name.name),
            );
            finding.why = vec![
                "each entry repeats all of them, and each UPDATE of one of them writes the index"
                    .to_owned(),
            ];
            findings.push(finding);
        }
    }
}
