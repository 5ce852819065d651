//! An HTTP server without routes: sockets (`listen`), an address that may change with the configuration (`configured`), connections
//! within limits (`connection`), and the check of the `Host` header (`host`). Health and metrics stand on it, and the pages.

mod configured;
mod connection;
pub mod host;
mod listen;

pub use self::configured::serve_configured;
pub use self::connection::{Answer, AnswerBody, Connections, Limits};
pub use self::listen::{Ends, Listener, Sockets, activated_sockets};
