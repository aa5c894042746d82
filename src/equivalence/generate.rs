//! Databases that satisfy the constraints: the empty one first, then small and likely ones, then at random and by
//! changing those that made the queries return rows.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::database::{Database, Row};
use super::space::{Space, SpaceColumn, SpaceForeignKey, SpaceTable};
use super::values::{Family, NULL, ValueId};

/// Databases that are kept to be changed.
const CORPUS: usize = 400;

/// Makes databases, the same for the same seed and the same feedback.
pub(super) struct Generator {
    rng: ChaCha8Rng,
    /// For choices that must not change what is generated.
    aside: ChaCha8Rng,
    made: u64,
    corpus: Vec<Database>,
    /// Whether a row may refer to one that refers back to it.
    pub cycles: bool,
}

/// How one database is made.
struct Profile {
    /// Values that each cluster draws from.
    domains: Vec<Vec<ValueId>>,
    null_rate: f64,
    /// The only column (table, column) that holds NULL.
    null_column: Option<(usize, usize)>,
    copy_rate: f64,
    /// How often a value comes from anywhere.
    stray_rate: f64,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            aside: ChaCha8Rng::seed_from_u64(seed ^ 0x5eed),
            made: 0,
            corpus: Vec::new(),
            cycles: true,
        }
    }

    /// The next database.
    pub fn next(&mut self, space: &mut Space) -> Database {
        let number = self.made;
        self.made += 1;
        if number == 0 {
            return Database {
                parameters: space
                    .parameters
                    .iter()
                    .map(|parameter| self.pick(&parameter.pool))
                    .collect(),
                tables: vec![Vec::new(); space.tables.len()],
            };
        }
        if number > 500 && !self.corpus.is_empty() && self.rng.random_bool(0.5) {
            let at = self.rng.random_range(0..self.corpus.len());
            let mut database = self.corpus[at].clone();
            let steps = self.rng.random_range(1..=3);
            for _ in 0..steps {
                self.change(space, &mut database);
            }
            return database;
        }
        self.fresh(space, number)
    }

    /// Tells that a database made a query return rows, or is worth changing for another reason.
    pub fn keep(&mut self, database: &Database) {
        if self.corpus.len() < CORPUS {
            self.corpus.push(database.clone());
        } else {
            let at = self.rng.random_range(0..CORPUS);
            self.corpus[at] = database.clone();
        }
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: u32) -> bool {
        self.aside.random_ratio(1, times.max(1))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.aside.random_range(0..bound.max(1))
    }

    fn pick(&mut self, pool: &[ValueId]) -> ValueId {
        if pool.is_empty() {
            NULL
        } else {
            pool[self.rng.random_range(0..pool.len())]
        }
    }

    fn profile(&mut self, space: &Space) -> Profile {
        let style = self.rng.random_range(0..100);
        let odd_one = self.rng.random_range(0..space.clusters.len().max(1));
        let odd_two = self.rng.random_range(0..space.clusters.len().max(1));
        let domains = space
            .clusters
            .iter()
            .enumerate()
            .map(|(at, cluster)| {
                let size = match style {
                    // All constant but one or two.
                    0..15 => {
                        if at == odd_one || at == odd_two {
                            3
                        } else {
                            1
                        }
                    }
                    15..55 => self.rng.random_range(1..=2),
                    55..85 => self.rng.random_range(1..=4),
                    _ => self.rng.random_range(3..=8),
                };
                (0..size).map(|_| self.pick(&cluster.pool)).collect()
            })
            .collect();
        let null_rate = [0.0, 0.0, 0.1, 0.2, 0.5][self.rng.random_range(0..5)];
        let null_column = if self.rng.random_bool(0.2) && !space.tables.is_empty() {
            let table = self.rng.random_range(0..space.tables.len());
            let columns = space.tables[table].columns.len();
            (columns > 0).then(|| (table, self.rng.random_range(0..columns)))
        } else {
            None
        };
        Profile {
            domains,
            null_rate,
            null_column,
            copy_rate: [0.0, 0.3, 0.7][self.rng.random_range(0..3)],
            stray_rate: [0.0, 0.1, 0.3][self.rng.random_range(0..3)],
        }
    }

    fn fresh(&mut self, space: &mut Space, number: u64) -> Database {
        let profile = self.profile(space);
        let largest = match number {
            1..60 => 1,
            60..200 => 2,
            _ => match self.rng.random_range(0..100) {
                0..12 => 1,
                12..35 => 2,
                35..58 => 3,
                58..75 => 4,
                75..88 => 6,
                _ => 8,
            },
        };
        let large_table = self.large_table(space, number);
        let parameters = (0..space.parameters.len())
            .map(|at| {
                let domain = &profile.domains[space.parameters[at].cluster];
                if self.rng.random_bool(0.7) && !domain.is_empty() {
                    let value = self.pick(domain);
                    if space.parameters[at].pool.contains(&value) {
                        return value;
                    }
                }
                let at = &space.parameters[at];
                if at.pool.is_empty() {
                    NULL
                } else {
                    at.pool[self.rng.random_range(0..at.pool.len())]
                }
            })
            .collect();
        let mut database = Database {
            parameters,
            tables: Vec::with_capacity(space.tables.len()),
        };
        for at in 0..space.tables.len() {
            let count = match large_table {
                Some((large, count)) if large == at => count,
                _ if self.rng.random_bool(0.07) => 0,
                _ => self.rng.random_range(1..=largest),
            };
            database.tables.push(Vec::with_capacity(count));
            for _ in 0..count {
                let base = if self.rng.random_bool(profile.copy_rate) {
                    let rows = &database.tables[at];
                    (!rows.is_empty()).then(|| rows[self.rng.random_range(0..rows.len())].clone())
                } else {
                    None
                };
                if let Some(row) = self.row(space, &database, at, &profile, base) {
                    database.tables[at].push(row);
                }
            }
        }
        database
    }

    /// Now and then one table gets as many rows as a condition may count.
    fn large_table(&mut self, space: &Space, number: u64) -> Option<(usize, usize)> {
        if number < 200 || space.tables.is_empty() || space.thresholds.is_empty() {
            return None;
        }
        let threshold = space.thresholds[self.rng.random_range(0..space.thresholds.len())];
        let rate = match threshold {
            0..=8 => 0.15,
            9..=24 => 0.05,
            _ => 0.005,
        };
        if !self.rng.random_bool(rate) {
            return None;
        }
        let read: Vec<usize> = (0..space.tables.len())
            .filter(|&at| space.tables[at].read)
            .collect();
        let table = *read.get(self.rng.random_range(0..read.len().max(1)))?;
        Some((table, threshold + self.rng.random_range(0..=2)))
    }

    /// A row that fits; `base` is copied but for its keys and one column. `None` where none was found.
    fn row(
        &mut self,
        space: &mut Space,
        database: &Database,
        at: usize,
        profile: &Profile,
        base: Option<Row>,
    ) -> Option<Row> {
        for attempt in 0..5 {
            let width = space.tables[at].columns.len();
            let mut row = vec![NULL; width];
            let mut fixed = vec![false; width];
            if let Some(base) = &base {
                row.clone_from(base);
                fixed.fill(true);
                for key in &space.tables[at].keys {
                    // One column of each key is enough to tell the rows apart.
                    if let Some(&column) = key
                        .columns
                        .get(self.rng.random_range(0..key.columns.len().max(1)))
                    {
                        fixed[column] = false;
                    }
                    for &function in &key.expressions {
                        for &column in &space.tables[at].functions[function].columns {
                            fixed[column] = false;
                        }
                    }
                }
                if width > 0 && (attempt > 0 || self.rng.random_bool(0.7)) {
                    fixed[self.rng.random_range(0..width)] = false;
                }
            }
            if self.fill(space, database, at, profile, &mut row, &mut fixed, attempt)
                && fits(&space.tables[at], &row, &database.tables[at], None)
            {
                return Some(row);
            }
        }
        None
    }

    #[allow(clippy::too_many_arguments)]
    fn fill(
        &mut self,
        space: &mut Space,
        database: &Database,
        at: usize,
        profile: &Profile,
        row: &mut Row,
        fixed: &mut [bool],
        attempt: usize,
    ) -> bool {
        let mut itself = Vec::new();
        for number in 0..space.tables[at].foreign_keys.len() {
            let key = &space.tables[at].foreign_keys[number];
            if key.columns.iter().all(|&column| fixed[column]) {
                continue;
            }
            let nullable = key
                .columns
                .iter()
                .any(|&column| !fixed[column] && space.tables[at].columns[column].nullable);
            let null_rate = key
                .columns
                .iter()
                .map(|&column| null_rate(profile, at, column))
                .fold(0.0, f64::max);
            let want_null = nullable && self.rng.random_bool(null_rate);
            let parent = if want_null {
                None
            } else {
                self.parent(key, database, at, row, fixed)
            };
            match parent {
                Some(Parent::Row(parent)) => {
                    for (column, value) in key.columns.iter().zip(parent) {
                        row[*column] = value;
                        fixed[*column] = true;
                    }
                }
                // The row refers to itself once its key is known.
                Some(Parent::Itself) => {
                    itself.push(number);
                    for &column in &key.columns {
                        fixed[column] = true;
                    }
                }
                None if nullable => {
                    for &column in &key.columns {
                        if !fixed[column] && (space.tables[at].columns[column].nullable) {
                            row[column] = NULL;
                            fixed[column] = true;
                            if !key.match_full {
                                break;
                            }
                        }
                    }
                }
                None => return false,
            }
        }
        for number in 0..space.tables[at].groups.len() {
            let group = &space.tables[at].groups[number];
            if group.columns.iter().all(|&column| fixed[column]) || group.tuples.is_empty() {
                continue;
            }
            let count = group.tuples.len();
            let start = self.rng.random_range(0..count);
            let domain_matters = attempt < 2;
            let mut chosen = None;
            for step in 0..count {
                let tuple = &group.tuples[(start + step) % count];
                let agrees = group
                    .columns
                    .iter()
                    .zip(tuple)
                    .all(|(&column, &value)| !fixed[column] || row[column] == value);
                if !agrees {
                    continue;
                }
                chosen = Some(tuple);
                let likely = !domain_matters
                    || step > 60
                    || group.columns.iter().zip(tuple).all(|(&column, &value)| {
                        value == NULL && null_rate(profile, at, column) > 0.0
                            || profile.domains[space.tables[at].columns[column].cluster]
                                .contains(&value)
                            || fixed[column]
                    });
                if likely {
                    break;
                }
            }
            let Some(tuple) = chosen else {
                return false;
            };
            for (column, value) in group.columns.iter().zip(tuple) {
                row[*column] = *value;
                fixed[*column] = true;
            }
        }
        for column in 0..row.len() {
            if fixed[column] {
                continue;
            }
            row[column] = self.value(space, at, column, profile, attempt);
        }
        for number in itself {
            let key = &space.tables[at].foreign_keys[number];
            for (column, referenced) in key.columns.iter().zip(&key.referenced) {
                row[*column] = row[*referenced];
            }
        }
        true
    }

    fn value(
        &mut self,
        space: &mut Space,
        at: usize,
        number: usize,
        profile: &Profile,
        attempt: usize,
    ) -> ValueId {
        let column = &space.tables[at].columns[number];
        if column.nullable && self.rng.random_bool(null_rate(profile, at, number)) {
            return NULL;
        }
        if attempt < 2 && !self.rng.random_bool(profile.stray_rate) {
            let domain = &profile.domains[column.cluster];
            if !domain.is_empty() {
                let value = domain[self.rng.random_range(0..domain.len())];
                if column.members.contains(&value) {
                    return value;
                }
            }
        }
        if attempt >= 3 {
            let family = column.family.clone();
            if let Some(value) = self.unused(space, at, number, &family) {
                return value;
            }
        }
        let column = &space.tables[at].columns[number];
        if column.pool.is_empty() {
            return NULL;
        }
        column.pool[self.rng.random_range(0..column.pool.len())]
    }

    /// A value outside of the pool, for keys of many rows.
    fn unused(
        &mut self,
        space: &mut Space,
        at: usize,
        number: usize,
        family: &Family,
    ) -> Option<ValueId> {
        let counter = self.rng.random_range(11..250);
        let text = match family {
            Family::Number => counter.to_string(),
            Family::Text => format!("k{counter}"),
            _ => return None,
        };
        let column = &space.tables[at].columns[number];
        let narrow = column.type_sql.contains('(') && !column.type_sql.starts_with("varchar(")
            || matches!(
                column.type_sql.as_str(),
                "varchar(1)" | "varchar(2)" | "varchar(3)"
            );
        if narrow || column.pool.is_empty() {
            return None;
        }
        Some(space.values.intern(family, &text))
    }

    fn parent(
        &mut self,
        key: &SpaceForeignKey,
        database: &Database,
        at: usize,
        row: &Row,
        fixed: &[bool],
    ) -> Option<Parent> {
        if key.table == at && self.rng.random_bool(if self.cycles { 0.15 } else { 0.0 }) {
            return Some(Parent::Itself);
        }
        let rows = database
            .tables
            .get(key.table)
            .map_or(&[][..], Vec::as_slice);
        let count = rows.len();
        if count > 0 {
            let start = self.rng.random_range(0..count);
            for step in 0..count {
                let parent = &rows[(start + step) % count];
                let agrees =
                    key.columns
                        .iter()
                        .zip(&key.referenced)
                        .all(|(&column, &referenced)| {
                            parent[referenced] != NULL
                                && (!fixed[column] || row[column] == parent[referenced])
                        });
                if agrees {
                    return Some(Parent::Row(
                        key.referenced
                            .iter()
                            .map(|&column| parent[column])
                            .collect(),
                    ));
                }
            }
        }
        // A required reference to the own table begins with a row that refers to itself.
        (key.table == at && self.cycles).then_some(Parent::Itself)
    }

    /// One small change that keeps the constraints; the database stays as it is where the change would break one.
    fn change(&mut self, space: &mut Space, database: &mut Database) {
        if space.tables.is_empty() {
            return;
        }
        if !database.parameters.is_empty() && self.rng.random_bool(0.15) {
            let at = self.rng.random_range(0..database.parameters.len());
            database.parameters[at] = self.pick(&space.parameters[at].pool);
            return;
        }
        let at = self.rng.random_range(0..space.tables.len());
        match self.rng.random_range(0..10) {
            0..4 => {
                let profile = self.profile(space);
                let rows = &database.tables[at];
                if rows.len() > 12 {
                    return;
                }
                let base = (!rows.is_empty() && self.rng.random_bool(0.8))
                    .then(|| rows[self.rng.random_range(0..rows.len())].clone());
                if let Some(row) = self.row(space, database, at, &profile, base) {
                    database.tables[at].push(row);
                }
            }
            4..6 if !database.tables[at].is_empty() => {
                let row = self.rng.random_range(0..database.tables[at].len());
                let removed = database.tables[at].remove(row);
                if !is_valid(space, database) {
                    database.tables[at].insert(row, removed);
                }
            }
            _ if !database.tables[at].is_empty() && !space.tables[at].columns.is_empty() => {
                let row = self.rng.random_range(0..database.tables[at].len());
                let number = self.rng.random_range(0..space.tables[at].columns.len());
                let column = &space.tables[at].columns[number];
                let value = match self.rng.random_range(0..10) {
                    0..2 if column.nullable => NULL,
                    2..6 => {
                        let other = self.rng.random_range(0..database.tables[at].len());
                        database.tables[at][other][number]
                    }
                    _ => self.pick(&column.pool),
                };
                let before = std::mem::replace(&mut database.tables[at][row][number], value);
                if !is_valid(space, database) {
                    database.tables[at][row][number] = before;
                }
            }
            _ => {}
        }
    }
}

