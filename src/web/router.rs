//! What every request goes through, and which page it gets.

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::header::SET_COOKIE;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hyper::body::Incoming;
use tower_service::Service;

use super::caller::Caller;
use super::page_error::PageError;
use super::site::Site;
use super::{cookie, csrf, error_page, frame, headers, login, pages, picture, static_files};
use crate::config::WebConfig;
use crate::http_server::{Answer, Ends};

/// The largest form, in bytes.
const LARGEST_FORM: usize = 64 << 10;

const UNKNOWN_HOST: &str = "unknown host name. Use the address of web.public_url in the configuration\n";

impl Answer<Body> for Site {
    async fn answer(&self, request: Request<Incoming>, ends: Ends) -> Response<Body> {
        let config = self.config();
        let mut response = match &config.web {
            Some(config) => page(self, request, ends, config).await,
            // The section is gone since a reload, and the socket is systemd's.
            None => StatusCode::NOT_FOUND.into_response(),
        };
        headers::set(response.headers_mut());
        response
    }
}

/// Answers a request with the page that it asks for.
async fn page(site: &Site, request: Request<Incoming>, ends: Ends, config: &WebConfig) -> Response<Body> {
    let Some(caller) = Caller::of(&request, ends, config, site.clock().now()) else {
        return (StatusCode::MISDIRECTED_REQUEST, UNKNOWN_HOST).into_response();
    };
    let is_allowed = csrf::is_allowed(request.method(), request.headers(), &caller.origin);
    let mut response = if is_allowed {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(caller.clone());
        let mut router = routes().with_state(site.clone());
        let Ok(response) = router.call(request).await;
        response
    } else {
        PageError::OtherSite.into_response()
    };
    if let Some(error) = response.extensions_mut().remove::<PageError>() {
        response = error_page::page(&error, &caller, &response);
    }
    if caller.has_chosen_language {
        response.headers_mut().append(SET_COOKIE, cookie::set_language(caller.language.code()));
    }
    response
}

fn routes() -> Router<Site> {
    Router::new()
        .route("/", get(pages::accounts::get))
        .route("/a/{account}", get(pages::account::get))
        .route("/d/{draft}", get(pages::draft::get))
        .route("/d/{draft}/when", get(pages::when::get))
        .route("/d/{draft}/{versions}", get(pages::versions::get))
        .route("/d/{draft}/{version}/frame", get(frame::get))
        .route("/d/{draft}/{version}/restore", get(pages::restore::get).post(pages::restore::as_new))
        .route("/d/{draft}/{version}/restore/in-place", post(pages::restore_in_place::show))
        .route("/d/{draft}/{version}/restore/in-place/apply", post(pages::restore_in_place::apply))
        .route("/d/{draft}/{version}/files/{kind}", get(pages::files::get))
        .route("/search", get(pages::search::get))
        .route("/restores/{id}", get(pages::restores::get))
        .route("/restores/{id}/{step}", post(pages::restores::send))
        .route("/writes", get(pages::writes::list))
        .route("/writes/{id}", get(pages::writes::get))
        .route("/writes/{id}/{decision}", post(pages::writes::decide))
        .route("/told", get(pages::told::get))
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
