//! Values of the small databases, interned: a row is a list of numbers, equal numbers are equal values.

use std::collections::HashMap;

use crate::catalog::Type;

/// Number of a value in [`Values`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ValueId(pub u32);

/// SQL's NULL.
pub(super) const NULL: ValueId = ValueId(0);

/// Types whose values can be equal to each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Family {
    Number,
    Text,
    Date,
    Timestamp,
    TimestampTz,
    Time,
    Bool,
    /// By the type's name.
    Other(String),
}

impl Family {
    /// Of a type that is no domain.
    pub fn of(data_type: &Type) -> Self {
        match data_type {
            Type::Int2
            | Type::Int4
            | Type::Int8
            | Type::Numeric(_)
            | Type::Float4
            | Type::Float8
            | Type::Oid => Self::Number,
            Type::Text | Type::Varchar(_) | Type::Char(_) | Type::Name | Type::Citext => Self::Text,
            Type::Date => Self::Date,
            Type::Timestamp => Self::Timestamp,
            Type::TimestampTz => Self::TimestampTz,
            Type::Time | Type::TimeTz => Self::Time,
            Type::Bool => Self::Bool,
            other => Self::Other(other.to_string()),
        }
    }
}

/// The text of each value, and its JSON.
#[derive(Debug)]
pub(super) struct Values {
    texts: Vec<String>,
    json: Vec<String>,
    bare: Vec<bool>,
    ids: HashMap<(Family, String), ValueId>,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            texts: vec![String::new()],
            json: vec!["null".to_owned()],
            bare: vec![true],
            ids: HashMap::new(),
        }
    }
}

impl Values {
    /// The number of a value, by the text that PostgreSQL prints for it.
    pub fn intern(&mut self, family: &Family, text: &str) -> ValueId {
        let text = canonical(family, text);
        if let Some(&id) = self.ids.get(&(family.clone(), text.to_owned())) {
            return id;
        }
        let id = ValueId(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.to_owned());
        self.json
            .push(serde_json::Value::String(text.to_owned()).to_string());
        self.bare
            .push(matches!(family, Family::Number | Family::Bool) && !text.contains(['N', 'I']));
        self.ids.insert((family.clone(), text.to_owned()), id);
        id
    }

    /// The text of a value; `None` for NULL.
    pub fn text(&self, id: ValueId) -> Option<&str> {
        (id != NULL).then(|| self.texts.get(id.0 as usize).map_or("", String::as_str))
    }

    /// As JSON: null or a string.
    pub fn json(&self, id: ValueId) -> &str {
        self.json.get(id.0 as usize).map_or("null", String::as_str)
    }

    /// Whether SQL writes it without quotes.
    pub fn is_bare(&self, id: ValueId) -> bool {
        self.bare.get(id.0 as usize).copied().unwrap_or(false)
    }
}

/// One text for equal values: numbers without trailing zeros, blank-padded strings without blanks.
fn canonical<'a>(family: &Family, text: &'a str) -> &'a str {
    match family {
        Family::Number if text.contains('.') && !text.contains(['e', 'E']) => {
            text.trim_end_matches('0').trim_end_matches('.')
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_are_one_value() {
        let mut values = Values::default();
        let one = values.intern(&Family::Number, "1");
        assert_eq!(values.intern(&Family::Number, "1.00"), one);
        assert_ne!(values.intern(&Family::Text, "1"), one);
        assert_ne!(values.intern(&Family::Number, "10"), one);
        assert_eq!(values.text(NULL), None);
    }
}
