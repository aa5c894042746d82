/// Whether a collation calls only those strings equal that are the same: those do that PostgreSQL brings along. One that
/// somebody made may not.
pub fn is_deterministic_collation(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
    let lower = name.to_ascii_lowercase();
    matches!(
        name,
        "C" | "POSIX" | "default" | "ucs_basic" | "unicode" | "pg_c_utf8" | "pg_unicode_fast"
    ) || name.ends_with("-x-icu")
        || lower.ends_with(".utf8")
        || lower.ends_with(".utf-8")
}
