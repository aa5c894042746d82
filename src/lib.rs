//! whyslow answers three questions about a PostgreSQL query: why is it slow, what would make it
//! fast, and how do we know?
//!
//! Each module imports only modules further down this list (`tests/layers.rs` checks it).

pub mod advise;
pub mod catalog;
pub mod cli;
pub mod equivalence;
pub mod exercise;
pub mod explain;
pub mod index;
pub mod interview;
pub mod plan;
pub mod planner;
pub mod query;
pub mod report;
pub mod rewrite;
pub mod rules;
pub mod sandbox;
pub mod source;
