//! Where SQL comes from: files, folders, migrations, standard input; statement splitting; parsing; positions.

mod comments;
mod parse;
mod patterns;
mod position;
mod scan;
mod split;

pub use comments::comments;
pub use parse::{LineIndex, ParsedStatement, PlacedToken, SyntaxError, parse_statement};
pub use patterns::{PathPatterns, PatternError};
pub use position::{Location, Position, SourceFile, Span};
pub use scan::Unterminated;
pub use split::{StatementText, split};
