use std::fmt;

use serde::{Deserialize, Serialize};

use super::QualifiedName;

/// A PostgreSQL data type, with the length or precision that was declared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Type {
    Bool,
    Int2,
    Int4,
    Int8,
    /// Precision and scale where declared.
    Numeric(Option<(u32, i32)>),
    Float4,
    Float8,
    Money,
    Text,
    /// `varchar(n)`; `None` is unbounded.
    Varchar(Option<u32>),
    /// `char(n)`, blank-padded; 0 for `bpchar` of any length.
    Char(u32),
    /// `name`, the type of identifiers in the system catalogs.
    Name,
    Citext,
    Bytea,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Interval,
    Uuid,
    Json,
    Jsonb,
    Xml,
    Inet,
    Cidr,
    Macaddr,
    TsVector,
    TsQuery,
    /// `bit(n)` and `bit varying(n)`.
    Bit,
    Oid,
    /// `CREATE TYPE ... AS ENUM`; labels are in [`super::Catalog::enums`].
    Enum(QualifiedName),
    /// `CREATE DOMAIN`; its base type and checks are in [`super::Catalog::domains`].
    Domain(QualifiedName),
    /// A row type.
    Composite(QualifiedName),
    Array(Box<Type>),
    /// A range over a type.
    Range(Box<Type>),
    /// Any other type (extensions, user-defined), by the name it was written with.
    Other(String),
}

impl Type {
    /// Whether values are character strings: text, varchar, char, name, citext.
    pub fn is_string(&self) -> bool {
        matches!(
            self,
            Self::Text | Self::Varchar(_) | Self::Char(_) | Self::Name | Self::Citext
        )
    }

    /// Whether values are whole numbers.
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Int8)
    }

    /// Whether values are numbers of any kind.
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || matches!(self, Self::Numeric(_) | Self::Float4 | Self::Float8)
    }

    /// Whether values are dates or moments.
    pub fn is_date_time(&self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::TimestampTz)
    }
}

/// As SQL writes it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = match self {
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Numeric(None) => "numeric",
            Self::Numeric(Some((precision, 0))) => return write!(f, "numeric({precision})"),
            Self::Numeric(Some((precision, scale))) => {
                return write!(f, "numeric({precision},{scale})");
            }
            Self::Float4 => "real",
            Self::Float8 => "double precision",
            Self::Money => "money",
            Self::Text => "text",
            Self::Varchar(None) => "varchar",
            Self::Varchar(Some(length)) => return write!(f, "varchar({length})"),
            Self::Char(0) => "bpchar",
            Self::Char(length) => return write!(f, "char({length})"),
            Self::Name => "name",
            Self::Citext => "citext",
            Self::Bytea => "bytea",
            Self::Date => "date",
            Self::Time => "time",
            Self::TimeTz => "timetz",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Interval => "interval",
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Xml => "xml",
            Self::Inet => "inet",
            Self::Cidr => "cidr",
            Self::Macaddr => "macaddr",
            Self::TsVector => "tsvector",
            Self::TsQuery => "tsquery",
            Self::Bit => "varbit",
            Self::Oid => "oid",
            Self::Enum(name) | Self::Domain(name) | Self::Composite(name) => {
                return f.write_str(&name.to_short_sql());
            }
            Self::Array(element) => return write!(f, "{element}[]"),
            Self::Range(element) => {
                return f.write_str(match **element {
                    Self::Int4 => "int4range",
                    Self::Int8 => "int8range",
                    Self::Numeric(_) => "numrange",
                    Self::Date => "daterange",
                    Self::Timestamp => "tsrange",
                    _ => "tstzrange",
                });
            }
            Self::Other(name) => name,
        };
        f.write_str(plain)
    }
}
