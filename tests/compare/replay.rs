//! Counterexamples in a database of their own: the schema files alone, the saved statements, both queries.

use std::sync::Arc;

use whyslow::equivalence::Counterexample;
use whyslow::sandbox::{Server, ServerOptions, Session, load_schema};
use whyslow::source::SourceFile;

/// A server that no comparison has used.
pub struct Replay {
    session: Session,
    _server: Server,
}

impl Replay {
    pub fn new(schema: &Arc<SourceFile>) -> Self {
        let server = Server::start(ServerOptions::default()).expect("an embedded server");
        let mut session = server.connect("postgres").expect("a session");
        load_schema(&mut session, std::slice::from_ref(schema)).expect("the schema");
        Self {
            session,
            _server: server,
        }
    }

    /// What speaks against a counterexample, if anything.
    pub fn refused(&mut self, a: &str, b: &str, example: &Counterexample) -> Option<String> {
        self.session.batch_execute("BEGIN").expect("a transaction");
        let outcome = self.results(a, b, &example.setup);
        self.session.batch_execute("ROLLBACK").expect("the end");
        match outcome {
            Err(error) => Some(error.to_string()),
            Ok(found) if found[0] == found[1] => Some("both return the same".to_owned()),
            Ok(found)
                if found[0].len() != example.a.rows.len()
                    || found[1].len() != example.b.rows.len() =>
            {
                Some("another number of rows than shown".to_owned())
            }
            Ok(_) => None,
        }
    }

    fn results(
        &mut self,
        a: &str,
        b: &str,
        setup: &str,
    ) -> Result<[Vec<String>; 2], postgres::Error> {
        self.session.batch_execute(setup)?;
        let mut results = [Vec::new(), Vec::new()];
        for (text, rows) in [a, b].into_iter().zip(&mut results) {
            for row in self
                .session
                .query(&format!("SELECT q::text FROM ({text}) q"), &[])?
            {
                rows.push(row.get::<_, String>(0));
            }
        }
        Ok(results)
    }
}
