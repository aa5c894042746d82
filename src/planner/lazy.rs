use super::{
    HypotheticalChange, Parameters, PlannedQuery, Planner, PlannerDescription, PlannerError,
};

type Start = Box<dyn FnOnce() -> Result<Box<dyn Planner>, PlannerError> + Send>;

/// A planner that starts when it is first asked, as most runs of the linter never ask.
pub struct LazyPlanner {
    start: Option<Start>,
    started: Option<Result<Box<dyn Planner>, PlannerError>>,
    /// What it says of itself before it was started.
    promise: PlannerDescription,
}

impl LazyPlanner {
    /// `promise` is what it says of itself as long as nobody asked it to plan.
    pub fn new(
        promise: PlannerDescription,
        start: impl FnOnce() -> Result<Box<dyn Planner>, PlannerError> + Send + 'static,
    ) -> Self {
        Self {
            start: Some(Box::new(start)),
            started: None,
            promise,
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
            _ => self.promise.clone(),
        }
    }
}
