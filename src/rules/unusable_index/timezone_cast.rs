use crate::catalog::Type;
use crate::query::{ExprKind, Literal};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

use super::comparison::{Comparison, Test};
use super::each_comparison::check_each;
use super::moment_range::{as_range, is_utc};
use super::pattern::fixed_prefix;
use super::verdict::{finding, operand_text, replace_conjunct, text, verdict};
use super::wrapped::{Wrapping, wrapping};

/// A cast or AT TIME ZONE around a column whose result hangs on a time zone.
pub struct TimezoneCast;

static INFO: RuleInfo = RuleInfo {
    name: "timezone-cast",
    summary: "a column is moved to a time zone or cast across one before it is compared",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds comparisons of a timestamptz column cast to date or timestamp, of a timestamp column cast to timestamptz, \
            and of `column AT TIME ZONE '...'`. The zone belongs on the constant: it is moved once, and the column stays as it is stored.",
        why_it_is_slow: "The cast is computed for every row, and an index on the column does not serve. An index on the cast is refused (its result hangs on the \
            session's time zone, so it is not immutable), and the same query gives other rows in another session.",
        example_schema: "CREATE TABLE events (id int PRIMARY KEY, happened_at timestamptz NOT NULL);\nCREATE INDEX events_happened ON events (happened_at);",
        example_statistics: "",
        example: "SELECT id FROM events\nWHERE (happened_at AT TIME ZONE 'Europe/Berlin')::date = '2024-02-01';",
        use_instead: "SELECT id FROM events\nWHERE happened_at >= '2024-02-01'::timestamp AT TIME ZONE 'Europe/Berlin'\n  AND happened_at < '2024-02-02'::timestamp AT TIME ZONE 'Europe/Berlin';",
        trade_off: "In the hour that the clocks repeat in autumn, two moments have one local time: the range treats them by their moment.",
        interview_question: "Events are stored as timestamptz. How do you count those of one day in Berlin, with an index?",
        good_answer: &[
            "timestamptz stores a moment in UTC; the zone only matters for reading and writing.",
            "Turn the day's two midnights into moments: AT TIME ZONE on the constants.",
            "A cast to date uses the session's TimeZone: the result is not stable from client to client.",
            "For that reason PostgreSQL refuses an index on the cast.",
        ],
    },
};

impl Rule for TimezoneCast {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        check_each(context, findings, |comparison| {
            let moved = wrapping(context, comparison) == Some(Wrapping::TimeZone)
                && (!comparison.is_pattern() || fixed_prefix(&comparison.test).is_some());
            moved.then(|| check(context, comparison)).flatten()
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
        format!("{key} is computed for every row, and hangs on a time zone: no index serves"),
    );
    finding.label = Some("move the constant to the zone, not the column".to_owned());
    let fix = as_range(context, comparison).or_else(|| moved(context, comparison));
    finding.fixes.extend(fix);
    Some(finding)
}

/// The comparison with the zone on the constant.
fn moved(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Fix> {
    if !comparison.can_be_rewritten {
        return None;
    }
    let (column, zone, written_type) = match &comparison.written.kind {
        ExprKind::Cast { operand, data_type } => (operand.as_ref(), None, data_type),
        ExprKind::Function(call) if call.name == "timezone" => match call.arguments.as_slice() {
            [zone, column] => (column, Some(zone), comparison.written.data_type.as_ref()?),
            _ => return None,
        },
        _ => return None,
    };
    column.as_column()?;
    let from = context.catalog.base_type(column.data_type.as_ref()?);
    if !matches!(written_type, Type::Timestamp | Type::TimestampTz) {
        return None;
    }
    let name = text(context, column);
    let bound = |value: &crate::query::Expr| -> Option<String> {
        let untyped = matches!(
            value.kind,
            ExprKind::Literal(Literal::String(_)) | ExprKind::Parameter(_)
        );
        let typed = match &value.data_type {
            _ if untyped => format!("{}::{written_type}", text(context, value)),
            Some(data_type) if data_type == written_type => operand_text(context, value),
            Some(Type::Date) if zone.is_some() => {
                format!("{}::{written_type}", operand_text(context, value))
            }
            _ => return None,
        };
        Some(match zone {
            Some(zone) => format!("{typed} AT TIME ZONE {}", operand_text(context, zone)),
            None => typed,
        })
    };
    let replacement = match &comparison.test {
        Test::Compare(op, value) => format!("{name} {} {}", op.symbol(), bound(value)?),
        // AT TIME ZONE is no bound of BETWEEN without parentheses
        Test::Between(low, high) => {
            let (low, high) = (bound(low)?, bound(high)?);
            match zone {
                Some(_) => format!("{name} BETWEEN ({low}) AND ({high})"),
                None => format!("{name} BETWEEN {low} AND {high}"),
            }
        }
        _ => return None,
    };
    // timestamp and timestamptz have operators that convert just as the cast does
    let exact = match zone {
        Some(zone) => is_utc(zone),
        None => *from == Type::Timestamp && *written_type == Type::TimestampTz,
    };
    let (safety, tradeoff) = if exact {
        (Safety::Equivalent, "the same rows")
    } else {
        (
            Safety::Review,
            "hours that the clocks repeat or skip in the zone may fall differently",
        )
    };
    replace_conjunct(context, comparison.conjunct, replacement, safety, tradeoff)
}
