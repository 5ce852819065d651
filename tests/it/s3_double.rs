//! A bucket in memory that answers as S3 does, as far as copies need it; it checks no signatures, and fails on request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// How the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Forbidden,
    Unavailable,
    OtherRegion,
    NoBucket,
    /// The end of what is read is missing.
    Truncated,
    /// A byte of what is read is another one.
    Flipped,
    /// Parts after the first are refused.
    SecondPart,
    /// What is read never comes.
    Silent,
}

#[derive(Default)]
struct Content {
    objects: BTreeMap<String, Vec<u8>>,
    /// Uploads that are not ended: their parts by number.
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    next_upload: u32,
    fault: Option<Fault>,
    /// The largest body that came.
    largest: usize,
    /// Somebody waits for what never comes.
    is_silent: Arc<Notify>,
}

#[derive(Clone)]
pub(crate) struct Bucket {
    pub(crate) endpoint: String,
    content: Arc<Mutex<Content>>,
}

impl Bucket {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let content = Arc::<Mutex<Content>>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&content));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, content }
    }

    pub(crate) fn fail(&self, fault: Option<Fault>) {
        self.content.lock().unwrap().fault = fault;
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.content.lock().unwrap().objects.keys().cloned().collect()
    }

    pub(crate) fn open_uploads(&self) -> usize {
        self.content.lock().unwrap().uploads.len()
    }

    pub(crate) fn put(&self, key: &str, bytes: &[u8]) {
        self.content.lock().unwrap().objects.insert(key.to_owned(), bytes.to_vec());
    }

    /// Waits until a read gets no answer.
    pub(crate) async fn silence(&self) {
        let is_silent = Arc::clone(&self.content.lock().unwrap().is_silent);
        is_silent.notified().await;
    }

    pub(crate) fn largest_body(&self) -> usize {
        self.content.lock().unwrap().largest
    }
}

async fn answer(State(content): State<Arc<Mutex<Content>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
    let path = parts.uri.path().trim_start_matches('/').to_owned();
    let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
    assert_eq!(bucket, "keep", "{path}");
    assert!(parts.headers.contains_key("authorization"), "every request is signed");
    let query: BTreeMap<String, String> = url_pairs(parts.uri.query().unwrap_or_default()).into_iter().collect();
    wait_if_silent(&content, &parts.method, key).await;
    let mut content = content.lock().unwrap();
    content.largest = content.largest.max(body.len());
    if let Some(refusal) = refusal(content.fault) {
        return refusal;
    }
    match parts.method {
        Method::GET if key.is_empty() => list(&content, &query),
        Method::GET | Method::HEAD => get(&content, key, &parts.headers),
        Method::POST if query.contains_key("uploads") => {
            content.next_upload += 1;
            let id = content.next_upload.to_string();
            content.uploads.insert(id.clone(), BTreeMap::new());
            xml(&format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"))
        }
        Method::POST => {
            let parts = content.uploads.remove(&query["uploadId"]).unwrap();
            let whole: Vec<u8> = parts.into_values().flatten().collect();
            content.objects.insert(key.to_owned(), whole);
            xml("<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>")
        }
        Method::PUT if query.contains_key("uploadId") => put_part(&mut content, &query, &body),
        Method::PUT => {
            content.objects.insert(key.to_owned(), body.to_vec());
            ([("etag", "\"e\"")], "").into_response()
        }
        Method::DELETE if query.contains_key("uploadId") => {
            content.uploads.remove(&query["uploadId"]);
            StatusCode::NO_CONTENT.into_response()
        }
        Method::DELETE => {
            content.objects.remove(key);
            StatusCode::NO_CONTENT.into_response()
        }
        other => panic!("{other} {path}"),
    }
}

async fn wait_if_silent(content: &Mutex<Content>, method: &Method, key: &str) {
    let is_read = matches!(*method, Method::GET | Method::HEAD) && !key.is_empty();
    let silent = {
        let content = content.lock().unwrap();
        (is_read && content.fault == Some(Fault::Silent)).then(|| Arc::clone(&content.is_silent))
    };
    if let Some(silent) = silent {
        silent.notify_one();
        std::future::pending::<()>().await;
    }
}

fn put_part(content: &mut Content, query: &BTreeMap<String, String>, body: &Bytes) -> Response {
    let number: u32 = query["partNumber"].parse().unwrap();
    if number > 1 && content.fault == Some(Fault::SecondPart) {
        return error(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied");
    }
    content.uploads.get_mut(&query["uploadId"]).unwrap().insert(number, body.to_vec());
    ([("etag", "\"e\"")], "").into_response()
}

fn refusal(fault: Option<Fault>) -> Option<Response> {
    Some(match fault? {
        Fault::Forbidden => error(StatusCode::FORBIDDEN, "InvalidAccessKeyId", "The key is not known"),
        Fault::Unavailable => error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate"),
        Fault::OtherRegion => error(
            StatusCode::BAD_REQUEST,
            "AuthorizationHeaderMalformed",
            "the region 'us-east-1' is wrong; expecting 'eu-west-1'",
        ),
        Fault::NoBucket => error(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist"),
        Fault::Truncated | Fault::Flipped | Fault::SecondPart | Fault::Silent => return None,
    })
}

fn list(content: &Content, query: &BTreeMap<String, String>) -> Response {
    let prefix = query.get("prefix").map(String::as_str).unwrap_or_default();
    let objects = content.objects.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(key, bytes)| {
        let size = bytes.len();
        format!("<Contents><Key>{key}</Key><LastModified>2026-09-01T00:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>{size}</Size></Contents>")
    });
    let objects: String = objects.collect();
    xml(&format!("<ListBucketResult><Name>keep</Name><IsTruncated>false</IsTruncated>{objects}</ListBucketResult>"))
}

fn get(content: &Content, key: &str, headers: &HeaderMap) -> Response {
    let Some(bytes) = content.objects.get(key) else {
        return error(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist");
    };
    let size = bytes.len();
    let range = headers.get("range").and_then(|range| {
        let (from, to) = range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
        Some(from.parse::<usize>().ok()?..to.parse::<usize>().ok()? + 1)
    });
    let (status, range) = match range {
        Some(range) => (StatusCode::PARTIAL_CONTENT, range.start..range.end.min(size)),
        None => (StatusCode::OK, 0..size),
    };
    let mut body = bytes[range.clone()].to_vec();
    match content.fault {
        Some(Fault::Truncated) => body.truncate(body.len() / 2),
        Some(Fault::Flipped) if !body.is_empty() => *body.last_mut().unwrap() ^= 1,
        _ => {}
    }
    let end = range.start + body.len().max(1) - 1;
    let headers = [
        ("etag", "\"e\"".to_owned()),
        ("last-modified", "Tue, 01 Sep 2026 00:00:00 GMT".to_owned()),
        ("content-range", format!("bytes {}-{end}/{size}", range.start)),
        ("accept-ranges", "bytes".to_owned()),
    ];
    (status, headers, body).into_response()
}

fn url_pairs(query: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key.to_owned(), value.replace("%2F", "/"))
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn xml(text: &str) -> Response {
    ([("content-type", "application/xml")], format!("<?xml version=\"1.0\"?>{text}")).into_response()
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    (status, format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"))
        .into_response()
}
