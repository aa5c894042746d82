use crate::catalog::Type;
use crate::source::Span;

use super::{QueryExpressionId, RelationId};

/// A bound expression. Equality ignores where it stands in the text and its type.
#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    /// Byte offsets in the file; for expressions of a view, those of the reference to the view.
    pub span: Span,
    /// `None` where it could not be inferred.
    pub data_type: Option<Type>,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Expr {}

impl std::hash::Hash for Expr {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

/// A column of a relation of the same statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnRef {
    pub relation: RelationId,
    /// Number in [`super::Relation::columns`], from 0.
    pub column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExprKind {
    Column(ColumnRef),
    /// The whole row of a relation (`t` or `t.*` used as a value).
    WholeRow(RelationId),
    Literal(Literal),
    /// As written: `$1`, `:name`, `?`.
    Parameter(String),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// A comparison, arithmetic or other binary operator.
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    IsNull {
        operand: Box<Expr>,
        negated: bool,
    },
    /// `IS [NOT] TRUE`, `IS [NOT] FALSE`, `IS [NOT] UNKNOWN`.
    IsTruth {
        operand: Box<Expr>,
        value: Truth,
        negated: bool,
    },
    /// `IS [NOT] DISTINCT FROM`; `negated` is IS NOT DISTINCT FROM.
    IsDistinct {
        left: Box<Expr>,
        right: Box<Expr>,
        negated: bool,
    },
    InList {
        operand: Box<Expr>,
        list: Vec<Expr>,
        negated: bool,
    },
    InSubquery {
        operand: Box<Expr>,
        query: QueryExpressionId,
        negated: bool,
    },
    Exists(QueryExpressionId),
    /// `operand op ANY (array)` or `ALL`.
    QuantifiedArray {
        op: BinaryOp,
        operand: Box<Expr>,
        array: Box<Expr>,
        all: bool,
    },
    /// `operand op ANY (SELECT ...)` or `ALL`.
    QuantifiedSubquery {
        op: BinaryOp,
        operand: Box<Expr>,
        query: QueryExpressionId,
        all: bool,
    },
    Between {
        operand: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        negated: bool,
    },
    Like {
        operand: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<Box<Expr>>,
        kind: LikeKind,
        negated: bool,
    },
    Function(Box<FunctionCall>),
    Cast {
        operand: Box<Expr>,
        data_type: Type,
    },
    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Row(Vec<Expr>),
    Array(Vec<Expr>),
    ScalarSubquery(QueryExpressionId),
    ArraySubquery(QueryExpressionId),
    Collate {
        operand: Box<Expr>,
        collation: String,
    },
    /// A name that could not be resolved; the parts as folded.
    Unresolved(Vec<String>),
    /// Anything else, with the expressions inside it; equal only to itself in text.
    Other {
        text: String,
        operands: Vec<Expr>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    Null,
    Boolean(bool),
    /// As written, without a sign.
    Number(String),
    /// The value, not the spelling; its type is still open.
    String(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    True,
    False,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LikeKind {
    Like,
    ILike,
    SimilarTo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Minus,
    Plus,
    /// `~`, `@`, `|/`, `||/`, `!!`: strict in every case.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    Plus,
    Minus,
    Multiply,
    Divide,
    Modulo,
    Power,
    /// `||`
    Concat,
    /// `~`, `~*`, `!~`, `!~*`
    Regex {
        case_insensitive: bool,
        negated: bool,
    },
    /// Any other operator by its symbol: `@>`, `<@`, `&&`, `->`, `->>`, `@@`, `?`, ...
    Other(String),
}

impl BinaryOp {
    /// `=`, `<>`, `<`, `<=`, `>`, `>=`.
    pub fn is_comparison(&self) -> bool {
        matches!(
            self,
            Self::Eq | Self::NotEq | Self::Lt | Self::LtEq | Self::Gt | Self::GtEq
        )
    }

    /// `<`, `<=`, `>`, `>=`.
    pub fn is_range(&self) -> bool {
        matches!(self, Self::Lt | Self::LtEq | Self::Gt | Self::GtEq)
    }

    /// `+`, `-`, `*`, `/`, `%`, `^`.
    pub fn is_arithmetic(&self) -> bool {
        matches!(
            self,
            Self::Plus | Self::Minus | Self::Multiply | Self::Divide | Self::Modulo | Self::Power
        )
    }

    /// The comparison with its sides exchanged.
    pub fn commuted(&self) -> Option<Self> {
        Some(match self {
            Self::Eq => Self::Eq,
            Self::NotEq => Self::NotEq,
            Self::Lt => Self::Gt,
            Self::LtEq => Self::GtEq,
            Self::Gt => Self::Lt,
            Self::GtEq => Self::LtEq,
            _ => return None,
        })
    }

    /// The comparison that is true where this one is false.
    pub fn inverse(&self) -> Option<Self> {
        Some(match self {
            Self::Eq => Self::NotEq,
            Self::NotEq => Self::Eq,
            Self::Lt => Self::GtEq,
            Self::LtEq => Self::Gt,
            Self::Gt => Self::LtEq,
            Self::GtEq => Self::Lt,
            _ => return None,
        })
    }

    /// As SQL writes it.
    pub fn symbol(&self) -> &str {
        match self {
            Self::Eq => "=",
            Self::NotEq => "<>",
            Self::Lt => "<",
            Self::LtEq => "<=",
            Self::Gt => ">",
            Self::GtEq => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "^",
            Self::Concat => "||",
            Self::Regex {
                case_insensitive,
                negated,
            } => match (negated, case_insensitive) {
                (false, false) => "~",
                (false, true) => "~*",
                (true, false) => "!~",
                (true, true) => "!~*",
            },
            Self::Other(symbol) => symbol,
        }
    }
}

/// A function call: scalar, aggregate, window or set-returning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionCall {
    /// Lower-case where it was not quoted; `pg_catalog.` is left out, other schemas are kept with a dot.
    pub name: String,
    pub arguments: Vec<Expr>,
    /// `count(*)`
    pub star: bool,
    pub distinct: bool,
    /// `ORDER BY` among the arguments, or WITHIN GROUP.
    pub order_by: Vec<SortKey>,
    pub filter: Option<Expr>,
    pub over: Option<Window>,
    pub kind: FunctionKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionKind {
    Scalar,
    Aggregate,
    /// Called with OVER.
    Window,
    SetReturning,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<SortKey>,
    /// The frame clause as written, and the name of a window it builds on.
    pub frame: Option<String>,
}

/// One item of an ORDER BY.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SortKey {
    pub expr: Expr,
    pub descending: bool,
    pub nulls_first: bool,
    /// Whether NULLS FIRST or NULLS LAST was written.
    pub nulls_written: bool,
    /// The output column that it names or numbers, where it does.
    pub output: Option<usize>,
}

impl Expr {
    /// An expression without a known type.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self {
            kind,
            span,
            data_type: None,
        }
    }

    /// An expression of a type.
    pub fn typed(kind: ExprKind, span: Span, data_type: Option<Type>) -> Self {
        Self {
            kind,
            span,
            data_type,
        }
    }

    /// The column, where the expression is nothing but a column.
    pub fn as_column(&self) -> Option<ColumnRef> {
        match self.kind {
            ExprKind::Column(column) => Some(column),
            _ => None,
        }
    }

    /// The column behind casts that change no value (varchar to text and the like are the caller's judgement), here:
    /// behind none; see [`Expr::as_column`]. This one looks through COLLATE only.
    pub fn as_collated_column(&self) -> Option<ColumnRef> {
        match &self.kind {
            ExprKind::Collate { operand, .. } => operand.as_collated_column(),
            _ => self.as_column(),
        }
    }

    /// The members of an array that is written out, as they are compared: also behind the cast to text that PostgreSQL
    /// prints around `(ARRAY['a'::character varying])::text[]`, and behind the one that gives string literals a type.
    pub fn array_members(&self) -> Option<&[Expr]> {
        match &self.kind {
            ExprKind::Array(members) => Some(members),
            ExprKind::Cast { operand, data_type } => {
                let ExprKind::Array(members) = &operand.kind else {
                    return None;
                };
                let Type::Array(element) = data_type else {
                    return None;
                };
                let untyped =
                    |member: &Expr| matches!(member.kind, ExprKind::Literal(Literal::String(_)));
                let text = |member: &Expr| {
                    untyped(member) || member.data_type.as_ref().is_some_and(Type::is_string)
                };
                let keeps = matches!(**element, Type::Text | Type::Varchar(None));
                (members.iter().all(untyped) || keeps && members.iter().all(text))
                    .then_some(members.as_slice())
            }
            _ => None,
        }
    }

    /// Whether it is the literal NULL.
    pub fn is_null_literal(&self) -> bool {
        match &self.kind {
            ExprKind::Literal(Literal::Null) => true,
            ExprKind::Cast { operand, .. } => operand.is_null_literal(),
            _ => false,
        }
    }

    /// The conjuncts of a predicate: the arms of its ANDs.
    pub fn into_conjuncts(self) -> Vec<Expr> {
        match self.kind {
            ExprKind::And(arms) => arms.into_iter().flat_map(Expr::into_conjuncts).collect(),
            _ => vec![self],
        }
    }
}
