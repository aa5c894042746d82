use super::{SandboxError, Server};
use crate::catalog::{quote_identifier, quote_literal};

impl Server {
    /// Makes a database, of a collation (`en_US.UTF-8`, ...) where one is given: the planner then treats LIKE as
    /// production does. Its rows still sort by code point.
    pub fn create_database(&self, name: &str, collation: Option<&str>) -> Result<(), SandboxError> {
        let mut session = self.connect("postgres")?;
        let locale = collation
            .filter(|collation| !["C", "POSIX"].contains(collation))
            .map(|collation| {
                let collation = quote_literal(collation);
                format!(" TEMPLATE template0 LC_COLLATE {collation} LC_CTYPE {collation}")
            })
            .unwrap_or_default();
        session.batch_execute(&format!(
            "CREATE DATABASE {}{locale}",
            quote_identifier(name)
        ))?;
        Ok(())
    }

    /// Makes a database that is a copy of another, which nobody may be connected to.
    pub fn clone_database(&self, template: &str, name: &str) -> Result<(), SandboxError> {
        let other = if template == "postgres" {
            "template1"
        } else {
            "postgres"
        };
        let mut session = self.connect(other)?;
        session.batch_execute(&format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quote_identifier(name),
            quote_identifier(template)
        ))?;
        Ok(())
    }

    /// Removes a database that nobody is connected to.
    pub fn drop_database(&self, name: &str) -> Result<(), SandboxError> {
        let mut session = self.connect("postgres")?;
        session.batch_execute(&format!(
            "DROP DATABASE IF EXISTS {}",
            quote_identifier(name)
        ))?;
        Ok(())
    }
}
