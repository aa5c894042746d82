use sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, ObjectName, TimezoneInfo,
    TypeModifier,
};

use super::{Catalog, Type, fold_identifier};

impl Type {
    /// The type that SQL writes, names of user-defined types looked up in the catalog.
    /// `serial` is the integer it stores.
    pub fn from_ast(data_type: &DataType, catalog: &Catalog) -> Self {
        match data_type {
            DataType::Bool | DataType::Boolean => Self::Bool,
            DataType::SmallInt(_) | DataType::Int2(_) => Self::Int2,
            DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => Self::Int4,
            DataType::BigInt(_) | DataType::Int8(_) => Self::Int8,
            DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => {
                numeric(info)
            }
            DataType::Real | DataType::Float4 => Self::Float4,
            DataType::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => Self::Float4,
            DataType::Float(_)
            | DataType::Float8
            | DataType::Double(_)
            | DataType::DoublePrecision => Self::Float8,
            DataType::Text => Self::Text,
            DataType::Varchar(length)
            | DataType::CharacterVarying(length)
            | DataType::CharVarying(length)
            | DataType::Nvarchar(length) => Self::Varchar(character_length(length.as_ref())),
            DataType::Char(length) | DataType::Character(length) => {
                Self::Char(character_length(length.as_ref()).unwrap_or(1))
            }
            DataType::Bytea => Self::Bytea,
            DataType::Date => Self::Date,
            DataType::Time(_, zone) if has_zone(zone) => Self::TimeTz,
            DataType::Time(..) => Self::Time,
            DataType::Timestamp(_, zone) if has_zone(zone) => Self::TimestampTz,
            DataType::Timestamp(..) => Self::Timestamp,
            DataType::Interval { .. } => Self::Interval,
            DataType::Uuid => Self::Uuid,
            DataType::JSON => Self::Json,
            DataType::JSONB => Self::Jsonb,
            DataType::TsVector => Self::TsVector,
            DataType::TsQuery => Self::TsQuery,
            DataType::Bit(_) | DataType::BitVarying(_) | DataType::VarBit(_) => Self::Bit,
            DataType::Array(
                ArrayElemTypeDef::SquareBracket(element, _)
                | ArrayElemTypeDef::Qualified(element, _)
                | ArrayElemTypeDef::AngleBracket(element)
                | ArrayElemTypeDef::Parenthesis(element),
            ) => match Self::from_ast(element, catalog) {
                // PostgreSQL's array types have no number of dimensions.
                array @ Self::Array(_) => array,
                element => Self::Array(Box::new(element)),
            },
            DataType::Collate(inner, _) | DataType::Nullable(inner) => {
                Self::from_ast(inner, catalog)
            }
            DataType::Custom(name, modifiers) => custom(name, modifiers, catalog),
            other => Self::named(None, &other.to_string().to_ascii_lowercase(), &[], catalog),
        }
    }

    /// Whether SQL writes `serial`, `bigserial` or `smallserial`.
    pub fn is_serial(data_type: &DataType) -> bool {
        let DataType::Custom(name, _) = data_type else {
            return false;
        };
        matches!(
            last_part(name).as_deref(),
            Some("serial" | "serial2" | "serial4" | "serial8" | "bigserial" | "smallserial")
        )
    }

    /// The type of a (folded) name, as a type's name in SQL or in the system catalogs.
    pub fn from_name(schema: Option<&str>, name: &str, catalog: &Catalog) -> Self {
        Self::named(schema, name, &[], catalog)
    }

