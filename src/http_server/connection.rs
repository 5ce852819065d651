//! HTTP connections: few at a time, and each for a limited time, whatever the client does.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;

use super::listen::{Ends, Listener};

/// How long the client may take to send a request's headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the last response may take after a connection's time is over.
const LAST_ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The wait after `accept` failed, usually because there are no file descriptors left.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(200);

/// Larger headers are refused; a browser sends one or two KiB.
const LARGEST_HEAD: usize = 16 * 1024;

/// The limits of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections that are served at the same time; others wait.
    pub connections: usize,
    /// How long a connection may be used. A client that never reads keeps its place for this long.
    pub age: Duration,
}

/// The connections of one server, over all its listeners. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    permits: Arc<Semaphore>,
    age: Duration,
}

impl Connections {
    pub fn new(limits: Limits) -> Self {
        Self { permits: Arc::new(Semaphore::new(limits.connections)), age: limits.age }
    }

    /// Accepts and serves connections; never returns. Dropping the future closes them.
    pub async fn serve<B: AnswerBody>(&self, listener: Listener, answer: impl Answer<B>) {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            // The semaphore is never closed.
            let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, ends)) => {
                    let (this, answer) = (self.clone(), answer.clone());
                    connections.spawn(async move {
                        this.serve_connection(stream, ends, answer).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }

    /// Serves one client.
    pub async fn serve_connection<B: AnswerBody>(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        ends: Ends,
        answer: impl Answer<B>,
    ) {
        let service = service_fn(|request| async { Ok::<_, Infallible>(answer.answer(request, ends).await) });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = tokio::time::sleep(self.age) => {
                connection.as_mut().graceful_shutdown();
                match tokio::time::timeout(LAST_ANSWER_TIMEOUT, connection).await {
                    Ok(ended) => ended,
                    Err(_) => return tracing::debug!("a connection was closed because its client does not read"),
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Answers requests.
pub trait Answer<B>: Clone + Send + Sync + 'static {
    fn answer(&self, request: Request<Incoming>, ends: Ends) -> impl Future<Output = Response<B>> + Send;
}

/// A body of an answer.
pub trait AnswerBody: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static {}

impl<B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static> AnswerBody for B {}