enum Parent {
    Row(Vec<ValueId>),
    Itself,
}

fn null_rate(profile: &Profile, table: usize, column: usize) -> f64 {
    match profile.null_column {
        Some(only) if only == (table, column) => 0.5,
        Some(_) => 0.0,
        None => profile.null_rate,
    }
}

/// Whether a row satisfies what the table alone demands: NOT NULL, CHECK and unique indexes against `others`
/// (`skip` is the number of the row itself among them).
fn fits(table: &SpaceTable, row: &Row, others: &[Row], skip: Option<usize>) -> bool {
    let not_null = |(column, value): (&SpaceColumn, &ValueId)| column.nullable || *value != NULL;
    if !table.columns.iter().zip(row).all(not_null) {
        return false;
    }
    for group in &table.groups {
        let tuple: Vec<ValueId> = group.columns.iter().map(|&column| row[column]).collect();
        if !group.set.contains(&tuple) {
            return false;
        }
    }
    for key in &table.keys {
        let Some(own) = entry(table, key, row) else {
            return false;
        };
        let Some(own) = own else {
            continue;
        };
        for (at, other) in others.iter().enumerate() {
            if Some(at) != skip && entry(table, key, other).flatten().as_ref() == Some(&own) {
                return false;
            }
        }
    }
    true
}

