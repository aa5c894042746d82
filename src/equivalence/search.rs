//! The search for a database on which two queries differ.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::database::Database;
use super::engine::{Engine, Failure};
use super::evaluate::{Decided, Evaluator, OutputKind, Rows, Side};
use super::generate::Generator;
use super::space::Space;

/// A batch is sized to take about this long.
const BATCH_TIME: Duration = Duration::from_millis(25);
/// Databases that are looked at after a batch found them.
const EXAMINED: usize = 4;
/// Databases in which the conditions are looked at.
const LOOKED_AT: usize = 360;

/// Two queries and what is needed to evaluate them.
pub(super) struct Pair<'a> {
    pub evaluator: &'a Evaluator,
    pub sides: [&'a Side; 2],
    pub ordered: bool,
}

/// How two results differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// Numbers of the rows that the other result has not.
    Rows {
        only_a: Vec<usize>,
        only_b: Vec<usize>,
    },
    /// The same rows in another order.
    Order,
}

/// A database on which the queries differ, whatever the order of its rows.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub database: Database,
    pub rows: [Rows; 2],
    pub difference: Difference,
}

/// What a database is worth as evidence.
pub(super) enum Evidence {
    Differs(Box<Found>),
    Agrees,
    /// A query (0 or 1) does not agree with itself there.
    Unstable(usize),
}

/// The state of a search.
pub(super) struct Search {
    pub generator: Generator,
    pub databases: u64,
    pub with_result: u64,
    pub by_rows: IndexMap<String, u64>,
    /// Databases on which a query disagreed with itself, by query.
    pub unstable: [u64; 2],
    /// Errors that only one query raised, with the query.
    pub one_sided: Vec<(usize, String)>,
    pub errors: u64,
    pub first_error: Option<String>,
    pub hangs: u64,
    /// Kept for the check whether each query agrees with itself.
    pub samples: Vec<Database>,
    /// A fair part of all databases, to see what the conditions were in them.
    pub looked_at: Vec<Database>,
    batch: usize,
}

impl Search {
    pub fn new(seed: u64) -> Self {
        Self {
            generator: Generator::new(seed),
            databases: 0,
            with_result: 0,
            by_rows: IndexMap::new(),
            unstable: [0; 2],
            one_sided: Vec::new(),
            errors: 0,
            first_error: None,
            hangs: 0,
            samples: Vec::new(),
            looked_at: Vec::new(),
            batch: 1,
        }
    }

