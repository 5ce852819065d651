//! The way in: connections that can be cut on order, which a well-behaved server would never do.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::SharedWorld;

/// Listens, and counts the connections.
pub(super) struct Door {
    pub listener: TcpListener,
    pub world: SharedWorld,
}

impl Listener for Door {
    type Io = Line;
    type Addr = Peer;

    async fn accept(&mut self) -> (Line, Peer) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        self.world.lock().traffic.connected();
        let scissors = Scissors::default();
        (Line { stream, scissors: scissors.clone() }, Peer { ip: address.ip(), scissors })
    }

    fn local_addr(&self) -> io::Result<Peer> {
        let address: SocketAddr = TcpListener::local_addr(&self.listener)?;
        Ok(Peer { ip: address.ip(), scissors: Scissors::default() })
    }
}

/// The other end of a connection, as a handler sees it.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub ip: IpAddr,
    pub scissors: Scissors,
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Cuts the connection at the next answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Scissors(Arc<AtomicU8>);

const WHOLE: u8 = 0;
const RESET: u8 = 1;
const HALVE: u8 = 2;
const HALVED: u8 = 3;

impl Scissors {
    /// The answer's first byte is a reset.
    pub(super) fn reset(&self) {
        self.0.store(RESET, Ordering::Relaxed);
    }

    /// Half of the answer's body is the last that comes.
    pub(super) fn halve(&self) {
        self.0.store(HALVE, Ordering::Relaxed);
    }
}

/// A connection.
pub(super) struct Line {
    stream: TcpStream,
    scissors: Scissors,
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.scissors.0.load(Ordering::Relaxed) {
            WHOLE => Pin::new(&mut self.stream).poll_write(context, bytes),
            HALVE => {
                self.scissors.0.store(HALVED, Ordering::Relaxed);
                let half = half_of_body(bytes);
                Pin::new(&mut self.stream).poll_write(context, &bytes[..half])
            }
            HALVED => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            // Without lingering, the system sends RST instead of FIN.
            _ => Poll::Ready(self.stream.set_zero_linger().and(Err(io::ErrorKind::ConnectionReset.into()))),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// An answer's first write holds its head and begins its body.
fn half_of_body(bytes: &[u8]) -> usize {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    head + (bytes.len() - head) / 2
}
