use sqlparser::tokenizer::Token;

use super::apply::{Applied, Applier};
use super::cursor::Cursor;
use super::definition::ObjectReference;
use super::error::SchemaError;
use crate::catalog::{CatalogExpression, Domain, QualifiedName, Type, UserFunction, Volatility};

impl Applier<'_> {
    /// `CREATE TYPE`, from behind these words.
    pub(super) fn create_type(&mut self, cursor: &mut Cursor<'_>) -> Applied<()> {
        let name = self.creation_name(&cursor.object_reference()?);
        if cursor.take_words(&["as", "enum"]) {
            let labels = cursor.in_parentheses(Cursor::string)?;
            self.catalog.enums.insert(name, labels);
        } else if cursor.at_words(&["as", "range"]) {
            // Kept as an unknown type: nothing here depends on its subtype.
        } else if cursor.take_word("as") {
            let fields = cursor.in_parentheses(|cursor| {
                let field = cursor.identifier()?;
                let data_type = cursor.data_type()?;
                cursor.skip_item();
                Ok((field, data_type))
            })?;
            let fields = fields
                .into_iter()
                .map(|(field, data_type)| (field, self.resolve_type(&data_type)))
                .collect();
            self.catalog.composites.insert(name, fields);
        }
        Ok(())
    }

    /// `ALTER TYPE`, from behind these words.
    pub(super) fn alter_type(&mut self, cursor: &mut Cursor<'_>) -> Applied<()> {
        let reference = cursor.object_reference()?;
        let name = match self.find_user_type(&reference) {
            Ok(name) => name,
            // ranges and base types are not kept
            Err(_)
                if !cursor.at_words(&["add", "value"])
                    && !cursor.at_words(&["rename", "value"]) =>
            {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if cursor.take_words(&["add", "value"]) {
            let if_not_exists = cursor.take_words(&["if", "not", "exists"]);
            let label = cursor.string()?;
            let before = cursor.at_word("before");
            let neighbour = if cursor.take_word("before") || cursor.take_word("after") {
                Some(cursor.string()?)
            } else {
                None
            };
            let Some(labels) = self.catalog.enums.get_mut(&name) else {
                return Err(SchemaError::missing("enum", &name));
            };
            if labels.contains(&label) {
                return if if_not_exists {
                    Ok(())
                } else {
                    Err(SchemaError::Exists {
                        kind: "label",
                        name,
                    })
                };
            }
            let at = neighbour
                .and_then(|neighbour| labels.iter().position(|own| *own == neighbour))
                .map_or(labels.len(), |at| if before { at } else { at + 1 });
            labels.insert(at, label);
        } else if cursor.take_words(&["rename", "value"]) {
            let from = cursor.string()?;
            cursor.expect_word("to")?;
            let to = cursor.string()?;
            if let Some(label) = self
                .catalog
                .enums
                .get_mut(&name)
                .and_then(|labels| labels.iter_mut().find(|label| **label == from))
            {
                *label = to;
            }
        } else if cursor.take_words(&["rename", "to"]) {
            let to = QualifiedName::new(name.schema.clone(), cursor.identifier()?);
            self.rename_type(&name, &to);
        } else if cursor.take_words(&["set", "schema"]) {
            let to = QualifiedName::new(cursor.identifier()?, name.name.clone());
            self.rename_type(&name, &to);
        }
        Ok(())
    }

    fn find_user_type(&self, reference: &ObjectReference) -> Applied<QualifiedName> {
        match self
            .catalog
            .user_type(reference.schema.as_deref(), &reference.name)
        {
            Some(Type::Enum(name) | Type::Domain(name) | Type::Composite(name)) => Ok(name),
            _ => Err(SchemaError::missing("type", reference)),
        }
    }

    fn rename_type(&mut self, from: &QualifiedName, to: &QualifiedName) {
        if let Some(labels) = self.catalog.enums.swap_remove(from) {
            self.catalog.enums.insert(to.clone(), labels);
        }
        if let Some(domain) = self.catalog.domains.swap_remove(from) {
            self.catalog.domains.insert(to.clone(), domain);
        }
        if let Some(fields) = self.catalog.composites.swap_remove(from) {
            self.catalog.composites.insert(to.clone(), fields);
        }
        let columns = self
            .catalog
            .tables
            .iter_mut()
            .flatten()
            .flat_map(|table| &mut table.columns);
        for column in columns {
            rename_in(&mut column.data_type, from, to);
        }
        for domain in self.catalog.domains.values_mut() {
            rename_in(&mut domain.base, from, to);
        }
    }

    /// `DROP TYPE` and `DROP DOMAIN`, for one name. Columns of the type keep it.
    pub(super) fn drop_type(&mut self, reference: &ObjectReference) {
        if let Ok(name) = self.find_user_type(reference) {
            self.catalog.enums.shift_remove(&name);
            self.catalog.domains.shift_remove(&name);
            self.catalog.composites.shift_remove(&name);
        }
    }

    /// `CREATE DOMAIN`, from behind these words.
    pub(super) fn create_domain(&mut self, cursor: &mut Cursor<'_>) -> Applied<()> {
        let name = self.creation_name(&cursor.object_reference()?);
        cursor.take_word("as");
        let base = self.resolve_type(&cursor.data_type()?);
        let mut domain = Domain {
            base,
            not_null: false,
            checks: Vec::new(),
        };
        while !cursor.at_end() {
            domain_constraint(cursor, &mut domain)?;
        }
        self.catalog.domains.insert(name, domain);
        Ok(())
    }

    /// `ALTER DOMAIN`, from behind these words.
    pub(super) fn alter_domain(&mut self, cursor: &mut Cursor<'_>) -> Applied<()> {
        let reference = cursor.object_reference()?;
        let name = self.find_user_type(&reference)?;
        if cursor.take_words(&["rename", "to"]) {
            let to = QualifiedName::new(name.schema.clone(), cursor.identifier()?);
            self.rename_type(&name, &to);
            return Ok(());
        }
        if cursor.take_words(&["set", "schema"]) {
            let to = QualifiedName::new(cursor.identifier()?, name.name.clone());
            self.rename_type(&name, &to);
            return Ok(());
        }
        let Some(domain) = self.catalog.domains.get_mut(&name) else {
            return Err(SchemaError::missing("domain", &name));
        };
        if cursor.take_words(&["set", "not", "null"]) {
            domain.not_null = true;
        } else if cursor.take_words(&["drop", "not", "null"]) {
            domain.not_null = false;
        } else if cursor.take_word("add") {
            domain_constraint(cursor, domain)?;
        } else if cursor.at_words(&["drop", "constraint"]) {
            // Checks are kept without their names: none is sure to hold after one of them went.
            domain.checks.clear();
        }
        let not_null = domain.not_null;
        if not_null {
            let of_domain = Type::Domain(name);
            let columns = self
                .catalog
                .tables
                .iter_mut()
                .flatten()
                .flat_map(|table| &mut table.columns);
            for column in columns.filter(|column| column.data_type == of_domain) {
                column.not_null = true;
            }
        }
        Ok(())
    }

    /// `CREATE [OR REPLACE] FUNCTION`, from behind these words.
    pub(super) fn create_function(&mut self, cursor: &mut Cursor<'_>) -> Applied<()> {
        let name = self.creation_name(&cursor.object_reference()?);
        cursor.skip_parentheses()?;
        let mut function = UserFunction {
            volatility: Volatility::Volatile,
            strict: false,
            returns: None,
            returns_set: false,
        };
        if cursor.at_word("returns") && !cursor.nth_is_word(1, "null") {
            cursor.advance();
            if cursor.take_word("table") {
                function.returns_set = true;
                cursor.skip_parentheses()?;
            } else {
                function.returns_set = cursor.take_word("setof");
                function.returns = Some(self.resolve_type(&cursor.data_type()?));
            }
        }
        while !cursor.at_end()
            && !cursor.at_words(&["begin", "atomic"])
            && !cursor.at_word("return")
        {
            if cursor.take_word("immutable") {
                function.volatility = Volatility::Immutable;
            } else if cursor.take_word("stable") {
                function.volatility = Volatility::Stable;
            } else if cursor.take_word("volatile") {
                function.volatility = Volatility::Volatile;
            } else if cursor.take_word("strict")
                || cursor.take_words(&["returns", "null", "on", "null", "input"])
            {
                function.strict = true;
            } else {
                cursor.advance();
            }
        }
        // Of functions that differ in their arguments alone, what is kept must hold for each.
        match self.catalog.functions.get_mut(&name) {
            Some(known) => {
                known.strict &= function.strict;
                known.returns_set |= function.returns_set;
                known.volatility = less_certain(known.volatility, function.volatility);
                if known.returns != function.returns {
                    known.returns = None;
                }
            }
            None => {
                self.catalog.functions.insert(name, function);
            }
        }
        Ok(())
    }

    /// `CREATE EXTENSION`, from behind these words.
    pub(super) fn create_extension(&mut self, cursor: &mut Cursor<'_>) -> Applied<()> {
        cursor.take_words(&["if", "not", "exists"]);
        let name = match cursor.peek() {
            Token::SingleQuotedString(_) => cursor.string()?,
            _ => cursor.identifier()?,
        };
        if !self.catalog.extensions.contains(&name) {
            self.catalog.extensions.push(name);
        }
        Ok(())
    }
}

fn domain_constraint(cursor: &mut Cursor<'_>, domain: &mut Domain) -> Applied<()> {
    let mut check: Option<CatalogExpression> = None;
    if cursor.take_word("constraint") {
        cursor.identifier()?;
    }
    if cursor.take_words(&["not", "null"]) {
        domain.not_null = true;
    } else if cursor.take_word("null") {
    } else if cursor.take_word("default") {
        super::parse_table::default_expression(cursor)?;
    } else if cursor.take_word("collate") {
        cursor.object_reference()?;
    } else if cursor.take_word("check") {
        check = Some(cursor.expression_in_parentheses()?);
    } else {
        return Ok(cursor.expected("a constraint of the domain")?);
    }
    let validated = !cursor.take_words(&["not", "valid"]);
    domain.checks.extend(check.filter(|_| validated));
    Ok(())
}

fn less_certain(a: Volatility, b: Volatility) -> Volatility {
    match (a, b) {
        (Volatility::Volatile, _) | (_, Volatility::Volatile) => Volatility::Volatile,
        (Volatility::Stable, _) | (_, Volatility::Stable) => Volatility::Stable,
        _ => Volatility::Immutable,
    }
}

fn rename_in(data_type: &mut Type, from: &QualifiedName, to: &QualifiedName) {
    match data_type {
        Type::Enum(name) | Type::Domain(name) | Type::Composite(name) if name == from => {
            *name = to.clone();
        }
        Type::Array(element) | Type::Range(element) => rename_in(element, from, to),
        _ => {}
    }
}
