//! Processes a request: faults, access, the endpoint, and the response.

use serde_json::{Value, json};

use super::credentials::signed_in;
use super::endpoint::{Input, Reply};
use super::fault::Fault;
use super::refusal::Refusal;
use super::request::{ApiRequest, ApiResponse, Delivery, DeliveryMode};
use super::routes::{self, Body, Handler, Method};
use super::world::World;
use super::{control, ids, json_style, robots};

impl World {
    /// Answers any request.
    pub fn answer(&mut self, request: &ApiRequest) -> Delivery {
        if let Some(command) = request.path.strip_prefix("/simulator/") {
            return Delivery { response: control::answer(self, command, request), mode: DeliveryMode::Plain };
        }
        if let Some(delivery) = robots::answer(self, request) {
            return delivery;
        }
        match request.path.strip_prefix("/cgi-bin/") {
            Some(endpoint) => answer_endpoint(self, endpoint, request),
            None => answer_picture(self, request),
        }
    }
}

fn answer_picture(world: &mut World, request: &ApiRequest) -> Delivery {
    let Some(response) = world.pictures.respond(request, world.behavior.hotlink_protection) else {
        world.request_log.record(&request.path, request);
        return Delivery { response: ApiResponse::html(404), mode: DeliveryMode::Plain };
    };
    world.request_log.record("picture", request);
    let fault = world.faults.next("picture", None);
    let mode = fault.as_ref().map_or(DeliveryMode::Plain, Fault::delivery_mode);
    fault.and_then(|fault| fault.replacement()).unwrap_or(Delivery { response, mode })
}

fn answer_endpoint(world: &mut World, endpoint: &str, request: &ApiRequest) -> Delivery {
    world.request_log.record(endpoint, request);
    let fault = world.faults.next(endpoint, named_draft(request).as_deref());
    if let Some(outgoing) = fault.as_ref().and_then(Fault::replacement) {
        return outgoing;
    }
    let forced_refusal = if let Some(Fault::Code(code)) = fault { Err(Refusal::of(code)) } else { Ok(()) };
    let outcome = perform(world, endpoint, request, forced_refusal);
    if let Err(refusal) = &outcome {
        let arrives = matches!(fault, None | Some(Fault::Code(_) | Fault::Delay(_)));
        let now = arrives.then(|| world.now());
        world.request_log.record_refusal(endpoint, refusal.code, now);
    }
    if let (Ok(Reply::Data(value)), None) = (&outcome, &fault) {
        world.request_log.record_arrival(endpoint);
        record_shown(world, request, value);
    }
    let response = compose(world, request, outcome, fault.as_ref().and_then(Fault::garbage_bytes));
    world.request_log.record_answer(response.body.len());
    world.run_hooks(endpoint);
    Delivery { response, mode: fault.as_ref().map_or(DeliveryMode::Plain, Fault::delivery_mode) }
}

/// Returns the draft that a request names, for faults of one draft only.
fn named_draft(request: &ApiRequest) -> Option<String> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    body["media_id"].as_str().map(ToOwned::to_owned)
}

/// Records which drafts an answer shows.
fn record_shown(world: &mut World, request: &ApiRequest, answer: &Value) {
    let now = world.now();
    let listed = answer["item"].as_array().into_iter().flatten().filter_map(|entry| entry["media_id"].as_str());
    let alone = answer["news_item"].is_array().then(|| named_draft(request)).flatten();
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let is_first_page = body["offset"] == 0;
    for media_id in listed.map(ToOwned::to_owned).chain(alone) {
        world.request_log.record_shown(media_id, is_first_page, now);
    }
}

fn perform(
    world: &mut World,
    endpoint: &str,
    request: &ApiRequest,
    forced_refusal: Result<(), Refusal>,
) -> Result<Reply, Refusal> {
    match routes::find(endpoint).ok_or_else(|| Refusal::of(40066))? {
        Handler::Credentials(method, _) | Handler::Account(method, ..)
            if method == Method::Post && request.method != "POST" =>
        {
            Err(Refusal::of(43002))
        }
        Handler::Credentials(_, handler) => {
            forced_refusal?;
            handler(world, request)
        }
        Handler::Account(_, body, handler) => {
            let mut account = signed_in(world, request)?;
            account.count_call(endpoint)?;
            forced_refusal?;
            if account.random.chance(account.behavior.system_errors) {
                return Err(Refusal::of(-1));
            }
            let input = if body == Body::Json { Input::json(request, account.behavior)? } else { Input::bare(request) };
            handler(&mut account, &input)
        }
    }
}

/// Writes the response in the platform's style of JSON.
fn compose(
    world: &mut World,
    request: &ApiRequest,
    outcome: Result<Reply, Refusal>,
    garbage: Option<&[u8]>,
) -> ApiResponse {
    let mut value = match outcome {
        Ok(Reply::File { name, content_type, bytes }) => {
            return ApiResponse { file_name: Some(name), ..ApiResponse::new(content_type, bytes) };
        }
        Ok(Reply::Oversize) => return ApiResponse::oversize(),
        Ok(Reply::Data(value)) => value,
        Err(refusal) => decorate(world, request, &refusal),
    };
    if garbage.is_some() {
        json_style::mark_text(&mut value);
    }
    let text = json_style::write(&value, &world.json_style, &mut world.random);
    let body = match garbage {
        Some(bytes) => json_style::insert_bytes(&text, bytes),
        None => text.into_bytes(),
    };
    ApiResponse::new(content_type(world), body)
}

/// Appends hint and rid to the text of a refusal, and records the rejected call.
fn decorate(world: &mut World, request: &ApiRequest, refusal: &Refusal) -> Value {
    let now = world.now();
    let rid = ids::rid(now, &mut world.random);
    let hint = if world.json_style.hints && refusal.has_hint() {
        format!(" hint: [{}]", ids::hint(now, &mut world.random))
    } else {
        String::new()
    };
    let value = json!({"errcode": refusal.code, "errmsg": format!("{}{hint} rid: {rid}", refusal.text)});
    let appid = request.query.get("access_token").and_then(|token| world.token_status(token).1);
    world.rejected.record(&rid, appid, request, &value.to_string(), now);
    value
}

/// Returns the `Content-Type`. It varies, so that no client relies on it.
fn content_type(world: &mut World) -> &'static str {
    world.json_answers += 1;
    match (world.json_style.alternates_content_type, world.json_answers % 2) {
        (false, _) => "application/json; charset=utf-8",
        (true, 0) => "text/plain",
        (true, _) => "application/json; encoding=utf-8",
    }
}
