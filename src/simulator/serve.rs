//! The HTTP server: reads a request, calls [`super::World::answer`], and delivers the response.

use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Multipart, Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use chrono::DateTime;
use tokio_util::sync::CancellationToken;

use super::listener::{FaultyListener, PeerInfo};
use super::request::{ApiRequest, ApiResponse, Delivery, DeliveryMode, Upload};
use super::shared_world::SharedWorld;

/// Larger requests are rejected.
const LARGEST_REQUEST: usize = 64 << 20;

#[derive(Clone)]
struct Platform {
    world: SharedWorld,
    stop: CancellationToken,
}

/// Serves until `stop`; pending responses are sent at once then.
pub(super) async fn serve(listener: FaultyListener, stop: CancellationToken) {
    let platform = Platform { world: listener.world.clone(), stop: stop.clone() };
    let service = Router::new().fallback(handle).with_state(platform).into_make_service_with_connect_info::<PeerInfo>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await;
    served.expect("a server with a graceful shutdown ends without an error");
}

async fn handle(
    State(platform): State<Platform>,
    ConnectInfo(peer): ConnectInfo<PeerInfo>,
    request: Request,
) -> Response {
    // Control requests are not logged.
    let is_control = request.uri().path().starts_with("/simulator/");
    let _guard = (!is_control).then(|| InFlightGuard::begin(platform.world.clone()));
    let outgoing = match read(request, &peer).await {
        Ok(request) => platform.world.lock().answer(&request),
        Err(status) => Delivery { response: ApiResponse::html(status), mode: DeliveryMode::Plain },
    };
    tokio::select! {
        () = deliver(outgoing.mode, &peer) => {}
        () = platform.stop.cancelled() => {}
    }
    let now = platform.world.lock().now();
    http_response(outgoing.response, now)
}

/// Counts a request that is being processed.
struct InFlightGuard(SharedWorld);

impl InFlightGuard {
    fn begin(world: SharedWorld) -> Self {
        world.lock().request_log.begin_request();
        Self(world)
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.lock().request_log.end_request();
    }
}

/// Delays the response or arms the cut of the connection.
async fn deliver(mode: DeliveryMode, peer: &PeerInfo) {
    match mode {
        DeliveryMode::Plain => {}
        DeliveryMode::Late(wait) => tokio::time::sleep(wait).await,
        DeliveryMode::Never => std::future::pending().await,
        DeliveryMode::Reset => peer.cut.reset(),
        DeliveryMode::Truncated => peer.cut.halve(),
    }
}

/// Makes the response, dated by the platform's clock (RFC 9110, 6.6.1).
fn http_response(answer: ApiResponse, now: i64) -> Response {
    let date = DateTime::from_timestamp(now, 0).unwrap_or_default().format("%a, %d %b %Y %H:%M:%S GMT");
    let mut builder = Response::builder()
        .status(answer.status)
        .header(header::CONTENT_TYPE, answer.content_type)
        .header(header::DATE, date.to_string());
    if let Some(name) = answer.file_name {
        builder =
            builder.header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", name.escape_default()));
    }
    if let Some(location) = answer.location {
        builder = builder.header(header::LOCATION, location);
    }
    builder.body(Body::from(answer.body)).unwrap_or_else(|_| Response::new(Body::empty()))
}

/// Reads a request; the error is the status of the response.
async fn read(request: Request, peer: &PeerInfo) -> Result<ApiRequest, u16> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_REQUEST).await.map_err(|_| 413_u16)?;
    let Query(query) = Query::<HashMap<String, String>>::try_from_uri(&parts.uri).map_err(|_| 400_u16)?;
    Ok(ApiRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query,
        headers: text_headers(&parts.headers),
        referer: parts.headers.get(header::REFERER).and_then(|referer| referer.to_str().ok()).map(ToOwned::to_owned),
        ip: peer.ip.to_string(),
        upload: read_upload(&parts.headers, body.clone()).await,
        body: body.to_vec(),
    })
}

fn text_headers(headers: &HeaderMap) -> HashMap<String, String> {
    let text = |value: &axum::http::HeaderValue| value.to_str().map(ToOwned::to_owned).unwrap_or_default();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// Reads the file of a `multipart/form-data` body.
async fn read_upload(headers: &HeaderMap, body: axum::body::Bytes) -> Upload {
    let mut request = Request::new(Body::from(body));
    *request.headers_mut() = headers.clone();
    // The default limit is 2 MB; pictures may have 10 MB.
    DefaultBodyLimit::disable().apply(&mut request);
    let Ok(mut parts) = Multipart::from_request(request, &()).await else { return Upload::None };
    let (mut file, mut description) = (None, None);
    while let Ok(Some(part)) = parts.next_field().await {
        let (field, name) =
            (part.name().unwrap_or_default().to_owned(), part.file_name().unwrap_or_default().to_owned());
        match (field.as_str(), part.bytes().await) {
            ("media", Ok(bytes)) => file = Some((name, bytes.to_vec())),
            ("description", Ok(bytes)) => description = Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => {}
        }
    }
    file.map_or(Upload::NoMedia, |(name, bytes)| Upload::File { name, description, bytes })
}
