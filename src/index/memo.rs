//! What estimating a block works out once, however many join orders and candidate indexes ask for it.

use std::cell::RefCell;

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
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WayKey {
    pub table: usize,
    pub purpose: Purpose,
    /// Partners that are joined already.
    pub joined: u32,
    pub loops: f64,
    /// The number of the extra index, and whether it is the one watched.
    pub extra: Option<(usize, bool)>,
}

/// The ways to read one table with one extra index, or with none.
type KnownWays = Vec<(WayKey, Option<Way>)>;

/// Answers known already, for one block.
#[derive(Debug)]
pub(super) struct Memo {
    /// For each table and each of its join conditions, the bits of the relations that it depends on.
    depends: Vec<Vec<u32>>,
    /// For each table, all of those bits together.
    named: Vec<u32>,
    /// For each table, those without an extra index and then those with each: few, so that a look at all is fastest.
    ways: RefCell<Vec<Vec<KnownWays>>>,
    /// For each table, by the partners joined.
    partners: RefCell<Vec<Vec<(u32, Partners)>>>,
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
        let depends: Vec<Vec<u32>> = tables
            .iter()
            .map(|table| table.joins.iter().map(bits).collect())
            .collect();
        Self {
            named: depends
                .iter()
                .map(|list| list.iter().fold(0, |bits, depends| bits | depends))
                .collect(),
            depends,
            ways: RefCell::new(vec![Vec::new(); tables.len()]),
            partners: RefCell::new(vec![Vec::new(); tables.len()]),
        }
    }

    /// Of the relations in `joined`, those that a table's join conditions name.
    pub fn relevant(&self, table: usize, joined: u32) -> u32 {
        joined & self.named.get(table).copied().unwrap_or(0)
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
        let joined = self.relevant(at, joined);
        let known = self.partners.borrow().get(at).and_then(|list| {
            let known = list.iter().find(|(key, _)| *key == joined)?;
            Some(known.1)
        });
        known.unwrap_or_else(|| {
            let found = compute();
            if let Some(list) = self.partners.borrow_mut().get_mut(at) {
                list.push((joined, found));
            }
            found
        })
    }

    pub fn way(&self, key: WayKey, compute: impl FnOnce() -> Option<Way>) -> Option<Way> {
        let place = key.extra.map_or(0, |(number, _)| number + 1);
        let known = self.ways.borrow().get(key.table).and_then(|lists| {
            let list = lists.get(place)?;
            let known = list.iter().find(|(known, _)| *known == key)?;
            Some(known.1)
        });
        known.unwrap_or_else(|| {
            let found = compute();
            if let Some(lists) = self.ways.borrow_mut().get_mut(key.table) {
                if lists.len() <= place {
                    lists.resize_with(place + 1, Vec::new);
                }
                if let Some(list) = lists.get_mut(place) {
                    list.push((key, found));
                }
            }
            found
        })
    }
}
