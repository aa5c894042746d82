//! From a symptom in a plan to a finding: what the rules about plans share.

use indexmap::IndexMap;
use serde_json::Value;

use crate::catalog::{Catalog, Table};
use crate::plan::{
    Figures, Gates, Measure, Observation, Plan, PlanNode, column_names, observe, place, units,
};
use crate::rules::{Evidence, Finding, PlanContext, RuleInfo};
use crate::source::{Location, StatementText};

/// What the rules of this family find in a plan, those with the largest share of the whole first.
pub(in crate::rules) fn check_plan(
    catalog: &Catalog,
    statement: Option<&StatementText>,
    plan: &Plan,
) -> Vec<Finding> {
    let figures = Figures::of(plan);
    let table_rows = |node: &PlanNode| {
        let table = catalog.resolve_table(node.schema.as_deref(), node.relation.as_deref()?)?;
        Some(table.statistics.as_ref()?.rows)
    };
    let observations = observe(plan, &figures, Gates::default(), &table_rows);
    let context = PlanContext {
        catalog,
        statement,
        plan,
        observations: &observations,
    };
    let mut findings = Vec::new();
    for rule in super::RULES {
        rule.check_plan(&context, &mut findings);
    }
    let share = |finding: &Finding| {
        finding
            .facts
            .get("share")
            .and_then(Value::as_f64)
            .unwrap_or(0.0)
    };
    findings.sort_by(|a, b| share(b).total_cmp(&share(a)));
    once_for_each_clause(&mut findings);
    findings.sort_by(|a, b| share(b).total_cmp(&share(a)));
    findings
}

/// Whether two findings are about one clause of the statement; without the statement, about one relation.
fn same_place(one: &Finding, other: &Finding) -> bool {
    match (&one.location, &other.location) {
        (Some(one), Some(other)) => one.span == other.span,
        _ => one.relation == other.relation,
    }
}

/// Partitions show the same symptom one by one: it is told once. A wrong estimate of a clause by which a scan throws
/// rows away, or that keeps partitions from being left out, is part of that.
fn once_for_each_clause(findings: &mut Vec<Finding>) {
    let clause = |finding: &Finding| {
        let clause = finding.facts.get("clause").and_then(Value::as_str);
        clause.map(str::to_owned)
    };
    let (misestimates, others): (Vec<Finding>, Vec<Finding>) = std::mem::take(findings)
        .into_iter()
        .partition(|finding| finding.rule == "plan-misestimate");
    let mut kept: Vec<(Finding, usize)> = Vec::new();
    for finding in others.into_iter().chain(misestimates) {
        let known = kept.iter_mut().find(|(known, _)| {
            clause(known).is_some()
                && clause(known) == clause(&finding)
                && same_place(known, &finding)
                && (known.rule == finding.rule
                    || finding.rule == "plan-misestimate"
                        && matches!(
                            known.rule,
                            "plan-unpruned-partitions"
                                | "plan-discarding-scan"
                                | "plan-index-filter"
                        ))
        });
        match known {
            Some((known, more)) if known.rule == finding.rule => *more += 1,
            // one wrong estimate tells enough
            Some((known, _)) if !known.facts.contains_key("misestimated") => {
                known.facts.insert("misestimated".to_owned(), true.into());
                known.why.push(finding.message);
            }
            Some(_) => {}
            None => kept.push((finding, 0)),
        }
    }
    findings.extend(kept.into_iter().map(|(mut finding, more)| {
        if more > 0 {
            let places = if more == 1 { "place" } else { "places" };
            finding
                .why
                .push(format!("the same in {more} more {places} of the plan"));
        }
        finding
    }));
}

/// What a rule says of an observation.
pub(super) struct Told {
    message: String,
    why: Vec<String>,
    facts: IndexMap<String, Value>,
}

