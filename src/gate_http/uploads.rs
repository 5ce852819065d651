//! Pictures for covers and bodies: passed on to the platform, and counted.

use axum::body::Body;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::http::{Response, StatusCode};
use serde::Deserialize;

use super::answer::json_answer;
use super::body::{TIMEOUT, too_slow, unread};
use super::failure::Failure;
use super::program::Program;
use super::reads::Call;
use super::site::Site;
use crate::model::{Endpoint, GateAction, shortened};
use crate::sanitize;
use crate::wechat::PassedFile;

/// Longer file names are cut from the front: the end says the type.
const LONGEST_NAME: usize = 80;

/// `POST material/add_material?type=image`
pub(super) async fn material(
    State(site): State<Site>,
    program: Program,
    kind: Result<Query<Kind>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Result<Response<Body>, Failure> {
    match kind {
        Ok(Query(kind)) if kind.kind == "image" => pass(Endpoint::MaterialAdd, request, &program, &site).await,
        _ => Err(Failure::new(StatusCode::BAD_REQUEST, 40004, "the gate uploads pictures only: type=image")),
    }
}

/// `POST media/uploadimg`
pub(super) async fn picture(
    State(site): State<Site>,
    program: Program,
    request: Request,
) -> Result<Response<Body>, Failure> {
    pass(Endpoint::ImageUpload, request, &program, &site).await
}

/// What kind of material it is.
#[derive(Deserialize)]
pub(super) struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

/// A file of a form.
struct File {
    name: String,
    content_type: String,
    bytes: Vec<u8>,
}

async fn pass(endpoint: Endpoint, request: Request, program: &Program, site: &Site) -> Result<Response<Body>, Failure> {
    if ![GateAction::Create, GateAction::Update].into_iter().any(|action| program.may(action)) {
        let message = format!("{} may upload nothing: it may neither create nor update drafts", program.token.name);
        return Err(Failure::new(StatusCode::FORBIDDEN, 48001, message));
    }
    let file = tokio::time::timeout(TIMEOUT, read(request, site)).await.map_err(|_| too_slow())??;
    let call = Call::begin(endpoint, program, site).await?;
    let passed = PassedFile { name: &file.name, content_type: &file.content_type, bytes: &file.bytes };
    let answer = call.client.pass_file(endpoint, passed).await;
    Ok(json_answer(StatusCode::OK, answer.map_err(|error| Failure::platform(&error))?))
}

/// Reads the part of the form that is a file. The platform wants it to be called `media`; some programs call it otherwise.
async fn read(request: Request, site: &Site) -> Result<File, Failure> {
    let mut form = Multipart::from_request(request, site)
        .await
        .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, 41005, "the body is no form with a file in it"))?;
    let unreadable = |error: MultipartError| unread(error.status());
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let Some(name) = field.file_name().map(safe) else { continue };
        let content_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
        return Ok(File { name, content_type, bytes: field.bytes().await.map_err(unreadable)?.to_vec() });
    }
    Err(Failure::new(StatusCode::BAD_REQUEST, 41005, "the form holds no file: name one in its part media"))
}

/// Returns a file name without directories, and without what hides or steers.
fn safe(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let excess = name.chars().count().saturating_sub(LONGEST_NAME);
    let end: String = name.chars().skip(excess).collect();
    sanitize::line(&shortened(&end, LONGEST_NAME)).replace('"', "'")
}
