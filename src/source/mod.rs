//! Where SQL comes from: files, folders, migrations, standard input; statement splitting; parsing; positions.

mod parse;
mod position;

pub use parse::{LineIndex, ParsedStatement, PlacedToken, SyntaxError, parse_statement};
pub use position::{Location, Position, SourceFile, Span};
