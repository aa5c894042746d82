//! One file per rule: metadata, documentation, detection. This file is the registry.

mod context;
mod finding;
mod info;

pub use context::{SchemaContext, StatementContext, Thresholds};
pub use finding::{Edit, Evidence, Finding, Fix, FixKind, Safety, Severity};
pub use info::{Documentation, FixAvailability, RuleInfo};

/// A check of statements, of the schema, or of both.
pub trait Rule: Send + Sync {
    /// Name, severity and documentation.
    fn info(&self) -> &'static RuleInfo;

    /// Looks at one statement.
    fn check_statement(&self, _context: &StatementContext<'_>, _findings: &mut Vec<Finding>) {}

    /// Looks at the schema, with all statements that were read beside it.
    fn check_schema(&self, _context: &SchemaContext<'_>, _findings: &mut Vec<Finding>) {}
}

/// All rules, ordered by name.
pub fn all() -> &'static [&'static dyn Rule] {
    &[]
}

/// The rule of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Rule> {
    all().iter().copied().find(|rule| rule.info().name == name)
}
