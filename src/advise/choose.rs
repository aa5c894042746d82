use crate::catalog::Catalog;
use crate::planner::{HypotheticalChange, PlannedQuery, Planner, PlannerError};
use crate::query::{BoundSchema, Facts};

use super::choice::{Advice, AdvisedIndex, Gain, LeftOut, StatementCost};
use super::cost::{Sized, plan};
use super::pool::Pool;
use super::superfluous::superfluous;
use super::workload::{Statement, WorkloadStatement, read};
use super::write_cost::{Writes, writes};

/// An index has to take this share off what all statements cost that some index helps.
const LEAST_SHARE: f64 = 0.001;
/// Smaller gains of a statement are within what a planner can tell.
const LEAST_OF_STATEMENT: f64 = 0.05;
/// Or it halves the cost of a statement, and takes this much off each call.
const MUCH: f64 = 1000.0;
/// Without a limit on size, an index that gains nearly as much as the best and is smaller is taken.
const NEARLY: f64 = 0.9;

/// What the set may take.
#[derive(Debug, Clone, Default)]
pub struct AdviseOptions {
    pub max_bytes: Option<u64>,
    pub max_indexes: Option<usize>,
}

/// What is being done, for progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdviseStage {
    /// Planning a statement with its candidates.
    Statement { number: usize, of: usize },
    /// Weighing candidates against each other.
    Weighing { taken: usize },
}

/// Chooses indexes for a workload. The choice is greedy: again and again the candidate that gains most (for its size,
/// where the size is limited) is taken, until none pays for what it costs on writes; one that begins with the keys of a
/// taken one takes its place.
///
/// # Errors
/// [`PlannerError::Unavailable`]: there is no planner. A statement that it refuses is left out and named.
pub fn advise(
    workload: &[WorkloadStatement],
    catalog: &Catalog,
    planner: &mut dyn Planner,
    options: &AdviseOptions,
    progress: &mut dyn FnMut(AdviseStage),
) -> Result<Advice, PlannerError> {
    let (readable, mut left_out) = read(workload, catalog);
    let mut statements = Vec::new();
    let mut before = Vec::new();
    for statement in readable {
        match planner.plan(&statement.sql, &[]) {
            Ok(planned) => {
                before.push(planned);
                statements.push(statement);
            }
            Err(error @ PlannerError::Unavailable { .. }) => return Err(error),
            Err(error) => left_out.push(LeftOut {
                statement: statement.text,
                reason: error.to_string(),
            }),
        }
    }
    let schema = BoundSchema::new(catalog);
    let mut pool = Pool::default();
    let mut helped = Vec::new();
    let of = statements.len();
    for (number, (statement, planned)) in statements.iter().zip(&before).enumerate() {
        progress(AdviseStage::Statement {
            number: number + 1,
            of,
        });
        helped.push(pool.add(planner, statement, planned.total_cost, catalog, &schema)?);
    }
    if let Some(statement) = statements.first() {
        pool.add_merged(&Facts::new(&statement.query, &schema), catalog);
    }
    let writes: Vec<Option<Writes>> = statements
        .iter()
        .zip(&before)
        .map(|(statement, planned)| writes(statement, planned))
        .collect();
    let gainable: f64 = statements
        .iter()
        .zip(&before)
        .zip(&helped)
        .filter(|(_, helped)| **helped)
        .map(|((statement, planned), _)| statement.calls * planned.total_cost)
        .sum();
    let mut choice = Choice {
        least_gain: gainable * LEAST_SHARE,
        planner,
        statements: &statements,
        writes: &writes,
        options,
        original: before.iter().map(|planned| planned.total_cost).collect(),
        costs: before.iter().map(|planned| planned.total_cost).collect(),
        taken: Vec::new(),
    };
    choice.take_all(&mut pool.candidates, progress)?;
    choice.drop_those_that_no_longer_pay()?;
    let (indexes, plans) = choice.gains(catalog)?;
    let taken: Vec<Sized> = choice.taken;
    let statements_after: Vec<StatementCost> = statements
        .iter()
        .zip(before.iter().zip(&plans))
        .map(|(statement, (before, after))| StatementCost {
            statement: statement.text.clone(),
            calls: statement.calls,
            before: before.total_cost,
            after: after.total_cost,
        })
        .collect();
    let read: Vec<&PlannedQuery> = before.iter().chain(&plans).collect();
    Ok(Advice {
        indexes,
        statements: statements_after,
        left_out,
        superfluous: superfluous(catalog, &schema, &statements, &read, &taken),
        candidates: pool.tried,
        planner: planner.description(),
    })
}

