//! What every request goes through, and which handler it gets. The routes stand below `/gate/`, and below `/cgi-bin/` as at the platform.

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hyper::body::Incoming;
use tower_service::Service;

use super::failure::Failure;
use super::site::Site;
use super::{body, reads, tokens, uploads, writes};
use crate::http_server::{Answer, Ends};

const OFFERED: &str = "the gate does not offer this. It offers token, stable_token, draft/get, draft/batchget, draft/count, draft/add, \
                       draft/update, draft/delete, material/add_material, media/uploadimg and write/N, below /gate/ and /cgi-bin/";

impl Answer<Body> for Site {
    async fn answer(&self, request: Request<Incoming>, _: Ends) -> Response<Body> {
        let mut response = if is_of_browser(&request) {
            Failure::new(StatusCode::FORBIDDEN, 403, "the gate answers programs, and no pages in a browser")
                .into_response()
        } else {
            let Ok(response) = router().with_state(self.clone()).call(request.map(Body::new)).await;
            response
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

/// Returns whether a page in a browser asks: whoever looks at it does not know that it does.
fn is_of_browser(request: &Request<Incoming>) -> bool {
    let header = |name| request.headers().get(name).map(|value: &HeaderValue| value.as_bytes());
    header("origin").is_some_and(|origin| origin.starts_with(b"http") || origin == b"null")
        || header("sec-fetch-site").is_some_and(|site| site != b"none" && site != b"same-origin")
}

fn router() -> Router<Site> {
    Router::new()
        .nest("/gate", routes())
        .nest("/cgi-bin", routes())
        .fallback(async || Failure::new(StatusCode::NOT_FOUND, 40066, OFFERED))
        .method_not_allowed_fallback(async || {
            Failure::new(StatusCode::METHOD_NOT_ALLOWED, 43002, "another method is required here: see docs/gate.md")
        })
        .layer(DefaultBodyLimit::max(body::LARGEST))
}

fn routes() -> Router<Site> {
    Router::new()
        .route("/token", get(tokens::get))
        .route("/stable_token", post(tokens::post).layer(DefaultBodyLimit::max(body::LARGEST_WITHOUT_TOKEN)))
        .route("/draft/get", post(reads::draft))
        .route("/draft/batchget", post(reads::page))
        .route("/draft/count", get(reads::count).post(reads::count))
        .route("/draft/add", post(writes::add))
        .route("/draft/update", post(writes::update))
        .route("/draft/delete", post(writes::delete))
        .route("/write/{number}", get(reads::write))
        .route("/material/add_material", post(uploads::material))
        .route("/media/uploadimg", post(uploads::picture))
}
