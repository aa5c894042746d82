//! Interview scripts and their sessions.

mod script;
mod session;

pub use script::{Script, ScriptError, Topic};
pub use session::{Interview, TopicNotes};