struct Choice<'a> {
    planner: &'a mut dyn Planner,
    statements: &'a [Statement],
    writes: &'a [Option<Writes>],
    options: &'a AdviseOptions,
    /// Cost of each statement without any new index.
    original: Vec<f64>,
    /// What an index has to gain at least.
    least_gain: f64,
    /// With those taken.
    costs: Vec<f64>,
    taken: Vec<Sized>,
}

/// What taking a candidate would change.
#[derive(Debug, Clone)]
struct Weighed {
    /// Saved by all calls, maintenance taken off.
    gain: f64,
    /// Bytes more than now.
    bytes: f64,
    costs: Vec<f64>,
}

impl Weighed {
    fn score(&self, by_size: bool) -> f64 {
        if by_size {
            self.gain / self.bytes.max(8192.0)
        } else {
            self.gain
        }
    }
}

impl Choice<'_> {
    fn take_all(
        &mut self,
        pool: &mut Vec<Sized>,
        progress: &mut dyn FnMut(AdviseStage),
    ) -> Result<(), PlannerError> {
        let by_size = self.options.max_bytes.is_some();
        // what a candidate gained when it was last weighed: most gain less once others are taken
        let mut stale: Vec<f64> = vec![f64::INFINITY; pool.len()];
        let most = self.options.max_indexes.unwrap_or(usize::MAX);
        // a candidate may take the place of another, so the number of rounds is bounded by more than the limit
        for _ in 0..pool.len().saturating_mul(2) {
            progress(AdviseStage::Weighing {
                taken: self.taken.len(),
            });
            let mut order: Vec<usize> = (0..pool.len()).collect();
            order.sort_by(|a, b| stale[*b].total_cmp(&stale[*a]));
            let mut best: Option<(usize, Weighed)> = None;
            for at in order {
                let bar = best
                    .as_ref()
                    .map_or(0.0, |(_, best)| best.score(by_size) * NEARLY);
                if stale[at] <= bar {
                    break;
                }
                let weighed = self.weigh(&mut pool[at])?;
                stale[at] = weighed
                    .as_ref()
                    .map_or(0.0, |weighed| weighed.score(by_size).max(0.0));
                let Some(weighed) = weighed else {
                    continue;
                };
                if !self.fits(&pool[at], &weighed, most) {
                    continue;
                }
                let better = best.as_ref().is_none_or(|(known, best)| {
                    let (own, other) = (weighed.score(by_size), best.score(by_size));
                    own * NEARLY > other
                        || own > other * NEARLY && pool[at].pages < pool[*known].pages
                });
                if better {
                    best = Some((at, weighed));
                }
            }
            let Some((at, weighed)) = best else {
                break;
            };
            let taken = pool.remove(at);
            stale.remove(at);
            self.taken.retain(|known| !taken.contains(&known.candidate));
            self.taken.push(taken);
            self.costs = weighed.costs;
        }
        Ok(())
    }

    fn fits(&self, candidate: &Sized, weighed: &Weighed, most: usize) -> bool {
        let replaced = self
            .taken
            .iter()
            .filter(|known| candidate.contains(&known.candidate))
            .count();
        let bytes: f64 = self.taken.iter().map(Sized::bytes).sum();
        self.taken.len() + 1 - replaced <= most
            && self
                .options
                .max_bytes
                .is_none_or(|most| bytes + weighed.bytes <= most as f64)
    }

    /// What taking a candidate would change; `None` where it does not pay.
    fn weigh(&mut self, candidate: &mut Sized) -> Result<Option<Weighed>, PlannerError> {
        let (replaced, kept): (Vec<&Sized>, Vec<&Sized>) = self
            .taken
            .iter()
            .partition(|known| candidate.contains(&known.candidate));
        let mut changes: Vec<HypotheticalChange> =
            kept.iter().map(|known| known.change()).collect();
        changes.push(candidate.change());
        let freed: f64 = replaced.iter().map(|known| known.bytes()).sum();
        let spared: f64 = replaced
            .iter()
            .map(|known| known.write_cost(self.statements, self.writes))
            .sum();
        let mut costs = self.costs.clone();
        let mut saved = 0.0;
        let mut clearly = false;
        let mut much = false;
        for (number, statement) in self.statements.iter().enumerate() {
            if !statement.tables.contains(&candidate.candidate.table) {
                continue;
            }
            let Some(planned) = plan(self.planner, statement, &changes)? else {
                continue;
            };
            if let Some(index) = planned.hypothetical.last() {
                candidate.pages = index.pages.max(1.0);
            }
            let (Some(cost), Some(original)) = (costs.get_mut(number), self.original.get(number))
            else {
                continue;
            };
            let falls = *cost - planned.total_cost;
            clearly |= falls > original * LEAST_OF_STATEMENT;
            much |= falls > original * 0.5 && falls >= MUCH && statement.calls > 0.0;
            saved += statement.calls * (*cost - planned.total_cost);
            *cost = planned.total_cost;
        }
        let gain = saved + spared - candidate.write_cost(self.statements, self.writes);
        let pays = gain > 0.0 && clearly && (much || gain > self.least_gain);
        Ok(pays.then(|| Weighed {
            gain,
            bytes: candidate.bytes() - freed,
            costs,
        }))
    }

    /// Those taken first may be of no use beside those taken later.
    fn drop_those_that_no_longer_pay(&mut self) -> Result<(), PlannerError> {
        let mut at = 0;
        while let Some(one) = self.taken.get(at) {
            let table = one.candidate.table;
            let spared = one.write_cost(self.statements, self.writes);
            let changes: Vec<HypotheticalChange> = self
                .taken
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at)
                .map(|(_, known)| known.change())
                .collect();
            let mut costs = self.costs.clone();
            let mut lost = 0.0;
            let mut much = false;
            for (number, statement) in self.statements.iter().enumerate() {
                if !statement.tables.contains(&table) {
                    continue;
                }
                if let Some(planned) = plan(self.planner, statement, &changes)?
                    && let Some(cost) = costs.get_mut(number)
                {
                    let rises = planned.total_cost - *cost;
                    much |=
                        rises > planned.total_cost * 0.5 && rises >= MUCH && statement.calls > 0.0;
                    lost += statement.calls * rises;
                    *cost = planned.total_cost;
                }
            }
            if lost <= spared || (!much && lost - spared <= self.least_gain) {
                self.taken.remove(at);
                self.costs = costs;
            } else {
                at += 1;
            }
        }
        Ok(())
    }

    /// What each index gains after those before it, and each statement's plan with all of them.
    fn gains(
        &mut self,
        catalog: &Catalog,
    ) -> Result<(Vec<AdvisedIndex>, Vec<PlannedQuery>), PlannerError> {
        let mut costs = self.original.clone();
        let mut indexes = Vec::new();
        let mut changes = Vec::new();
        for taken in &self.taken {
            changes.push(taken.change());
            let mut gains = Vec::new();
            for (number, statement) in self.statements.iter().enumerate() {
                if !statement.tables.contains(&taken.candidate.table) {
                    continue;
                }
                if let Some(planned) = plan(self.planner, statement, &changes)?
                    && let Some(cost) = costs.get_mut(number)
                {
                    if planned.total_cost < *cost * (1.0 - LEAST_OF_STATEMENT / 5.0) {
                        gains.push(Gain {
                            statement: number,
                            before: *cost,
                            after: planned.total_cost,
                        });
                    }
                    *cost = planned.total_cost;
                }
            }
            indexes.push(AdvisedIndex {
                sql: taken.candidate.sql.clone(),
                extension: taken.candidate.extension,
                table: catalog.table(taken.candidate.table).name.to_string(),
                bytes: taken.bytes(),
                gains,
                write_cost: taken.write_cost(self.statements, self.writes),
            });
        }
        let mut plans = Vec::new();
        for statement in self.statements {
            let planned = match plan(self.planner, statement, &changes)? {
                Some(planned) => planned,
                None => self.planner.plan(&statement.sql, &[])?,
            };
            plans.push(planned);
        }
        Ok((indexes, plans))
    }
}
