use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postgres::{Client, Config, NoTls};

use super::stock::{SESSION, creation_options};
use super::{Connection, ExerciseError};
use crate::catalog::quote_identifier;

/// A database on a server of the user's own, dropped with this value.
pub(super) struct Native {
    created: Created,
}

/// What has to be removed from the server again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Created {
    url: String,
    database: String,
    /// A role that goes with it.
    role: Option<String>,
}

/// Settings take no time.
const SET_UP: Duration = Duration::from_secs(10);

/// Everything that this process has made on servers and not yet dropped.
static CREATED: Mutex<Vec<Created>> = Mutex::new(Vec::new());

fn created() -> MutexGuard<'static, Vec<Created>> {
    CREATED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops every database and role that this process has made on servers of the user's own: for a process that is about
/// to end without running destructors, as after a signal.
pub fn drop_native_databases() {
    let left: Vec<Created> = created().drain(..).collect();
    for one in left.iter().rev() {
        one.remove();
    }
}

impl Created {
    fn remove(&self) {
        let Ok(mut admin) = connect(&self.url, None) else {
            return;
        };
        let name = quote_identifier(&self.database);
        let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        if let Some(role) = &self.role {
            let role = quote_identifier(role);
            let _ = admin.batch_execute(&format!("DROP ROLE IF EXISTS {role}"));
        }
    }
}

impl Native {
    /// Makes a database that only its owner can connect to.
    ///
    /// # Errors
    /// Those of the server; the user has to be allowed to create databases.
    pub(super) fn create(
        url: &str,
        template: Option<&str>,
        locale: Option<&str>,
    ) -> Result<Self, ExerciseError> {
        let mut admin = connect(url, None)?;
        let database = format!("whyslow_{:08x}", rand::random::<u32>());
        let created_now = Created {
            url: url.to_owned(),
            database,
            role: None,
        };
        created().push(created_now.clone());
        let native = Self {
            created: created_now,
        };
        native.create_database(&mut admin, &creation_options(template, locale))?;
        Ok(native)
    }

    fn create_database(&self, admin: &mut Client, options: &str) -> Result<(), ExerciseError> {
        let name = quote_identifier(&self.created.database);
        admin.batch_execute(&format!("CREATE DATABASE {name}{options}"))?;
        admin.batch_execute(&format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"))?;
        Ok(())
    }

    pub(super) fn url(&self) -> &str {
        &self.created.url
    }

    pub(super) fn database(&self) -> &str {
        &self.created.database
    }

    /// A session of the user's own, set up for measuring.
    pub(super) fn connect(&self) -> Result<Connection, ExerciseError> {
        let mut connection = Connection::native(self.url(), Some(self.database()))?;
        connection.within(SET_UP, |client| Ok(client.batch_execute(SESSION)?))?;
        Ok(connection)
    }

    /// Makes a role without rights on anything but this database's tables, which it owns. Says how it logs in.
    ///
    /// # Errors
    /// Those of the server; none but a superuser can do this.
    pub(super) fn make_candidate(&mut self, deadline: Duration) -> Result<String, ExerciseError> {
        let role = format!("{}_candidate", self.database());
        let password: String = (0..4)
            .map(|_| format!("{:08x}", rand::random::<u32>()))
            .collect();
        let quoted = quote_identifier(&role);
        let mut admin = connect(self.url(), None)?;
        admin.batch_execute(&format!(
            "CREATE ROLE {quoted} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 8 \
                 PASSWORD '{password}';
             ALTER ROLE {quoted} SET statement_timeout = {};
             ALTER ROLE {quoted} SET temp_file_limit = '1GB'",
            deadline.as_millis().max(1)
        ))?;
        for one in created().iter_mut().filter(|one| **one == self.created) {
            one.role = Some(role.clone());
        }
        self.created.role = Some(role.clone());
        self.hand_over(&role)?;
        let config: Config = self.url().parse()?;
        let host = match config.get_hosts().first() {
            Some(postgres::config::Host::Tcp(host)) => host.clone(),
            _ => "localhost".to_owned(),
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        Ok(format!(
            "postgres://{role}:{password}@{host}:{port}/{}",
            self.database()
        ))
    }

    /// Makes the database again, as `template` is; the candidate's address stays.
    pub(super) fn make_again(&self, template: &str) -> Result<(), ExerciseError> {
        let mut admin = connect(self.url(), None)?;
        admin.batch_execute(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            quote_identifier(self.database())
        ))?;
        self.create_database(&mut admin, &creation_options(Some(template), None))?;
        match &self.created.role {
            Some(role) => self.hand_over(role),
            None => Ok(()),
        }
    }

    fn hand_over(&self, role: &str) -> Result<(), ExerciseError> {
        let quoted = quote_identifier(role);
        let mut client = connect(self.url(), Some(self.database()))?;
        client.batch_execute(&format!(
            "GRANT CONNECT, TEMPORARY, CREATE ON DATABASE {} TO {quoted};
             GRANT ALL ON SCHEMA public TO {quoted}",
            quote_identifier(self.database())
        ))?;
        let relations = client.query(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
             AND relkind IN ('r', 'p', 'v', 'm')",
            &[],
        )?;
        for relation in relations {
            let relation: String = relation.try_get(0)?;
            client.batch_execute(&format!("ALTER TABLE {relation} OWNER TO {quoted}"))?;
        }
        Ok(())
    }

    pub(super) fn role(&self) -> Option<&str> {
        self.created.role.as_deref()
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        created().retain(|one| *one != self.created);
        self.created.remove();
    }
}

/// A session on a database, or on the one that the address names.
pub(super) fn connect(url: &str, database: Option<&str>) -> Result<Client, ExerciseError> {
    let mut config: Config = url.parse()?;
    config.application_name("whyslow");
    config.connect_timeout(Duration::from_secs(10));
    if let Some(database) = database {
        config.dbname(database);
    }
    Ok(config.connect(NoTls)?)
}
