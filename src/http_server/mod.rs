//! An HTTP server without routes: sockets (`listen`), an address that may change with the configuration (`configured`), connections
//! within limits (`connection`), and the check of the `Host` header (`host`). Health and metrics stand on it, and the pages.

mod configured;
mod connection;
pub mod host;
mod listen;

use std::net::IpAddr;

pub use self::configured::serve_configured;
pub use self::connection::{Answer, AnswerBody, Connections, Limits};
pub use self::listen::{Listener, Sockets, activated_sockets};

/// The two ends of a connection; `None` for a unix socket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    /// The address that the client connected to.
    pub local: Option<IpAddr>,
    /// The client's address.
    pub peer: Option<IpAddr>,
}
