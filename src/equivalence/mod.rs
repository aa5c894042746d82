//! Are two queries equal? A proof, or the database that tells them apart.
//!
//! A [`Checker`] holds a PostgreSQL with the schema in it. [`Checker::compare`] decides tens of thousands of small
//! databases a second: each database is a JSON value, the tables are CTEs over it that shadow the real ones, and one
//! statement decides hundreds of databases. A difference is shrunk and confirmed on the real tables, with every
//! constraint in place.

mod adapt;
mod candidates;
mod checker;
mod comparison;
mod confirm;
mod coverage;
mod database;
mod describe;
mod engine;
mod error;
mod evaluate;
mod explain;
mod features;
mod generate;
mod normal_form;
mod pattern;
mod search;
mod second_look;
mod shrink;
mod space;
mod space_constraints;
mod tokens;
mod value_pools;
mod values;
mod verdict;
mod without_join;

pub use checker::Checker;
pub use comparison::{
    Comparison, Counterexample, Options, OrderMode, ResultTable, SearchSummary, TableRows, Verdict,
};
pub use error::CompareError;
pub use second_look::{CheckedRewrite, Refutation, SecondLook, WhyNot};
