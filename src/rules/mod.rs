//! One file per rule: metadata, documentation, detection. This file is the registry.

mod check;
mod column_usage;
mod context;
mod engine;
mod excess_work;
mod finding;
mod fixer;
mod ignores;
mod info;
mod joins;
mod levels;
mod missing_index;
mod names;
mod one_cause;
mod parameter_sensitive_plan;
mod planner_trial;
mod rewrite_fix;
mod schema_error;
mod share_of_statement;
mod slow_plan;
mod superfluous_index;
mod syntax_error;
mod unusable_index;
mod unused_ignore;

use std::sync::OnceLock;

pub use column_usage::{Asked, ColumnUsage};
pub use context::{PlanContext, SchemaContext, StatementContext, Thresholds};
pub use engine::{LintOptions, LintResult, lint, lint_plan, lint_statement, lint_with_planner};
pub use finding::{Edit, Evidence, Finding, Fix, FixKind, Safety, Severity};
pub use fixer::{FixResult, RefusedFix, RewriteCheck, fix};
pub use info::{Documentation, FixAvailability, RuleInfo};
pub use levels::{FileLevels, Level, LevelError, Levels};
pub use parameter_sensitive_plan::{
    NAME as PARAMETER_SENSITIVE_PLAN, find as find_parameter_sensitive_plan,
};
pub use slow_plan::merge_plan_findings;

/// A check of statements, of the schema, or of plans.
pub trait Rule: Send + Sync {
    /// Name, severity and documentation.
    fn info(&self) -> &'static RuleInfo;

    /// Looks at one statement.
    fn check_statement(&self, _context: &StatementContext<'_>, _findings: &mut Vec<Finding>) {}

    /// Looks at a plan of one statement.
    fn check_plan(&self, _context: &PlanContext<'_>, _findings: &mut Vec<Finding>) {}

    /// Looks at the schema, with all statements that were read beside it.
    fn check_schema(&self, _context: &SchemaContext<'_>, _findings: &mut Vec<Finding>) {}
}

/// All rules, ordered by name.
pub fn all() -> &'static [&'static dyn Rule] {
    static ALL: OnceLock<Vec<&'static dyn Rule>> = OnceLock::new();
    ALL.get_or_init(|| {
        let own: &[&dyn Rule] = &[
            &parameter_sensitive_plan::ParameterSensitivePlan,
            &schema_error::SchemaErrorRule,
            &syntax_error::SyntaxErrorRule,
            &unused_ignore::UnusedIgnoreRule,
        ];
        let mut all: Vec<&dyn Rule> = [
            own,
            names::RULES,
            joins::RULES,
            unusable_index::RULES,
            missing_index::RULES,
            superfluous_index::RULES,
            excess_work::RULES,
            slow_plan::RULES,
        ]
        .concat();
        all.sort_by_key(|rule| rule.info().name);
        all
    })
}

/// The rule of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Rule> {
    all().iter().copied().find(|rule| rule.info().name == name)
}

/// The rule whose name is most like a misspelled one, where any is near.
pub fn nearest_rule(name: &str) -> Option<&'static str> {
    all()
        .iter()
        .map(|rule| rule.info().name)
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_ordered_by_name_and_named_once() {
        let names: Vec<&str> = all().iter().map(|rule| rule.info().name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }
}