    fn named(
        schema: Option<&str>,
        name: &str,
        modifiers: &[Option<u32>],
        catalog: &Catalog,
    ) -> Self {
        if schema != Some("pg_catalog")
            && let Some(user) = catalog.user_type(schema, name)
        {
            return user;
        }
        let first = modifiers.first().copied().flatten();
        match name {
            "bool" | "boolean" => Self::Bool,
            "int2" | "smallint" | "smallserial" | "serial2" => Self::Int2,
            "int4" | "integer" | "int" | "serial" | "serial4" => Self::Int4,
            "int8" | "bigint" | "bigserial" | "serial8" => Self::Int8,
            "numeric" | "decimal" => {
                let scale = modifiers.get(1).copied().flatten().unwrap_or(0);
                Self::Numeric(first.map(|precision| (precision, i32::try_from(scale).unwrap_or(0))))
            }
            "float4" | "real" => Self::Float4,
            "float8" | "double precision" => Self::Float8,
            "money" => Self::Money,
            "text" => Self::Text,
            "varchar" | "character varying" => Self::Varchar(first),
            // of any length, where `char` is `char(1)`
            "bpchar" => Self::Char(first.unwrap_or(0)),
            "char" | "character" => Self::Char(first.unwrap_or(1)),
            "name" => Self::Name,
            "citext" => Self::Citext,
            "bytea" => Self::Bytea,
            "date" => Self::Date,
            "time" | "time without time zone" => Self::Time,
            "timetz" | "time with time zone" => Self::TimeTz,
            "timestamp" | "timestamp without time zone" => Self::Timestamp,
            "timestamptz" | "timestamp with time zone" => Self::TimestampTz,
            "interval" => Self::Interval,
            "uuid" => Self::Uuid,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "xml" => Self::Xml,
            "inet" => Self::Inet,
            "cidr" => Self::Cidr,
            "macaddr" => Self::Macaddr,
            "tsvector" => Self::TsVector,
            "tsquery" => Self::TsQuery,
            "bit" | "varbit" | "bit varying" => Self::Bit,
            "oid" => Self::Oid,
            "int4range" => Self::Range(Box::new(Self::Int4)),
            "int8range" => Self::Range(Box::new(Self::Int8)),
            "numrange" => Self::Range(Box::new(Self::Numeric(None))),
            "daterange" => Self::Range(Box::new(Self::Date)),
            "tsrange" => Self::Range(Box::new(Self::Timestamp)),
            "tstzrange" => Self::Range(Box::new(Self::TimestampTz)),
            _ => match name.strip_prefix('_') {
                Some(element) if schema.is_none() || schema == Some("pg_catalog") => {
                    match Self::named(schema, element, &[], catalog) {
                        Self::Other(_) => Self::Other(name.to_owned()),
                        element => Self::Array(Box::new(element)),
                    }
                }
                _ => Self::Other(name.to_owned()),
            },
        }
    }
}

fn custom(name: &ObjectName, modifiers: &[TypeModifier], catalog: &Catalog) -> Type {
    let parts: Vec<(String, bool)> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(|part| {
            let quoted = part.quote_style.is_some();
            (fold_identifier(&part.value, quoted), quoted)
        })
        .collect();
    let Some(((last, quoted), rest)) = parts.split_last() else {
        return Type::Other(name.to_string());
    };
    let schema = rest.last().map(|(schema, _)| schema.as_str());
    // "char" with quotes is PostgreSQL's own one-byte type.
    if *quoted && last == "char" {
        return Type::Other("\"char\"".to_owned());
    }
    let numbers: Vec<Option<u32>> = modifiers
        .iter()
        .map(|modifier| match modifier {
            TypeModifier::Number(number, _) => number.parse().ok(),
            TypeModifier::Identifier(_) | TypeModifier::String(_) => None,
        })
        .collect();
    Type::named(schema, last, &numbers, catalog)
}

fn last_part(name: &ObjectName) -> Option<String> {
    let part = name.0.last()?.as_ident()?;
    Some(fold_identifier(&part.value, part.quote_style.is_some()))
}

fn numeric(info: &ExactNumberInfo) -> Type {
    Type::Numeric(match info {
        ExactNumberInfo::None => None,
        ExactNumberInfo::Precision(precision) => Some((narrow(*precision), 0)),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => {
            Some((narrow(*precision), i32::try_from(*scale).unwrap_or(0)))
        }
    })
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn character_length(length: Option<&CharacterLength>) -> Option<u32> {
    match length {
        Some(CharacterLength::IntegerLength { length, .. }) => Some(narrow(*length)),
        Some(CharacterLength::Max) | None => None,
    }
}

fn has_zone(zone: &TimezoneInfo) -> bool {
    matches!(zone, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz)
}