impl Told {
    /// What is wrong, in one line.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            why: Vec::new(),
            facts: IndexMap::new(),
        }
    }

    /// One more statement of why.
    pub(super) fn why(mut self, statement: impl Into<String>) -> Self {
        self.why.push(statement.into());
        self
    }

    /// A number or name behind the message.
    pub(super) fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

impl Observation {
    /// `tickets t`, or `the rows` where the plan names no table.
    pub(super) fn reads(&self) -> String {
        match (self.table.as_deref(), self.relation.as_deref()) {
            (Some(table), Some(relation)) if table != relation => format!("{table} {relation}"),
            (Some(name), _) | (None, Some(name)) => name.to_owned(),
            (None, None) => "the rows".to_owned(),
        }
    }

    /// The clause, or what stands for it where the plan prints none.
    pub(super) fn clause_or<'a>(&'a self, otherwise: &'a str) -> &'a str {
        self.clause.as_deref().unwrap_or(otherwise)
    }
}

/// `none`, `3 %`.
pub(super) fn part(kept: f64, read: f64) -> String {
    if kept > 0.0 && read > 0.0 {
        units::percent(kept / read)
    } else {
        "none".to_owned()
    }
}

/// Adds a finding for each observation that `tell` speaks of.
pub(super) fn report(
    context: &PlanContext<'_>,
    info: &RuleInfo,
    findings: &mut Vec<Finding>,
    tell: impl Fn(&Observation) -> Option<Told>,
) {
    for observation in context.observations {
        if let Some(told) = tell(observation) {
            findings.push(finding(context, info, observation, told));
        }
    }
}

fn finding(
    context: &PlanContext<'_>,
    info: &RuleInfo,
    observation: &Observation,
    told: Told,
) -> Finding {
    let table = observation.table.as_deref().and_then(|name| {
        context
            .catalog
            .resolve_table(observation.schema.as_deref(), name)
    });
    let mut why = told.why;
    if observation.share > 0.0 {
        why.push(format!(
            "it takes {} of the {}",
            units::percent(observation.share),
            match observation.measure {
                Measure::Time => "time",
                Measure::Blocks => "blocks read",
                Measure::Cost => "estimated cost",
            }
        ));
    }
    let mut facts = told.facts;
    facts.insert("share".to_owned(), observation.share.into());
    if let Some(node) = context.plan.node(observation.node) {
        facts.insert("node".to_owned(), node.title().into());
    }
    if let Some(clause) = &observation.clause {
        facts.insert("clause".to_owned(), clause.as_str().into());
    }
    Finding {
        rule: info.name,
        severity: info.severity,
        evidence: if context.plan.was_run() {
            Evidence::Measured
        } else {
            Evidence::Planned
        },
        location: location(context, observation),
        statement: context.statement.map(|statement| statement.number),
        relation: observation.relation.clone(),
        table: table.map(|table| table.name.to_string()).or_else(|| {
            match (&observation.schema, &observation.table) {
                (Some(schema), Some(table)) => Some(format!("{schema}.{table}")),
                (_, table) => table.clone(),
            }
        }),
        columns: columns(table, observation),
        index: observation.index.clone(),
        message: told.message,
        why,
        label: None,
        facts,
        fixes: Vec::new(),
    }
}

/// The clause in the statement, else the relation, else the whole statement.
fn location(context: &PlanContext<'_>, observation: &Observation) -> Option<Location> {
    let statement = context.statement?;
    let span = place(
        statement.text(),
        observation.relation.as_deref(),
        observation.clause.as_deref(),
    );
    Some(match span {
        Some(span) => statement.location_of(span),
        None => statement.location(),
    })
}

/// The table's columns that the clause names.
fn columns(table: Option<&Table>, observation: &Observation) -> Vec<String> {
    let (Some(table), Some(clause)) = (table, observation.clause.as_deref()) else {
        return Vec::new();
    };
    let mut columns: Vec<String> = Vec::new();
    for name in column_names(clause) {
        if table.column_by_name(&name).is_some() && !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns
}
