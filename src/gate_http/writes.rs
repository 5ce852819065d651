//! What programs write: through the gate, and to its end, whether or not somebody waits for the answer.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::answer::json_answer;
use super::body::JsonBody;
use super::failure::Failure;
use super::gate_failure;
use super::program::Program;
use super::reads::{etag, media_id, remember};
use super::site::Site;
use super::write_request::{self, Expected};
use crate::gate::{self, Caller, GateContext, GateError, GateRequest, Written};
use crate::json;
use crate::model::{Hash, MediaId};
use crate::restore::{self, AskedBy, RestoreContext};

/// `POST draft/add`
pub(super) async fn add(State(site): State<Site>, program: Program, body: JsonBody) -> Result<Response<Body>, Failure> {
    let request = GateRequest::Create { articles: write_request::articles(&body.members)? };
    carry_out(request, program, write_request::note(&body), &site).await
}

/// `POST draft/update`
pub(super) async fn update(
    State(site): State<Site>,
    program: Program,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response<Body>, Failure> {
    let (media_id, change) = (media_id(&body)?, write_request::change(&body.members)?);
    let expected = expected(&media_id, &headers, &body, &program, &site).await?;
    let request = GateRequest::Update { media_id, expected, change };
    carry_out(request, program, write_request::note(&body), &site).await
}

/// `POST draft/delete`
pub(super) async fn delete(
    State(site): State<Site>,
    program: Program,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response<Body>, Failure> {
    let media_id = media_id(&body)?;
    let expected = expected(&media_id, &headers, &body, &program, &site).await?;
    let request = GateRequest::Delete { media_id, expected };
    carry_out(request, program, write_request::note(&body), &site).await
}

/// Returns the hash that the draft must have; where the program does not say, that of what it last read or wrote of it.
async fn expected(
    media_id: &MediaId,
    headers: &HeaderMap,
    body: &JsonBody,
    program: &Program,
    site: &Site,
) -> Result<Option<Hash>, Failure> {
    match write_request::expected(headers, &body.members)? {
        Expected::Hash(hash) => Ok(Some(hash)),
        Expected::Anything => Ok(None),
        Expected::Unsaid => {
            let (token, media_id) = (program.token.name.clone(), media_id.clone());
            site.read(move |reader| reader.seen(&token, &media_id)).await
        }
    }
}

/// Carries a write out in a task of its own: a client that goes away must not end it in the middle. The task has a thread, as its futures
/// cannot change threads.
async fn carry_out(
    request: GateRequest,
    program: Program,
    note: Option<&str>,
    site: &Site,
) -> Result<Response<Body>, Failure> {
    let (caller, this, runtime) = (program.caller(note), site.clone(), Handle::current());
    let task = site.context().tasks.spawn_blocking(move || {
        let stop = &this.context().stop;
        runtime.block_on(restore::until_stopped(stop, run(&request, &caller, &program, &this)))
    });
    match task.await {
        Ok(Some(done)) => done,
        Ok(None) => Err(Failure::busy("the service stops; the write may have begun")),
        // A panic is on stderr, or in the log.
        Err(_) => Err(Failure::internal()),
    }
}

async fn run(
    request: &GateRequest,
    caller: &Caller,
    program: &Program,
    site: &Site,
) -> Result<Response<Body>, Failure> {
    let client = site.clients().of(&program.account, site.clock()).map_err(|error| Failure::platform(&error))?;
    let turn = site.turns().next().await?;
    let restore = RestoreContext {
        account: &program.account,
        client: &client,
        archive: site.archive(),
        clock: site.clock(),
        lock: &turn.lock,
        asked_by: AskedBy::Command,
    };
    match gate::write(request, caller, &GateContext { restore, path: site.path() }).await {
        Ok(written) => {
            if let (Some((draft, _)), Some(hash)) = (written.kept, written.hash) {
                remember(program, draft, hash, site).await?;
            }
            Ok(answer(&written, request))
        }
        Err(error) => Err(explain(error, site).await?),
    }
}

/// Answers what was written. As at the platform, a new draft has no errcode: some publishers take any for a failure.
fn answer(written: &Written, request: &GateRequest) -> Response<Body> {
    let mut document = json::written(written);
    document["undo"] = json!(written.id.map(|id| id.0));
    if !matches!(request, GateRequest::Create { .. }) {
        document["errcode"] = json!(0);
        document["errmsg"] = json!("ok");
    }
    let mut response = json_answer(StatusCode::OK, document.to_string().into_bytes());
    response.headers_mut().extend(written.hash.map(|hash| (ETAG, etag(hash))));
    response
}

async fn explain(error: GateError, site: &Site) -> Result<Failure, Failure> {
    let diff = match &error {
        GateError::Stale { draft, expected, now, .. } => {
            let (draft, expected, now) = (*draft, *expected, *now);
            site.read(move |reader| json::changed_since(reader, draft, expected, now)).await?
        }
        _ => Value::Null,
    };
    Ok(gate_failure::of_write(error, diff, site.clock().now()))
}
