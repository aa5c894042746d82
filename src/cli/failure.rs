use std::fmt;
use std::process::ExitCode;

use crate::report::without_control_characters;

/// Why a command did not do its work, in three parts: what was being done, what went wrong, what to do now.
#[derive(Debug)]
pub(super) struct Failure {
    kind: FailureKind,
    doing: String,
    problem: String,
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FailureKind {
    /// Wrong usage or configuration.
    Usage,
    /// File unreadable, no connection, server error.
    Unable,
}

impl Failure {
    /// Wrong usage or configuration: exit code 2.
    pub(super) fn usage(doing: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::new(FailureKind::Usage, doing, problem)
    }

    /// It could not be done (file unreadable, no connection, server error): exit code 3.
    pub(super) fn unable(doing: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::new(FailureKind::Unable, doing, problem)
    }

    fn new(kind: FailureKind, doing: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self {
            kind,
            doing: doing.into(),
            problem: problem.to_string(),
            remedy: None,
        }
    }

    /// What the user can do now.
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        match self.kind {
            FailureKind::Usage => ExitCode::from(2),
            FailureKind::Unable => ExitCode::from(3),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", without_control_characters(&self.doing))?;
        for line in without_control_characters(&self.problem).lines() {
            write!(f, "\n  {line}")?;
        }
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  {}", without_control_characters(remedy))?;
        }
        Ok(())
    }
}
