//! Where SQL comes from: files, folders, migrations, standard input; statement splitting; parsing; positions.

mod chains;
mod comments;
mod inner_statement;
mod input;
mod lines;
mod migrations;
mod parse;
mod patterns;
mod placeholders;
mod position;
mod scan;
mod split;
mod workarounds;

pub(crate) use chains::{nesting, with_grouped_chains};
pub use comments::comments;
pub use input::{Input, InputError, STDIN_NAME, find_inputs};
pub use lines::LineIndex;
pub use migrations::read_schema;
pub use parse::{ParsedStatement, PlacedToken, SyntaxError, parse_statement};
pub use patterns::{PathPatterns, PatternError};
pub use position::{Location, Position, SourceFile, Span};
pub use scan::Unterminated;
pub use split::{StatementClass, StatementText, split};
pub use workarounds::Approximation;
pub(crate) use workarounds::{with_table_commands, with_workarounds};
