//! Exercises and interviews from the command line.
#![cfg(feature = "embedded")]

mod abuse;
mod answers;
mod author;
mod home;
mod interview;
#[cfg(unix)]
mod native;
#[path = "../needs/mod.rs"]
mod needs;
#[cfg(unix)]
mod pages;
#[cfg(unix)]
mod prompt_back;
#[cfg(unix)]
mod terminal;
