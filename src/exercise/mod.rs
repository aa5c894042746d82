//! Slow-query puzzles: pack format, catalogue, generation, hints, grading.

mod catalogue;
mod outcome;
mod pack;

pub use catalogue::{CatalogueError, find, shipped, shipped_names};
pub use outcome::Outcome;
pub use pack::{
    Allowance, Database, Guard, Hint, Limits, MANIFEST, Manifest, Measure, Pack, PackError,
    PackFiles, Parameters, Reference, ReferenceRows, VariantNames, WrongAnswer,
};
