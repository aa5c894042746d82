use std::time::{Duration, Instant};

use super::{
    HypotheticalChange, Parameters, PlannedQuery, Planner, PlannerDescription, PlannerError,
};

/// After so many statements that ended the server or took too long, it is not asked again.
const FAILURES_BORNE: usize = 3;

/// How much may be asked of a planner.
#[derive(Debug, Clone, Copy)]
pub struct PlannerLimits {
    /// Plans in all.
    pub plans: usize,
    /// Time in all, counted from the first question.
    pub time: Duration,
}

impl Default for PlannerLimits {
    fn default() -> Self {
        Self {
            plans: 2000,
            time: Duration::from_secs(30),
        }
    }
}

/// A planner that is asked no more than so many questions, within so much time, and not again once it could not start
/// or has failed several times.
pub struct LimitedPlanner<'a> {
    planner: &'a mut dyn Planner,
    limits: PlannerLimits,
    until: Option<Instant>,
    plans: usize,
    failures: usize,
    off: Option<String>,
}

impl<'a> LimitedPlanner<'a> {
    /// A planner within limits.
    pub fn new(planner: &'a mut dyn Planner, limits: PlannerLimits) -> Self {
        Self {
            planner,
            limits,
            until: None,
            plans: 0,
            failures: 0,
            off: None,
        }
    }

    /// Why it answers no more.
    pub fn ended(&self) -> Option<&str> {
        self.off.as_deref()
    }

    fn check_limits(&mut self) {
        let until = *self
            .until
            .get_or_insert_with(|| Instant::now() + self.limits.time);
        if self.off.is_some() {
            return;
        }
        if self.plans >= self.limits.plans {
            self.off = Some(format!("{} plans were made already", self.plans));
        } else if Instant::now() > until {
            self.off = Some(format!(
                "the {} s for planning were over",
                self.limits.time.as_secs()
            ));
        }
    }
}

impl Planner for LimitedPlanner<'_> {
    fn plan_with_parameters(
        &mut self,
        query: &str,
        parameters: &Parameters,
        changes: &[HypotheticalChange],
    ) -> Result<PlannedQuery, PlannerError> {
        self.check_limits();
        if let Some(message) = self.off.clone() {
            return Err(PlannerError::Unavailable { message });
        }
        self.plans += 1;
        let planned = self
            .planner
            .plan_with_parameters(query, parameters, changes);
        match &planned {
            Err(PlannerError::Unavailable { message }) => self.off = Some(message.clone()),
            Err(error @ (PlannerError::Deadline { .. } | PlannerError::ServerGone { .. })) => {
                self.failures += 1;
                if self.failures >= FAILURES_BORNE {
                    self.off = Some(error.to_string());
                }
            }
            _ => {}
        }
        planned
    }

    fn description(&self) -> PlannerDescription {
        self.planner.description()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::LazyPlanner;

    #[test]
    fn it_ends_after_its_number_of_plans_and_after_failing() {
        let mut starts = 0;
        let failing = || -> Result<Box<dyn Planner>, PlannerError> {
            Err(PlannerError::Unavailable {
                message: "no engine".to_owned(),
            })
        };
        let mut lazy = LazyPlanner::new(failing);
        let mut limited = LimitedPlanner::new(&mut lazy, PlannerLimits::default());
        for _ in 0..3 {
            starts += usize::from(limited.plan("SELECT 1", &[]).is_err());
        }
        assert_eq!((starts, limited.plans), (3, 1));
        assert_eq!(limited.ended(), Some("no engine"));

        let mut lazy = LazyPlanner::new(failing);
        let none = PlannerLimits {
            plans: 0,
            ..PlannerLimits::default()
        };
        let mut limited = LimitedPlanner::new(&mut lazy, none);
        assert!(limited.plan("SELECT 1", &[]).is_err());
        assert_eq!(limited.ended(), Some("0 plans were made already"));
    }
}
