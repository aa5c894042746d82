//! What is known of PostgreSQL's built-in functions: pg_proc.dat of PostgreSQL 18.

use crate::catalog::{Type, Volatility};

const AGGREGATES: &[&str] = &[
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "dense_rank",
    "every",
    "grouping",
    "json_agg",
    "json_agg_strict",
    "json_arrayagg",
    "json_object_agg",
    "json_object_agg_strict",
    "json_object_agg_unique",
    "json_objectagg",
    "jsonb_agg",
    "jsonb_agg_strict",
    "jsonb_object_agg",
    "jsonb_object_agg_strict",
    "jsonb_object_agg_unique",
    "max",
    "min",
    "mode",
    "percent_rank",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "range_intersect_agg",
    "rank",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

/// Ordered-set aggregates that are window functions when called with OVER and no WITHIN GROUP.
const SET_RETURNING: &[&str] = &[
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "json_object_keys",
    "json_populate_recordset",
    "json_to_recordset",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "jsonb_path_query",
    "jsonb_populate_recordset",
    "jsonb_to_recordset",
    "pg_get_keywords",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
    "unnest",
];

const VOLATILE: &[&str] = &[
    "clock_timestamp",
    "currval",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "pg_advisory_lock",
    "pg_advisory_xact_lock",
    "pg_notify",
    "pg_sleep",
    "pg_sleep_for",
    "pg_sleep_until",
    "pg_try_advisory_lock",
    "pg_try_advisory_xact_lock",
    "random",
    "random_normal",
    "set_config",
    "setseed",
    "setval",
    "timeofday",
    "txid_current",
    "pg_current_xact_id",
    "uuid_generate_v1",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

const STABLE: &[&str] = &[
    "age",
    "array_to_string",
    "concat",
    "concat_ws",
    "current_catalog",
    "current_database",
    "current_date",
    "current_role",
    "current_schema",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "format",
    "inet_client_addr",
    "json_build_array",
    "json_build_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "localtime",
    "localtimestamp",
    "make_timestamptz",
    "now",
    "pg_typeof",
    "row_to_json",
    "session_user",
    "statement_timestamp",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_timestamp",
    "transaction_timestamp",
    "user",
];

/// Scalar functions that may give a value although an argument is NULL.
const NOT_STRICT: &[&str] = &[
    "array_append",
    "array_cat",
    "array_prepend",
    "array_position",
    "array_positions",
    "array_remove",
    "array_replace",
    "array_to_string",
    "coalesce",
    "concat",
    "concat_ws",
    "format",
    "greatest",
    "json_build_array",
    "json_build_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "least",
    "num_nonnulls",
    "num_nulls",
    "nullif",
    "pg_typeof",
    "quote_nullable",
    "row",
    "row_to_json",
    "to_json",
    "to_jsonb",
    "xmlconcat",
    "xmlelement",
    "xmlforest",
    "jsonb_set_lax",
    "string_to_array",
    "string_to_table",
    "array_fill",
    "grouping",
    "json_object",
    "jsonb_object",
    "json_array",
    "json_scalar",
    "json_value",
    "json_query",
    "json_exists",
    "xmlexists",
    "overlaps",
];

/// Immutable scalar functions that give NULL for a NULL argument.
const STRICT: &[&str] = &[
    "abs",
    "ascii",
    "bit_length",
    "btrim",
    "cardinality",
    "cbrt",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "chr",
    "date_bin",
    "date_part",
    "date_trunc",
    "decode",
    "degrees",
    "div",
    "encode",
    "exp",
    "extract",
    "floor",
    "gcd",
    "initcap",
    "isfinite",
    "array_length",
    "array_lower",
    "array_upper",
    "array_ndims",
    "jsonb_array_length",
    "json_array_length",
    "jsonb_extract_path",
    "jsonb_extract_path_text",
    "jsonb_typeof",
    "json_typeof",
    "justify_days",
    "justify_hours",
    "justify_interval",
    "lcm",
    "left",
    "length",
    "ln",
    "log",
    "log10",
    "lower",
    "lower_inf",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "mod",
    "octet_length",
    "overlay",
    "position",
    "power",
    "quote_ident",
    "quote_literal",
    "radians",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_match",
    "regexp_replace",
    "regexp_substr",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "scale",
    "sha256",
    "sign",
    "split_part",
    "sqrt",
    "starts_with",
    "strpos",
    "substr",
    "substring",
    "timezone",
    "to_ascii",
    "to_hex",
    "to_number",
    "to_tsvector",
    "to_tsquery",
    "plainto_tsquery",
    "websearch_to_tsquery",
    "translate",
    "trim_scale",
    "trunc",
    "upper",
    "upper_inf",
    "width_bucket",
    "isempty",
    "cos",
    "sin",
    "tan",
    "acos",
    "asin",
    "atan",
    "atan2",
    "pi",
    "similarity",
    "unaccent",
    "ts_rank",
    "ts_headline",
    "jsonb_set",
    "jsonb_path_exists",
    "jsonb_path_match",
    "to_char",
    "to_date",
    "to_timestamp",
    "age",
    "hashtext",
    "date",
    "text",
    "int4",
    "int8",
    "numeric",
    "float8",
    "bool",
    "timestamp",
    "timestamptz",
    "varchar",
    "inet",
    "host",
    "network",
    "masklen",
    "bit_count",
    "get_bit",
    "get_byte",
    "crc32",
    "sha224",
    "sha384",
    "sha512",
];

/// Whether a built-in function is an aggregate.
pub fn is_aggregate(name: &str) -> bool {
    AGGREGATES.contains(&name)
}

/// Whether a built-in function returns a set of rows.
pub fn is_set_returning(name: &str) -> bool {
    SET_RETURNING.contains(&name)
}

/// Volatility of a built-in function; `None` where it is not known.
pub fn volatility(name: &str) -> Option<Volatility> {
    if VOLATILE.contains(&name) {
        Some(Volatility::Volatile)
    } else if STABLE.contains(&name) {
        Some(Volatility::Stable)
    } else if AGGREGATES.contains(&name)
        || STRICT.contains(&name)
        || NOT_STRICT.contains(&name)
        || SET_RETURNING.contains(&name)
    {
        Some(Volatility::Immutable)
    } else {
        None
    }
}

/// Whether a built-in scalar function surely gives NULL as soon as one argument is NULL.
pub fn is_strict(name: &str) -> bool {
    STRICT.contains(&name)
}

/// Whether an aggregate gives the same for a set of values however often each occurs.
pub fn ignores_duplicates(name: &str) -> bool {
    matches!(
        name,
        "min" | "max" | "bool_and" | "bool_or" | "every" | "bit_and" | "bit_or"
    )
}

/// The type that a built-in function returns, where it does not hang on more than its name and first argument.
pub fn return_type(name: &str, arguments: &[Option<Type>]) -> Option<Type> {
    let first = arguments.first().cloned().flatten();
    match name {
        "count" | "rank" | "dense_rank" | "row_number" | "regr_count" => Some(Type::Int8),
        "sum" => match first? {
            Type::Int2 | Type::Int4 => Some(Type::Int8),
            Type::Int8 | Type::Numeric(_) => Some(Type::Numeric(None)),
            other => Some(other),
        },
        "avg" => match first? {
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Numeric(_) => Some(Type::Numeric(None)),
            Type::Float4 | Type::Float8 => Some(Type::Float8),
            other => Some(other),
        },
        "max" | "min" => match first? {
            Type::Varchar(_) => Some(Type::Text),
            other => Some(other),
        },
        "any_value" | "lag" | "lead" | "first_value" | "last_value" | "nth_value" | "mode"
        | "abs" | "date_bin" | "bit_and" | "bit_or" => first,
        "coalesce" | "greatest" | "least" => arguments.iter().flatten().next().cloned(),
        "nullif" => first,
        "bool_and" | "bool_or" | "every" | "starts_with" | "regexp_like" | "isempty"
        | "isfinite" | "jsonb_path_exists" | "jsonb_path_match" => Some(Type::Bool),
        "lower" | "upper" => match first? {
            Type::Range(element) => Some(*element),
            Type::Other(_) => None,
            _ => Some(Type::Text),
        },
        "btrim"
        | "ltrim"
        | "rtrim"
        | "trim"
        | "substr"
        | "substring"
        | "left"
        | "right"
        | "lpad"
        | "rpad"
        | "replace"
        | "translate"
        | "concat"
        | "concat_ws"
        | "format"
        | "initcap"
        | "md5"
        | "regexp_replace"
        | "regexp_substr"
        | "repeat"
        | "reverse"
        | "split_part"
        | "string_agg"
        | "to_char"
        | "to_hex"
        | "overlay"
        | "quote_ident"
        | "quote_literal"
        | "encode"
        | "chr"
        | "jsonb_extract_path_text"
        | "jsonb_typeof"
        | "json_typeof"
        | "array_to_string"
        | "unaccent"
        | "text"
        | "host" => Some(Type::Text),
        "length" | "char_length" | "character_length" | "octet_length" | "bit_length"
        | "strpos" | "position" | "ascii" | "cardinality" | "array_length"
        | "jsonb_array_length" | "json_array_length" | "regexp_count" | "width_bucket" => {
            Some(Type::Int4)
        }
        "date_part" | "random" | "cos" | "sin" | "tan" | "pi" => Some(Type::Float8),
        "similarity" | "ts_rank" => Some(Type::Float4),
        "extract" => Some(Type::Numeric(None)),
        "ceil" | "ceiling" | "floor" | "round" | "trunc" | "sqrt" | "power" | "exp" | "ln"
        | "log" | "sign" => match first? {
            Type::Numeric(_) => Some(Type::Numeric(None)),
            _ => Some(Type::Float8),
        },
        "mod" | "div" => first,
        "date_trunc" => match arguments.get(1).cloned().flatten()? {
            Type::Date | Type::TimestampTz => Some(Type::TimestampTz),
            other => Some(other),
        },
        "timezone" => match arguments.get(1).cloned().flatten()? {
            Type::TimestampTz => Some(Type::Timestamp),
            Type::Timestamp => Some(Type::TimestampTz),
            _ => None,
        },
        "now"
        | "current_timestamp"
        | "clock_timestamp"
        | "statement_timestamp"
        | "transaction_timestamp"
        | "to_timestamp"
        | "make_timestamptz" => Some(Type::TimestampTz),
        "localtimestamp" | "make_timestamp" => Some(Type::Timestamp),
        "current_date" | "make_date" | "to_date" | "date" => Some(Type::Date),
        "age" | "make_interval" | "justify_days" | "justify_hours" => Some(Type::Interval),
        "gen_random_uuid" | "uuid_generate_v4" | "uuidv4" | "uuidv7" => Some(Type::Uuid),
        "to_json" | "json_agg" | "json_build_object" | "json_build_array" | "row_to_json" => {
            Some(Type::Json)
        }
        "to_jsonb"
        | "jsonb_agg"
        | "jsonb_build_object"
        | "jsonb_build_array"
        | "jsonb_set"
        | "jsonb_extract_path"
        | "jsonb_object_agg"
        | "jsonb_array_elements" => Some(Type::Jsonb),
        "jsonb_array_elements_text"
        | "regexp_split_to_table"
        | "string_to_table"
        | "jsonb_object_keys"
        | "json_object_keys" => Some(Type::Text),
        "array_agg" => Some(Type::Array(Box::new(first?))),
        "string_to_array" | "regexp_split_to_array" => Some(Type::Array(Box::new(Type::Text))),
        "unnest" => match first? {
            Type::Array(element) => Some(*element),
            _ => None,
        },
        "generate_series" => first,
        "to_tsvector" => Some(Type::TsVector),
        "to_tsquery" | "plainto_tsquery" | "websearch_to_tsquery" => Some(Type::TsQuery),
        "nextval" | "currval" => Some(Type::Int8),
        "to_number" => Some(Type::Numeric(None)),
        "percent_rank" | "cume_dist" | "percentile_cont" | "corr" => Some(Type::Float8),
        "ntile" => Some(Type::Int4),
        _ => None,
    }
}

/// Whether a built-in function is one that only makes sense with OVER.
pub fn is_window(name: &str) -> bool {
    matches!(
        name,
        "row_number" | "ntile" | "lag" | "lead" | "first_value" | "last_value" | "nth_value"
    )
}

/// Scalar functions that never give NULL when no argument is NULL.
pub fn is_total(name: &str) -> bool {
    matches!(
        name,
        "abs"
            | "ascii"
            | "btrim"
            | "ceil"
            | "ceiling"
            | "char_length"
            | "character_length"
            | "chr"
            | "concat"
            | "date_trunc"
            | "extract"
            | "floor"
            | "format"
            | "initcap"
            | "left"
            | "length"
            | "lower"
            | "lpad"
            | "ltrim"
            | "md5"
            | "mod"
            | "now"
            | "octet_length"
            | "position"
            | "power"
            | "replace"
            | "reverse"
            | "right"
            | "round"
            | "rpad"
            | "rtrim"
            | "sign"
            | "split_part"
            | "sqrt"
            | "strpos"
            | "substr"
            | "timezone"
            | "to_char"
            | "to_hex"
            | "translate"
            | "trunc"
            | "upper"
            | "current_date"
            | "current_timestamp"
            | "localtimestamp"
            | "row_number"
            | "rank"
            | "dense_rank"
            | "ntile"
            | "percent_rank"
            | "cume_dist"
            | "to_jsonb"
            | "to_json"
            | "random"
            | "gen_random_uuid"
            | "count"
            | "clock_timestamp"
            | "cardinality"
    )
}
