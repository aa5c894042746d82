//! What estimating a block works out once, however many join orders and candidate indexes ask for it.

use std::cell::RefCell;
use std::collections::HashMap;

use super::condition::Condition;
use super::flat::FlatRelation;
use super::model::TableModel;
use super::ways::{Purpose, Way};

/// The bit of a relation that is none of the block's: it is never joined.
const NEVER: u32 = 1 << 31;

/// What joining a table to others comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partners {
    /// Whether a join condition can be used.
    pub any: bool,
    /// Whether all can.
    pub all: bool,
    /// Fraction of the pairs that the conditions keep.
    pub selectivity: f64,
}

/// What reading a table depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct WayKey {
    pub table: usize,
    pub purpose: Purpose,
    /// Partners that are joined already.
    pub joined: u32,
    /// The bits of the number of loops.
    pub loops: u64,
    /// The number of the extra index, and whether it is the one watched.
    pub extra: Option<(usize, bool)>,
}

/// Answers known already, for one block.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// For each table and each of its join conditions, the bits of the relations that it depends on.
    depends: Vec<Vec<u32>>,
    ways: RefCell<HashMap<WayKey, Option<Way>>>,
    partners: RefCell<HashMap<(usize, u32), Partners>>,
}

impl Memo {
    /// For tables, and for relations that are computed first.
    pub fn new(tables: &[TableModel<'_>], computed: &[(FlatRelation, f64)]) -> Self {
        let relations: Vec<_> = tables
            .iter()
            .map(|table| table.flat.id)
            .chain(computed.iter().map(|(relation, _)| relation.id))
            .collect();
        let bit_of = |id| {
            let position = relations.iter().position(|known| *known == id);
            position.filter(|at| *at < 31).map_or(NEVER, |at| 1 << at)
        };
        let bits = |condition: &Condition| {
            let depends = condition.depends.iter();
            depends.fold(0, |bits, relation| bits | bit_of(*relation))
        };
        Self {
            depends: tables
                .iter()
                .map(|table| table.joins.iter().map(bits).collect())
                .collect(),
            ..Self::default()
        }
    }

    /// Of the relations in `joined`, those that a table's join conditions name.
    pub fn relevant(&self, table: usize, joined: u32) -> u32 {
        let named = self.depends.get(table).into_iter().flatten();
        joined & named.fold(0, |bits, depends| bits | depends)
    }

    /// The join conditions of a table that can be used behind the relations in `joined`.
    pub fn eligible<'t>(
        &self,
        at: usize,
        table: &'t TableModel<'_>,
        joined: u32,
    ) -> impl Iterator<Item = &'t Condition> {
        let depends = self.depends.get(at).into_iter().flatten();
        table
            .joins
            .iter()
            .zip(depends)
            .filter(move |(_, depends)| *depends & !joined == 0)
            .map(|(condition, _)| condition)
    }

    pub fn partners(&self, at: usize, joined: u32, compute: impl FnOnce() -> Partners) -> Partners {
        let key = (at, self.relevant(at, joined));
        if let Some(known) = self.partners.borrow().get(&key) {
            return *known;
        }
        let found = compute();
        self.partners.borrow_mut().insert(key, found);
        found
    }

    pub fn way(&self, key: WayKey, compute: impl FnOnce() -> Option<Way>) -> Option<Way> {
        if let Some(known) = self.ways.borrow().get(&key) {
            return *known;
        }
        let found = compute();
        self.ways.borrow_mut().insert(key, found);
        found
    }
}
