//! Slow-query puzzles: pack format, catalogue, generation, hints, grading.

mod advice;
mod answer;
mod author;
mod catalogue;
mod connection;
mod error;
mod findings;
mod grade;
mod load;
mod measure;
mod outcome;
mod pack;
mod rows;
mod session;
mod small;
mod state;
mod stock;
mod variant;
mod verdict;
mod verify;

pub use advice::bytes;
pub use answer::{Answer, Change, ChangeKind, LeftOut};
pub use author::{AuthorError, Source, make_pack};
pub use catalogue::{CatalogueError, find, shipped, shipped_names};
pub use connection::{Connection, remove_orphaned_files};
pub use error::ExerciseError;
pub use grade::{GradeOptions, grade};
pub use measure::{Measured, with_first_parameters};
pub use outcome::Outcome;
pub use pack::{
    Allowance, Database, Guard, Hint, Limits, MANIFEST, Manifest, Measure, Pack, PackError,
    PackFiles, Parameters, Reference, ReferenceRows, VariantNames, WrongAnswer,
};
pub use rows::ResultRows;
pub use session::{Event, EventKind, Session, state_folder};
pub use state::DatabaseState;
pub use stock::{Baseline, DATABASE, LoadOptions, Stock, Workplace, server_options};
pub use verdict::{
    BlocksVerdict, GuardVerdict, IndexesVerdict, MAX_POINTS, RowsVerdict, Verdict, WriteCost,
};
pub use verify::{VerifiedAnswer, VerifiedPack, verify};
