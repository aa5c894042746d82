//! Slow-query puzzles: pack format, catalogue, generation, hints, grading.

mod advice;
mod answer;
mod author;
mod baseline;
mod candidate;
mod catalogue;
mod connection;
mod data;
mod draft;
mod error;
mod findings;
mod grade;
mod load;
mod manifest;
mod measure;
mod native;
mod native_session;
mod outcome;
mod overseer;
mod pack;
mod points;
mod rows;
mod session;
mod small;
mod state;
mod stock;
mod variant;
mod verdict;
mod verify;
mod write_cost;

pub use advice::bytes;
pub use answer::{Answer, Change, ChangeKind, LeftOut};
pub use author::{AuthorError, SelfCheck, Source, make_pack};
pub use baseline::Baseline;
pub use candidate::{CandidateLimits, CandidateServer};
pub use catalogue::{CatalogueError, find, shipped, shipped_names};
pub use connection::{Connection, remove_orphaned_files};
pub use error::ExerciseError;
pub use grade::{GradeOptions, grade};
pub use manifest::{
    Allowance, Database, Guard, Hint, Limits, Manifest, Measure, Parameters, Reference,
    ReferenceRows, VariantNames, WrongAnswer,
};
pub use measure::{Measured, with_first_parameters};
pub use native::drop_native_databases;
pub use outcome::Outcome;
pub use pack::{MANIFEST, Pack, PackError, PackFiles};
pub use rows::ResultRows;
pub use session::{Event, EventKind, STATE_VARIABLE, Session, state_folder};
pub use state::DatabaseState;
pub use stock::{LoadOptions, Stock, Workplace, read_state_at, read_state_in};
pub use verdict::{
    BlocksVerdict, GuardVerdict, IndexesVerdict, MAX_POINTS, RowsVerdict, Verdict, WriteCost,
};
pub use verify::{VerifiedAnswer, VerifiedPack, verify};
