//! Answers requests: what every one of them goes through, and which page it gets.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::header::SET_COOKIE;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hyper::body::Incoming;
use tokio::sync::{Semaphore, watch};
use tower_service::Service;

use super::answer::PageError;
use super::caller::Caller;
use super::restore::Restores;
use super::signature::Signer;
use super::{cookie, csrf, frame, headers, login, pages, picture, static_files};
use crate::archive::{self, Reader, WriterHandle};
use crate::clock::Clock;
use crate::config::{Config, WebConfig};
use crate::http_server::{Answer, Connections, Ends, Limits};

/// Connections that are served at the same time, and how long one may be used.
const LIMITS: Limits = Limits { connections: 256, age: Duration::from_secs(120) };

/// The largest form, in bytes.
const LARGEST_FORM: usize = 64 << 10;

/// Requests that read the archive at the same time; others wait. Each may hold a large document.
const MOST_READERS: usize = 4;

/// How long a request waits for its turn to read.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// Everything that answers need. Cheap to clone.
#[derive(Clone)]
pub(super) struct Site(Arc<Inner>);

struct Inner {
    archive: WriterHandle,
    path: PathBuf,
    clock: Clock,
    config: watch::Receiver<Arc<Config>>,
    signer: Signer,
    restores: Arc<Restores>,
    connections: Connections,
    readers: Arc<Semaphore>,
    /// Passwords are hashed one at a time, for each takes 19 MiB.
    password: Arc<Semaphore>,
}

impl Site {
    pub(super) fn new(
        archive: WriterHandle,
        path: PathBuf,
        clock: Clock,
        config: watch::Receiver<Arc<Config>>,
        restores: Arc<Restores>,
    ) -> Self {
        let signer = Signer::new().expect("the system has random numbers");
        let connections = Connections::new(LIMITS);
        let (readers, password) = (Arc::new(Semaphore::new(MOST_READERS)), Arc::new(Semaphore::new(1)));
        Self(Arc::new(Inner { archive, path, clock, config, signer, restores, connections, readers, password }))
    }

    /// Returns the connections that all its listeners share.
    pub(super) fn connections(&self) -> Connections {
        self.0.connections.clone()
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    pub(super) fn restores(&self) -> &Arc<Restores> {
        &self.0.restores
    }

    /// Returns what writes sessions and restores.
    pub(super) fn archive(&self) -> &WriterHandle {
        &self.0.archive
    }

    pub(super) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    pub(super) fn password_turns(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.password)
    }

    /// Returns the configuration that is in force.
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.0.config.borrow())
    }

    /// Reads the archive, beside the loop that answers. A new connection sees the file that is there now.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, PageError> + Send + 'static,
    ) -> Result<T, PageError> {
        let turn = tokio::time::timeout(READ_TIMEOUT, Arc::clone(&self.0.readers).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(PageError::Archive(archive::Error::Busy.to_string())) };
        let path = self.0.path.clone();
        // A client that goes away ends the waiting, and not the reading, which keeps its turn.
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read(&Reader::open(&path)?)
        });
        // A panic is on stderr, or in the log.
        reading.await.map_err(|_| PageError::Internal)?
    }

    fn router() -> Router<Self> {
        Router::new()
            .route("/", get(pages::accounts::get))
            .route("/a/{account}", get(pages::account::get))
            .route("/d/{draft}", get(pages::draft::get))
            .route("/d/{draft}/{versions}", get(pages::versions::get))
            .route("/d/{draft}/{version}/frame", get(frame::get))
            .route("/d/{draft}/{version}/restore", get(pages::restore::get).post(pages::restore::as_new))
            .route("/d/{draft}/{version}/restore/in-place", post(pages::restore_in_place::show))
            .route("/d/{draft}/{version}/restore/in-place/apply", post(pages::restore_in_place::apply))
            .route("/d/{draft}/{version}/files/{kind}", get(pages::files::get))
            .route("/restores/{id}", get(pages::restores::get))
            .route("/restores/{id}/undo", post(pages::restores::undo))
            .route("/restores/{id}/resume", post(pages::restores::resume))
            .route("/l/{link}", get(pages::shared::get))
            .route("/l/{link}/frame", get(pages::shared::frame))
            .route("/p/{picture}", get(picture::get))
            .route("/login", get(login::form).post(login::log_in))
            .route("/logout", get(login::ask_to_log_out))
            .route("/logout", post(login::log_out))
            .route("/static/{name}", get(static_files::get))
            .fallback(async || PageError::NotFound)
            .method_not_allowed_fallback(async || PageError::NotAllowed)
            .layer(DefaultBodyLimit::max(LARGEST_FORM))
    }

    async fn page(&self, request: Request<Incoming>, ends: Ends, config: &WebConfig) -> Response<Body> {
        let Some(caller) = Caller::of(&request, ends, config, self.clock().now()) else {
            return (StatusCode::MISDIRECTED_REQUEST, UNKNOWN_HOST).into_response();
        };
        let is_allowed = csrf::is_allowed(request.method(), request.headers(), &caller.origin);
        let mut response = if is_allowed {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(caller.clone());
            let mut router = Self::router().with_state(self.clone());
            let Ok(response) = router.call(request).await;
            response
        } else {
            PageError::OtherSite.into_response()
        };
        if let Some(error) = response.extensions_mut().remove::<PageError>() {
            response = error.page(&caller, &response);
        }
        if caller.has_chosen_language {
            response.headers_mut().append(SET_COOKIE, cookie::set_language(caller.language.code()));
        }
        response
    }
}

const UNKNOWN_HOST: &str = "unknown host name. Use the address of web.public_url in the configuration\n";

impl Answer<Body> for Site {
    async fn answer(&self, request: Request<Incoming>, ends: Ends) -> Response<Body> {
        let config = self.config();
        let mut response = match &config.web {
            Some(config) => self.page(request, ends, config).await,
            // The section is gone since a reload, and the socket is systemd's.
            None => StatusCode::NOT_FOUND.into_response(),
        };
        headers::set(response.headers_mut());
        response
    }
}
