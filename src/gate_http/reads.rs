//! What programs read: passed on to the platform, and counted. A draft that is read is kept as a version, and the next write of the program may go over it.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::http::{HeaderValue, Response, StatusCode};

use super::answer::json_answer;
use super::body::JsonBody;
use super::failure::Failure;
use super::gate_failure;
use super::program::Program;
use super::site::Site;
use crate::archive::{AccountId, WriteId};
use crate::json;
use crate::model::{Endpoint, Hash, MediaId};
use crate::restore::{self, DraftBox};
use crate::usage::UsageCounter;
use crate::wechat::Client;

/// `POST draft/get`
pub(super) async fn draft(
    State(site): State<Site>,
    program: Program,
    body: JsonBody,
) -> Result<Response<Body>, Failure> {
    let media_id = media_id(&body)?;
    let call = Call::begin(Endpoint::DraftGet, &program, &site).await?;
    let draft_box = call.draft_box(&program, &site);
    let live = draft_box.read_current(&media_id).await.map_err(|error| gate_failure::of_read(error, &media_id))?;
    remember(&program, live.draft, live.version.hash, &site).await?;
    let mut response = json_answer(StatusCode::OK, live.document);
    response.headers_mut().insert(ETAG, etag(live.version.hash));
    Ok(response)
}

/// `POST draft/batchget`
pub(super) async fn page(
    State(site): State<Site>,
    program: Program,
    body: JsonBody,
) -> Result<Response<Body>, Failure> {
    pass(Endpoint::DraftBatchget, Some(&body.bytes), &program, &site).await
}

/// `draft/count`, by GET or POST
pub(super) async fn count(State(site): State<Site>, program: Program) -> Result<Response<Body>, Failure> {
    pass(Endpoint::DraftCount, None, &program, &site).await
}

/// `GET write/N`
pub(super) async fn write(
    State(site): State<Site>,
    program: Program,
    Path(number): Path<String>,
) -> Result<Response<Body>, Failure> {
    let none = || {
        let message = format!("there is no write {number:?} to {}", program.account.name);
        Failure::new(StatusCode::NOT_FOUND, 404, message)
    };
    let id = WriteId(number.parse().map_err(|_| none())?);
    let record = site.read(move |reader| reader.gate_write(id)).await?;
    let record = record.filter(|record| record.account == program.token.account).ok_or_else(none)?;
    Ok(json_answer(StatusCode::OK, json::gate_record(&record).to_string().into_bytes()))
}

async fn pass(
    endpoint: Endpoint,
    json: Option<&[u8]>,
    program: &Program,
    site: &Site,
) -> Result<Response<Body>, Failure> {
    let call = Call::begin(endpoint, program, site).await?;
    let answer = call.client.pass_json(endpoint, json).await;
    Ok(json_answer(StatusCode::OK, answer.map_err(|error| Failure::platform(&error))?))
}

/// A call that is passed on, counted when it ends.
pub(super) struct Call {
    pub(super) client: Client,
    account: AccountId,
    _counter: UsageCounter,
}

impl Call {
    /// Refuses where no call is left today, or the platform closed the endpoint: polls need what is left.
    pub(super) async fn begin(endpoint: Endpoint, program: &Program, site: &Site) -> Result<Self, Failure> {
        let (account, now) = (program.account.clone(), site.clock().now());
        let issues = site.read(move |reader| restore::preflight_of_program(reader, &account, endpoint, now)).await?;
        if let Some(issue) = issues.first() {
            return Err(gate_failure::blocked(&issue.kind, now));
        }
        let client = site.clients().of(&program.account, site.clock()).map_err(|error| Failure::platform(&error))?;
        let DraftBox { account, .. } = DraftBox::of(&program.account, &client, site.archive(), site.clock()).await?;
        let counter = UsageCounter::new(&client, site.archive(), account);
        Ok(Self { client, account, _counter: counter })
    }

    fn draft_box<'a>(&'a self, program: &'a Program, site: &'a Site) -> DraftBox<'a> {
        let (archive, clock) = (site.archive(), site.clock());
        DraftBox { settings: &program.account, client: &self.client, archive, clock, account: self.account }
    }
}

/// Returns the draft that a body names.
pub(super) fn media_id(body: &JsonBody) -> Result<MediaId, Failure> {
    let text = body.members.get("media_id").and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    text.map(MediaId::new).ok_or_else(|| Failure::bad("media_id is missing: it is a text, and names the draft"))
}

/// Writes down what a program saw of a draft: it may write over this.
pub(super) async fn remember(program: &Program, draft: i64, hash: Hash, site: &Site) -> Result<(), Failure> {
    let (token, now) = (program.token.name.clone(), site.clock().now());
    Ok(site.archive().run(move |writer| writer.set_seen(&token, draft, hash, now)).await?)
}

/// Returns a hash as an entity tag.
pub(super) fn etag(hash: Hash) -> HeaderValue {
    HeaderValue::try_from(format!("\"{hash}\"")).expect("digits of hex")
}
