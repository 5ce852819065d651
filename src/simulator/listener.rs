//! A listener whose connections can be cut, which a correct server never does.

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

use super::shared_world::SharedWorld;

/// Accepts and counts connections.
pub(super) struct FaultyListener {
    pub listener: TcpListener,
    pub world: SharedWorld,
}

impl Listener for FaultyListener {
    type Io = FaultyStream;
    type Addr = PeerInfo;

    async fn accept(&mut self) -> (FaultyStream, PeerInfo) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        self.world.lock().request_log.record_connection();
        let cut = CutSwitch::default();
        (FaultyStream { stream, cut: cut.clone() }, PeerInfo { ip: address.ip(), cut })
    }

    fn local_addr(&self) -> io::Result<PeerInfo> {
        let address: SocketAddr = TcpListener::local_addr(&self.listener)?;
        Ok(PeerInfo { ip: address.ip(), cut: CutSwitch::default() })
    }
}

/// The client of a connection, as a handler sees it.
#[derive(Clone, Debug)]
pub(super) struct PeerInfo {
    pub ip: IpAddr,
    pub cut: CutSwitch,
}

impl Connected<IncomingStream<'_, FaultyListener>> for PeerInfo {
    fn connect_info(stream: IncomingStream<'_, FaultyListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Cuts the connection at the next response.
#[derive(Clone, Debug, Default)]
pub(super) struct CutSwitch(Arc<AtomicU8>);

const WHOLE: u8 = 0;
const RESET: u8 = 1;
const HALVE: u8 = 2;
const HALVED: u8 = 3;

impl CutSwitch {
    /// Resets the connection instead of sending the response.
    pub(super) fn reset(&self) {
        self.0.store(RESET, Ordering::Relaxed);
    }

    /// Ends the connection after half of the body.
    pub(super) fn halve(&self) {
        self.0.store(HALVE, Ordering::Relaxed);
    }
}

/// A connection that its switch can cut.
pub(super) struct FaultyStream {
    stream: TcpStream,
    cut: CutSwitch,
}

impl AsyncRead for FaultyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.cut.0.load(Ordering::Relaxed) {
            WHOLE => Pin::new(&mut self.stream).poll_write(context, bytes),
            HALVE => {
                self.cut.0.store(HALVED, Ordering::Relaxed);
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

/// The first write of a response has its head and the beginning of its body.
fn half_of_body(bytes: &[u8]) -> usize {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    head + (bytes.len() - head) / 2
}
