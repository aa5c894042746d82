use std::ops::{Deref, DerefMut};
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, NoTls};

use super::address::Address;
use super::encryption::Encryption;

/// Oldest server that the catalog queries are written for.
const OLDEST: u32 = 120_000;

/// Why a live server cannot be used. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error(
        "the address of the database cannot be read: write postgres://user@host:port/database, or host=... user=... dbname=... (the password is better kept in PGPASSWORD or ~/.pgpass)"
    )]
    Address,
    #[error("sslmode={mode} is not known: use disable, prefer, require, verify-ca or verify-full")]
    SslMode { mode: String },
    #[error("the certificate authority cannot be used: {message}; check sslrootcert")]
    Certificate { message: String },
    #[error("cannot connect to {address}: {message}{hint}")]
    Connect {
        address: String,
        message: String,
        hint: String,
    },
    #[error("{address} is PostgreSQL {version}: whyslow reads 12 and later")]
    TooOld { address: String, version: String },
}

/// A connection to a live server.
pub struct LiveConnection {
    client: Client,
    version: u32,
    version_text: String,
    address: String,
}

impl LiveConnection {
    /// `server_version_num`, such as 170005.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// `server_version` without the packager's remark, such as `17.5`.
    pub fn version_text(&self) -> &str {
        &self.version_text
    }

    /// User, host, port and database, for messages.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Deref for LiveConnection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for LiveConnection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

/// Connects to a server by URL or `key=value` pairs; what is left open comes from the environment (PGHOST, PGUSER,
/// PGPASSWORD, PGSSLMODE, ...) and from the password file, as for psql. Every transaction of the session is read-only.
///
/// # Errors
/// The address cannot be read, nobody answers, the login is refused, or the server is older than 12.
pub fn connect(address: &str) -> Result<LiveConnection, ConnectionError> {
    let Address {
        mut config,
        encryption,
        root_certificate,
    } = Address::read(address, |name| std::env::var(name).ok())?;
    let timeout = *config
        .get_connect_timeout()
        .unwrap_or(&Duration::from_secs(10));
    config.connect_timeout(timeout);
    let address = Address::describe(&config);
    // As in libpq, nothing is encrypted on the way through a socket of this machine.
    let open = encryption == Encryption::Disable || Address::is_socket(&config);
    let connector = match open {
        true => None,
        false => Some(encryption.connector(root_certificate.as_deref())?),
    };
    let failed = |error: postgres::Error| ConnectionError::Connect {
        address: address.clone(),
        message: message_of(&error),
        hint: hint_of(&error).to_owned(),
    };
    let open_session = move || -> Result<(Client, i32, String), postgres::Error> {
        let mut client = match connector {
            Some(connector) => config.connect(connector),
            None => config.ssl_mode(SslMode::Disable).connect(NoTls),
        }?;
        client.batch_execute(
            "SET default_transaction_read_only = on; SET client_min_messages = error",
        )?;
        let row = client.query_one("SELECT pg_catalog.current_setting('server_version_num')::integer, pg_catalog.current_setting('server_version')", &[])?;
        let (version, version_text) = (row.get(0), row.get(1));
        Ok((client, version, version_text))
    };
    // The timeout of the connection ends when the port answers; the login has as long once more.
    let (client, version, version_text) = match within(timeout * 2, open_session) {
        Some(opened) => opened.map_err(failed)?,
        None => {
            return Err(ConnectionError::Connect {
                address: address.clone(),
                message: "the port accepts connections, but nobody answers".to_owned(),
                hint: "; check that it is PostgreSQL's port, and that the server is not overloaded"
                    .to_owned(),
            });
        }
    };
    let version = u32::try_from(version).unwrap_or(0);
    let version_text = version_text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned();
    if version < OLDEST {
        return Err(ConnectionError::TooOld {
            address,
            version: version_text,
        });
    }
    Ok(LiveConnection {
        client,
        version,
        version_text,
        address,
    })
}

/// The result of work that may never end; `None` where it takes longer than `limit`. It then goes on by itself.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // nobody waits any more where this fails
        let _ = sender.send(work());
    });
    receiver.recv_timeout(limit).ok()
}

/// A server's error in one line.
pub(super) fn message_of(error: &postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

fn hint_of(error: &postgres::Error) -> &'static str {
    use postgres::error::SqlState;
    match error.code() {
        Some(code) if *code == SqlState::INVALID_PASSWORD => {
            "; set PGPASSWORD, or add a line to ~/.pgpass (mode 0600)"
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
            "; name the database in the URL: postgres://host/DATABASE"
        }
        Some(code) if *code == SqlState::CANNOT_CONNECT_NOW => {
            "; wait until the server has started"
        }
        Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => {
            "; try again when fewer sessions are open"
        }
        Some(_) => "",
        None if error.to_string().contains("password") => {
            "; set PGPASSWORD, or add a line to ~/.pgpass (mode 0600)"
        }
        None => "; check host, port and sslmode",
    }
}