/// The entry of a row in a unique index, where it can collide: `Some(None)` if it cannot, `None` if it is not known.
#[allow(clippy::option_option)]
fn entry(
    table: &SpaceTable,
    key: &super::space::SpaceKey,
    row: &Row,
) -> Option<Option<Vec<ValueId>>> {
    let function = |number: usize| {
        let function = &table.functions[number];
        let tuple: Vec<ValueId> = function.columns.iter().map(|&column| row[column]).collect();
        function
            .results
            .get(&tuple)
            .map(|value| (*value, *value == function.truth))
    };
    if let Some(predicate) = key.predicate {
        let (_, holds) = function(predicate)?;
        if !holds {
            return Some(None);
        }
    }
    let mut values: Vec<ValueId> = key.columns.iter().map(|&column| row[column]).collect();
    for &expression in &key.expressions {
        values.push(function(expression)?.0);
    }
    if !key.nulls_not_distinct && values.contains(&NULL) {
        return Some(None);
    }
    Some(Some(values))
}

/// Whether a database satisfies every constraint that the space knows.
pub(super) fn is_valid(space: &Space, database: &Database) -> bool {
    for (at, table) in space.tables.iter().enumerate() {
        let rows = &database.tables[at];
        for (number, row) in rows.iter().enumerate() {
            if !fits(table, row, &rows[..number], None) {
                return false;
            }
            for key in &table.foreign_keys {
                let nulls = key
                    .columns
                    .iter()
                    .filter(|&&column| row[column] == NULL)
                    .count();
                if nulls > 0 && (!key.match_full || nulls == key.columns.len()) {
                    continue;
                }
                let found = nulls == 0
                    && database.tables[key.table].iter().any(|parent| {
                        key.columns
                            .iter()
                            .zip(&key.referenced)
                            .all(|(&column, &referenced)| row[column] == parent[referenced])
                    });
                if !found {
                    return false;
                }
            }
        }
    }
    true
}
