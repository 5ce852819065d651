//! Listening sockets: created for the configured address, or passed by systemd (socket activation).

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use listenfd::ListenFd;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_util::either::Either;

use crate::config::Listen;

/// Members of the owner's group may connect, for example a scraper.
const SOCKET_MODE: Mode = Mode::from_bits_truncate(0o660);

/// The two ends of a connection; `None` for a unix socket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    /// The address that the client connected to.
    pub local: Option<IpAddr>,
    /// The client's address.
    pub peer: Option<IpAddr>,
}

/// A listening socket.
#[derive(Debug)]
pub enum Listener {
    Tcp(TcpListener, SocketAddr),
    /// With its file if we created it; the file is removed with the socket.
    Unix(UnixListener, Option<SocketFile>),
}

/// The file of a unix socket.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!(path = %self.0.display(), %error, "the socket's file could not be removed");
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(_, address) => write!(f, "http://{address}"),
            Self::Unix(_, Some(SocketFile(path))) => write!(f, "unix:{}", path.display()),
            Self::Unix(listener, None) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname()).unwrap_or(Path::new("(no name)"));
                write!(f, "unix:{}", path.display())
            }
        }
    }
}

impl Listener {
    /// Wraps an existing listener.
    pub fn tcp(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self::Tcp(TcpListener::from_std(listener)?, address))
    }

    fn unix(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self::Unix(UnixListener::from_std(listener)?, None))
    }

    /// Accepts a connection.
    pub(super) async fn accept(&self) -> io::Result<(Either<TcpStream, UnixStream>, Ends)> {
        match self {
            Self::Tcp(listener, _) => {
                let (stream, peer) = listener.accept().await?;
                let ends = Ends { local: Some(stream.local_addr()?.ip()), peer: Some(peer.ip()) };
                Ok((Either::Left(stream), ends))
            }
            Self::Unix(listener, _) => Ok((Either::Right(listener.accept().await?.0), Ends::default())),
        }
    }
}

/// Sockets that others made for the daemon.
#[derive(Debug, Default)]
pub struct Sockets {
    /// For health and metrics.
    pub monitoring: Vec<Listener>,
    /// For the pages.
    pub web: Vec<Listener>,
}

/// The name of a socket for the pages: `FileDescriptorName=web` in its unit.
const WEB: &str = "web";

/// Returns the sockets that systemd passed (`sd_listen_fds(3)`). Works once, because it clears the environment variables. Needs a
/// tokio runtime.
pub fn activated_sockets() -> Sockets {
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let names: Vec<&str> = names.split(':').collect();
    let mut given = ListenFd::from_env();
    let mut sockets = Sockets::default();
    for index in 0..given.len() {
        let listener = match given.take_tcp_listener(index) {
            Ok(tcp) => tcp.map(Listener::tcp),
            // Not a TCP socket; it was left in its place.
            Err(_) => given.take_unix_listener(index).transpose().map(|unix| unix.and_then(Listener::unix)),
        };
        match listener {
            Some(Ok(listener)) if names.get(index) == Some(&WEB) => sockets.web.push(listener),
            Some(Ok(listener)) => sockets.monitoring.push(listener),
            Some(Err(error)) => tracing::warn!(%error, "a socket from systemd cannot be used: only stream sockets can"),
            None => {}
        }
    }
    sockets
}

/// Creates the socket for an address. Replaces the file of a unix socket that no process listens on any more.
pub(super) async fn bind(address: &Listen) -> io::Result<Listener> {
    let path = match address {
        Listen::Tcp(address) => {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            return Ok(Listener::Tcp(listener, address));
        }
        Listen::Unix(path) => path,
    };
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_left_over(path).await => {
            fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    let file = SocketFile(path.clone());
    // The owner of the directory may have put a symlink there meanwhile.
    fchmodat(AT_FDCWD, path, SOCKET_MODE, FchmodatFlags::NoFollowSymlink)?;
    Ok(Listener::Unix(listener, Some(file)))
}

async fn is_left_over(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket && UnixStream::connect(path).await.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// Returns what to do if an address cannot be used.
pub(super) fn bind_hint(address: &Listen, error: &io::Error) -> String {
    match (address, error.kind()) {
        (Listen::Tcp(address), ErrorKind::AddrInUse) => {
            format!("To see who has it: ss -ltnp 'sport = :{}'", address.port())
        }
        (Listen::Tcp(_), ErrorKind::AddrNotAvailable) => "To see this machine's addresses: ip address".to_owned(),
        (Listen::Tcp(_), ErrorKind::PermissionDenied) => "Ports below 1024 are root's: take a higher one".to_owned(),
        (Listen::Unix(path), ErrorKind::AddrInUse) => {
            format!("To see who has it: ss -lxp src {}", path.display())
        }
        (Listen::Unix(_), _) => {
            "Its directory must be there and be the daemon's to write; under systemd that is /run/draftkeep".to_owned()
        }
        _ => "See `listen` in the configuration".to_owned(),
    }
}
