/// What stands for the placeholders of a query while it is planned.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Parameters {
    /// Nothing: the plan that PostgreSQL would keep for all values.
    #[default]
    Generic,
    /// One value for each of `$1`, `$2`, ..., as text; `None` is NULL.
    Values(Vec<Option<String>>),
}