    /// The next database that tells the queries apart; `None` when the time or the number of databases is used up.
    pub fn next(
        &mut self,
        engine: &mut Engine,
        space: &mut Space,
        pair: &Pair<'_>,
        limit: u64,
        until: Instant,
    ) -> Result<Option<Found>, Failure> {
        while self.databases < limit && Instant::now() < until && self.hangs < 6 {
            if self.unstable.iter().sum::<u64>() > 300 {
                return Ok(None);
            }
            let size = usize::try_from(limit - self.databases)
                .unwrap_or(usize::MAX)
                .min(self.batch);
            let batch: Vec<Database> = (0..size).map(|_| self.generator.next(space)).collect();
            let json: Vec<String> = batch
                .iter()
                .map(|database| database.to_json(space))
                .collect();
            let started = Instant::now();
            let mut decided = vec![
                Decided {
                    differ: false,
                    rows: false
                };
                size
            ];
            self.decide(engine, space, pair, &batch, &json, &mut decided)?;
            self.adapt_batch(started.elapsed(), size);
            self.databases += size as u64;
            let mut candidates = Vec::new();
            for (database, decided) in batch.iter().zip(&decided) {
                if self.looked_at.len() < LOOKED_AT {
                    self.looked_at.push(database.clone());
                } else if self.generator.one_in(64) {
                    let at = self.generator.below(LOOKED_AT);
                    self.looked_at[at] = database.clone();
                }
                *self.by_rows.entry(rows_class(database.rows())).or_insert(0) += 1;
                if decided.rows {
                    self.with_result += 1;
                    if self.with_result < 200 || self.with_result.is_multiple_of(16) {
                        self.generator.keep(database);
                    }
                    if self.samples.len() < 60
                        && database.rows() > 2
                        && self.with_result.is_multiple_of(5)
                    {
                        self.samples.push(database.clone());
                    }
                }
                if decided.differ {
                    candidates.push(database);
                }
            }
            candidates.sort_by_key(|database| database.rows());
            for database in candidates.into_iter().take(EXAMINED) {
                match examine(engine, space, pair, database, Thoroughness::Full) {
                    Ok(Evidence::Differs(found)) => return Ok(Some(*found)),
                    Ok(Evidence::Agrees) => {}
                    Ok(Evidence::Unstable(side)) => self.unstable[side] += 1,
                    Err(Failure::Statement { .. }) => self.errors += 1,
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(None)
    }

    fn adapt_batch(&mut self, elapsed: Duration, size: usize) {
        if size < self.batch {
            return;
        }
        let ratio = BATCH_TIME.as_secs_f64() / elapsed.as_secs_f64().max(1e-4);
        let wanted = (size as f64 * ratio.clamp(0.1, 4.0)) as usize;
        self.batch = wanted.clamp(1, 600);
    }

    /// Decides a batch; where a database raises an error or does not end, the batch is halved until it is alone.
    fn decide(
        &mut self,
        engine: &mut Engine,
        space: &Space,
        pair: &Pair<'_>,
        batch: &[Database],
        json: &[String],
        decided: &mut [Decided],
    ) -> Result<(), Failure> {
        let mut open = vec![(0, json.len())];
        while let Some((start, end)) = open.pop() {
            if start >= end || self.hangs >= 6 {
                continue;
            }
            match pair.evaluator.decide(engine, &json[start..end]) {
                Ok(found) => decided[start..end].copy_from_slice(&found),
                Err(Failure::Server(error)) => return Err(Failure::Server(error)),
                Err(failure) => {
                    if matches!(failure, Failure::Deadline) {
                        if engine.remaining().is_zero() {
                            return Err(failure);
                        }
                        self.hangs += 1;
                        self.batch = (self.batch / 8).max(1);
                        self.generator.cycles = false;
                    }
                    if end - start == 1 {
                        self.errors += 1;
                        if let Failure::Statement { message } = &failure {
                            self.first_error.get_or_insert_with(|| message.clone());
                        }
                        if self.one_sided.is_empty() && self.errors < 40 {
                            self.who_failed(engine, space, pair, &batch[start])?;
                        }
                        continue;
                    }
                    let middle = start + (end - start) / 2;
                    open.push((middle, end));
                    open.push((start, middle));
                }
            }
        }
        Ok(())
    }

    fn who_failed(
        &mut self,
        engine: &mut Engine,
        space: &Space,
        pair: &Pair<'_>,
        database: &Database,
    ) -> Result<(), Failure> {
        let mut messages = [None, None];
        for (side, failed) in messages.iter_mut().enumerate() {
            match pair
                .evaluator
                .rows(engine, space, side, pair.sides[side], database)
            {
                Ok(_) | Err(Failure::Deadline) => {}
                Err(Failure::Statement { message, .. }) => *failed = Some(message),
                Err(other) => return Err(other),
            }
        }
        match messages {
            [Some(message), None] => self.one_sided.push((0, message)),
            [None, Some(message)] => self.one_sided.push((1, message)),
            _ => {}
        }
        Ok(())
    }
}

fn rows_class(rows: usize) -> String {
    match rows {
        0..=4 => rows.to_string(),
        5..=8 => "5-8".to_owned(),
        9..=16 => "9-16".to_owned(),
        _ => "17+".to_owned(),
    }
}

/// How far a database is examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thoroughness {
    /// The rows turned round once.
    Quick,
    /// Several orders of the rows, and several plans.
    Full,
}

/// Whether the queries differ on a database, and each agrees with itself there.
pub(super) fn examine(
    engine: &mut Engine,
    space: &Space,
    pair: &Pair<'_>,
    database: &Database,
    thoroughness: Thoroughness,
) -> Result<Evidence, Failure> {
    let mut rows = [Rows::default(), Rows::default()];
    for (side, rows) in rows.iter_mut().enumerate() {
        *rows = pair
            .evaluator
            .rows(engine, space, side, pair.sides[side], database)?;
    }
    let kinds = kinds(pair);
    let Some(difference) = difference(&rows[0], &rows[1], &kinds, pair.ordered) else {
        return Ok(Evidence::Agrees);
    };
    let in_order = difference == Difference::Order;
    for (side, rows) in rows.iter().enumerate() {
        if !agrees_with_itself(
            engine,
            space,
            pair,
            side,
            database,
            rows,
            &kinds,
            in_order,
            thoroughness,
        )? {
            return Ok(Evidence::Unstable(side));
        }
    }
    Ok(Evidence::Differs(Box::new(Found {
        database: database.clone(),
        rows,
        difference,
    })))
}

/// Plans that break ties in other ways than the usual one.
const OTHER_PLANS: [&str; 2] = [
    "SET plan_cache_mode = force_custom_plan; SET enable_hashagg = off; SET enable_nestloop = off; \
     SET enable_hashjoin = on; SET enable_mergejoin = off",
    "SET plan_cache_mode = force_custom_plan; SET enable_hashagg = on; SET enable_nestloop = off; \
     SET enable_hashjoin = off; SET enable_mergejoin = on; SET enable_sort = off",
];

/// The settings for batches: plans are made once, and joins of few rows are nested loops.
pub(super) const USUAL_PLANS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_hashagg = on; \
     SET enable_nestloop = on; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = on";

/// Whether a query returns the same on a database whose rows lie in another order, or with another plan.
#[allow(clippy::too_many_arguments)]
pub(super) fn agrees_with_itself(
    engine: &mut Engine,
    space: &Space,
    pair: &Pair<'_>,
    side: usize,
    database: &Database,
    rows: &Rows,
    kinds: &[OutputKind],
    in_order: bool,
    thoroughness: Thoroughness,
) -> Result<bool, Failure> {
    let query = pair.sides[side];
    let same = |other: &Rows| match difference(rows, other, kinds, in_order) {
        None => true,
        Some(Difference::Order) => query.keys.is_some(),
        Some(Difference::Rows { .. }) => false,
    };
    let variants = if thoroughness == Thoroughness::Quick {
        1
    } else {
        3
    };
    for variant in 0..variants {
        let other = pair
            .evaluator
            .rows(engine, space, side, query, &database.permuted(variant))?;
        if !same(&other) {
            return Ok(false);
        }
    }
    if thoroughness == Thoroughness::Quick {
        return Ok(true);
    }
    for settings in OTHER_PLANS {
        engine.run(settings)?;
        let mut agreed = Ok(true);
        for variant in 0..2 {
            match pair
                .evaluator
                .rows(engine, space, side, query, &database.permuted(variant))
            {
                Ok(other) if same(&other) => {}
                Ok(_) => agreed = Ok(false),
                Err(failure) => agreed = Err(failure),
            }
        }
        engine.run(USUAL_PLANS)?;
        if !agreed? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How the columns of the pair are compared.
pub(super) fn kinds(pair: &Pair<'_>) -> Vec<OutputKind> {
    pair.sides[0]
        .columns
        .iter()
        .zip(&pair.sides[1].columns)
        .map(|(a, b)| match (a.kind, b.kind) {
            (OutputKind::Integer, other) if other.is_number() => other,
            (kind, _) => kind,
        })
        .collect()
}

/// How two results differ; the order counts only where no tie leaves it free.
pub(super) fn difference(
    a: &Rows,
    b: &Rows,
    kinds: &[OutputKind],
    ordered: bool,
) -> Option<Difference> {
    let canonical = |rows: &Rows| -> Vec<Vec<Option<String>>> {
        rows.rows
            .iter()
            .map(|row| {
                row.iter()
                    .zip(kinds)
                    .map(|(value, kind)| value.as_ref().map(|text| cell(text, *kind)))
                    .collect()
            })
            .collect()
    };
    let (left, right) = (canonical(a), canonical(b));
    let only_a = surplus(&left, &right);
    let only_b = surplus(&right, &left);
    if !only_a.is_empty() || !only_b.is_empty() {
        return Some(Difference::Rows { only_a, only_b });
    }
    let differs = ordered && left != right && !has_ties(a, &left) && !has_ties(b, &right);
    differs.then_some(Difference::Order)
}

/// Whether rows with equal sort keys differ in what they show.
fn has_ties(rows: &Rows, shown: &[Vec<Option<String>>]) -> bool {
    let Some(keys) = &rows.keys else {
        return false;
    };
    keys.iter().enumerate().any(|(at, key)| {
        keys.iter()
            .enumerate()
            .skip(at + 1)
            .any(|(other, other_key)| key == other_key && shown.get(at) != shown.get(other))
    })
}

/// Numbers of the rows of `left` that `right` has not as often.
fn surplus(left: &[Vec<Option<String>>], right: &[Vec<Option<String>>]) -> Vec<usize> {
    let mut counts: HashMap<&Vec<Option<String>>, usize> = HashMap::new();
    for row in right {
        *counts.entry(row).or_insert(0) += 1;
    }
    left.iter()
        .enumerate()
        .filter(|(_, row)| match counts.get_mut(row) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .map(|(at, _)| at)
        .collect()
}

/// One text for values that count as equal: numbers up to their ninth decimal.
fn cell(text: &str, kind: OutputKind) -> String {
    if kind != OutputKind::Decimal {
        return text.to_owned();
    }
    let plain = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    if text.contains(['e', 'E']) || fraction.len() > 9 || !whole.chars().all(|c| c.is_ascii_digit())
    {
        return match text.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                let rounded = format!("{number:.9}");
                let trimmed = rounded
                    .trim_end_matches('0')
                    .trim_end_matches('.')
                    .to_owned();
                if trimmed == "-0" {
                    "0".to_owned()
                } else {
                    trimmed
                }
            }
            _ => text.to_owned(),
        };
    }
    if fraction.is_empty() {
        return text.to_owned();
    }
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    if trimmed == "-0" {
        "0".to_owned()
    } else {
        trimmed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&[&str]], keys: Option<&[&[&str]]>) -> Rows {
        let list = |cells: &[&[&str]]| {
            cells
                .iter()
                .map(|row| {
                    row.iter()
                        .map(|text| (*text != "NULL").then(|| (*text).to_owned()))
                        .collect()
                })
                .collect::<Vec<Vec<Option<String>>>>()
        };
        Rows {
            rows: list(cells),
            keys: keys.map(list),
        }
    }

    #[test]
    fn numbers_compare_by_value_and_rows_by_how_often_they_come() {
        let kinds = [OutputKind::Decimal];
        assert_eq!(
            difference(
                &rows(&[&["1"]], None),
                &rows(&[&["1.00"]], None),
                &kinds,
                false
            ),
            None
        );
        assert_eq!(
            difference(
                &rows(&[&["0.33333333333"]], None),
                &rows(&[&["0.333333333"]], None),
                &kinds,
                false
            ),
            None
        );
        assert_eq!(
            difference(
                &rows(&[&["1"], &["1"]], None),
                &rows(&[&["1"]], None),
                &kinds,
                false
            ),
            Some(Difference::Rows {
                only_a: vec![1],
                only_b: vec![]
            })
        );
    }

    #[test]
    fn order_counts_only_without_ties() {
        let kinds = [OutputKind::Text];
        let ab = rows(&[&["a"], &["b"]], Some(&[&["1"], &["2"]]));
        let ba = rows(&[&["b"], &["a"]], Some(&[&["2"], &["1"]]));
        let tied = rows(&[&["b"], &["a"]], Some(&[&["1"], &["1"]]));
        assert_eq!(difference(&ab, &ba, &kinds, true), Some(Difference::Order));
        assert_eq!(difference(&ab, &ba, &kinds, false), None);
        assert_eq!(difference(&ab, &tied, &kinds, true), None);
    }
}
