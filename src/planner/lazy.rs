use super::{
    HypotheticalChange, Parameters, PlannedQuery, Planner, PlannerDescription, PlannerError,
    ServerKind, StatisticsKind,
};

type Start = Box<dyn FnOnce() -> Result<Box<dyn Planner>, PlannerError> + Send>;

/// A planner that starts when it is first asked, as most runs of the linter never ask.
pub struct LazyPlanner {
    start: Option<Start>,
    started: Option<Result<Box<dyn Planner>, PlannerError>>,
}

impl LazyPlanner {
    /// `start` is called with the first question.
    pub fn new(
        start: impl FnOnce() -> Result<Box<dyn Planner>, PlannerError> + Send + 'static,
    ) -> Self {
        Self {
            start: Some(Box::new(start)),
            started: None,
        }
    }

    /// Whether it was asked, and why it could not start where it could not.
    pub fn started(&self) -> Option<Result<(), &PlannerError>> {
        self.started
            .as_ref()
            .map(|planner| planner.as_ref().map(|_| ()))
    }
}

impl Planner for LazyPlanner {
    fn plan_with_parameters(
        &mut self,
        query: &str,
        parameters: &Parameters,
        changes: &[HypotheticalChange],
    ) -> Result<PlannedQuery, PlannerError> {
        if let Some(start) = self.start.take() {
            self.started = Some(start());
        }
        match &mut self.started {
            Some(Ok(planner)) => planner.plan_with_parameters(query, parameters, changes),
            Some(Err(error)) => Err(error.clone()),
            None => Err(PlannerError::Unavailable {
                message: "it is starting".to_owned(),
            }),
        }
    }

    fn description(&self) -> PlannerDescription {
        match &self.started {
            Some(Ok(planner)) => planner.description(),
            _ => PlannerDescription {
                server_version: "not started".to_owned(),
                server: ServerKind::Embedded,
                statistics: StatisticsKind::None,
                hypothetical_by: None,
                notes: Vec::new(),
            },
        }
    }
}
