use crate::catalog::TableId;
use crate::query::{BlockId, RelationId};
use crate::source::Span;

use super::definition::IndexDefinition;
use super::estimate::PlanEstimate;
use super::size::IndexSize;

/// What is special about a proposed index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProposalKind {
    Plain,
    /// With INCLUDE, for index-only scans, where an index finds the rows already.
    Covering,
    /// For a rare constant.
    Partial,
    Expression,
    /// text_pattern_ops and the like.
    OperatorClass,
    /// pg_trgm.
    Trigram,
    /// jsonb, arrays, full text.
    Gin,
    /// Ranges.
    Gist,
    Brin,
    /// ASC and DESC mixed.
    MixedOrder,
}

/// An index that would help one block, as data.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub kind: ProposalKind,
    pub block: BlockId,
    /// The relation by which the user knows the table: its alias, or that of the view around it.
    pub relation: RelationId,
    pub table: TableId,
    pub definition: IndexDefinition,
    /// `CREATE INDEX ON ...`, one statement, without CONCURRENTLY.
    pub sql: String,
    /// The extension that has to be there first.
    pub extension: Option<&'static str>,
    /// Names of the key columns; of an expression, its text.
    pub columns: Vec<String>,
    /// The block without and with it (and with those proposed before it), each time it runs.
    pub before: PlanEstimate,
    pub after: PlanEstimate,
    pub table_pages: f64,
    pub table_rows: f64,
    pub size: IndexSize,
    /// How often the block runs.
    pub loops: f64,
    /// Whether the table has statistics.
    pub has_statistics: bool,
    /// Whether a missing figure was replaced by one of PostgreSQL's defaults.
    pub assumed: bool,
    /// The conditions that it serves.
    pub spans: Vec<Span>,
    /// Whether it serves ORDER BY.
    pub serves_order: bool,
    /// Whether it serves a join: it is looked up with values of another relation.
    pub serves_join: bool,
}
