//! Why is one query slow: its plan, the findings, and each fix tried, on generated rows, on statistics alone, or on a
//! live server.

mod attempt;
mod choose;
mod error;
mod evidence;
mod explanation;
mod investigate;
mod live;
mod plan_file;
mod planned;
mod sandboxed;
mod trial;

pub use attempt::{Attempt, AttemptRows, WhatIf, WhatIfError};
pub use choose::{ChooseError, choose_statement};
pub use error::ExplainError;
pub use explanation::{Environment, Explanation, Figures, ServerName, StatisticsSource};
pub use live::analyze_live;
pub use plan_file::explain_plan;
pub use planned::{PlannedOptions, explain_planned};
pub use sandboxed::{SandboxOptions, Stage, explain_in_sandbox};
