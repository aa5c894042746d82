//! whyslow answers three questions about a PostgreSQL query: why is it slow, what would make it
//! fast, and how do we know?
//!
//! Each module imports only modules further down this list (`tests/layers.rs` checks it).

pub mod cli;
pub mod report;
pub mod interview;
pub mod exercise;
pub mod advise;
pub mod rules;
pub mod equivalence;
pub mod index;
pub mod rewrite;
pub mod planner;
pub mod sandbox;
pub mod plan;
pub mod query;
pub mod catalog;
pub mod source;
