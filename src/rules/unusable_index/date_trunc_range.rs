use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

use super::comparison::Comparison;
use super::each_comparison::check_each;
use super::moment_range::{as_range, is_range_of_time};
use super::verdict::{finding, text, verdict};
use super::wrapped::{Wrapping, wrapping};

/// A part of a date or moment where a half-open range would do.
pub struct DateTruncRange;

static INFO: RuleInfo = RuleInfo {
    name: "date-trunc-range",
    summary: "a date part is compared where a half-open range of the column would do",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds `date_trunc('month', ts) = ...`, `ts::date = ...`, `extract(year FROM ts) = ...` and `to_char(ts, 'YYYY-MM') = ...`: \
            each picks one stretch of time, and is the same as a range that includes its start and excludes its end. \
            `extract(month ...)` is none (it is one month of every year), and is not reported.",
        why_it_is_slow: "The function is computed for every row, and an index on the column is an index on another value. PostgreSQL does not know either how many \
            rows pass (it takes 0.5 % for equality with an expression), so joins above are planned badly.",
        example_schema: "CREATE TABLE trips (id int PRIMARY KEY, started_at timestamp NOT NULL);\nCREATE INDEX trips_started ON trips (started_at);",
        example_statistics: "",
        example: "SELECT id FROM trips\nWHERE date_trunc('month', started_at) = '2024-02-01';",
        use_instead: "SELECT id FROM trips\nWHERE started_at >= '2024-02-01' AND started_at < '2024-03-01';",
        trade_off: "None for timestamp and date. For timestamptz the bounds are read in the session's time zone, as the function was: say which zone is meant.",
        interview_question: "All orders of February 2024: how do you write it, and why not with to_char or BETWEEN?",
        good_answer: &[
            "A half-open range: at or after the first of February, before the first of March.",
            "The column stands alone, so a B-tree on it is searched for one range.",
            "BETWEEN includes its end: midnight of the first of March, or it misses the last second's fractions.",
            "An index on date_trunc(...) would serve this one query only, and is not possible for timestamptz, as its result hangs on the session's zone.",
        ],
    },
};

impl Rule for DateTruncRange {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        check_each(context, findings, |comparison| {
            let cut = wrapping(context, comparison) == Some(Wrapping::PartOfTime)
                && !comparison.is_pattern()
                && is_range_of_time(&comparison.key);
            cut.then(|| check(context, comparison)).flatten()
        });
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    let verdict = verdict(context, comparison)?;
    let key = text(context, comparison.written);
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        format!("{key} is computed for every row; a range of the column would use an index"),
    );
    finding.label = Some("compare the column with a start and an end".to_owned());
    finding.fixes.extend(as_range(context, comparison));
    Some(finding)
}
