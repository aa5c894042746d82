use thiserror::Error;

use crate::planner::PlannerError;
use crate::sandbox::SandboxError;
use crate::source::SyntaxError;

/// Why a query could not be explained.
#[derive(Debug, Error)]
pub enum ExplainError {
    #[error("the query cannot be read: {0}")]
    Syntax(#[from] SyntaxError),
    #[error("{0}")]
    Sandbox(#[from] SandboxError),
    #[error("{0}")]
    Planner(#[from] PlannerError),
    #[error("the plan that the server returned cannot be read: {0}")]
    Plan(#[from] crate::plan::PlanError),
}
