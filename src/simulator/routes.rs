//! The endpoints, and the way of a call through them.

use serde_json::{Value, json};

use super::call::{Answer, Call, Delivery, Manner};
use super::control;
use super::credentials::{self, signed_in};
use super::desk::{Desk, Input, Reply};
use super::fault::Fault;
use super::refusal::Refusal;
use super::world::World;
use super::{drafts, materials, names, network, publishing, quota, wire};

/// Which method an endpoint wants; some that are documented as GET take POST as well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Post,
    Any,
}

/// What its body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Json,
    File,
    Ignored,
}

#[derive(Clone, Copy)]
enum Work {
    /// For everybody who has the secret.
    Credentials(Method, fn(&mut World, &Call) -> Result<Reply, Refusal>),
    /// For everybody who has a token.
    Account(Method, Body, fn(&mut Desk<'_>, &Input<'_>) -> Result<Reply, Refusal>),
}

use Body::{File, Ignored, Json};
use Method::{Any, Post};
use Work::{Account, Credentials};

/// Every endpoint by its path below `/cgi-bin/`.
const ENDPOINTS: &[(&str, Work)] = &[
    ("token", Credentials(Any, credentials::token)),
    ("stable_token", Credentials(Post, credentials::stable_token)),
    ("draft/add", Account(Post, Json, drafts::add)),
    ("draft/get", Account(Post, Json, drafts::get)),
    ("draft/batchget", Account(Post, Json, drafts::batchget)),
    ("draft/count", Account(Any, Ignored, drafts::count)),
    ("draft/update", Account(Post, Json, drafts::update)),
    ("draft/delete", Account(Post, Json, drafts::delete)),
    ("draft/switch", Account(Post, Ignored, drafts::switch)),
    ("material/add_material", Account(Post, File, materials::add)),
    ("material/get_material", Account(Post, Json, materials::get)),
    ("material/batchget_material", Account(Post, Json, materials::batchget)),
    ("material/get_materialcount", Account(Any, Ignored, materials::count)),
    ("material/del_material", Account(Post, Json, materials::delete)),
    ("media/uploadimg", Account(Post, File, materials::upload_image)),
    ("media/upload", Account(Post, File, materials::add_temporary)),
    ("media/get", Account(Any, Ignored, materials::get_temporary)),
    ("freepublish/submit", Account(Post, Json, publishing::submit)),
    ("freepublish/get", Account(Post, Json, publishing::get)),
    ("freepublish/batchget", Account(Post, Json, publishing::batchget)),
    ("freepublish/getarticle", Account(Post, Json, publishing::get_article)),
    ("freepublish/delete", Account(Post, Json, publishing::delete)),
    ("openapi/quota/get", Account(Post, Json, quota::get)),
    ("openapi/quota/clear", Account(Post, Json, quota::clear_one)),
    ("openapi/rid/get", Account(Post, Json, quota::explain_rid)),
    ("clear_quota", Account(Post, Json, quota::clear_all)),
    ("clear_quota/v2", Credentials(Post, credentials::clear_quota)),
    ("get_api_domain_ip", Account(Any, Ignored, network::domain_addresses)),
    ("getcallbackip", Account(Any, Ignored, network::callback_addresses)),
    ("callback/check", Account(Post, Json, network::check)),
];

/// Tells whether there is such an endpoint.
pub(super) fn exists(endpoint: &str) -> bool {
    ENDPOINTS.iter().any(|(name, _)| *name == endpoint)
}

/// Answers whatever comes in.
pub(super) fn answer(world: &mut World, call: &Call) -> Delivery {
    if let Some(order) = call.path.strip_prefix("/simulator/") {
        return Delivery { answer: control::answer(world, order, call), manner: Manner::Plain };
    }
    match call.path.strip_prefix("/cgi-bin/") {
        Some(endpoint) => answer_endpoint(world, endpoint, call),
        None => answer_picture(world, call),
    }
}

fn answer_picture(world: &mut World, call: &Call) -> Delivery {
    let Some(answer) = world.pictures.answer(call, world.rules.hotlink_protection) else {
        world.traffic.note(&call.path, call);
        return Delivery { answer: Answer::html(404), manner: Manner::Plain };
    };
    world.traffic.note("picture", call);
    let fault = world.faults.next("picture", None);
    let manner = fault.as_ref().map_or(Manner::Plain, Fault::manner);
    fault.and_then(|fault| fault.instead()).unwrap_or(Delivery { answer, manner })
}

fn answer_endpoint(world: &mut World, endpoint: &str, call: &Call) -> Delivery {
    world.traffic.note(endpoint, call);
    let fault = world.faults.next(endpoint, named_draft(call).as_deref());
    if let Some(delivery) = fault.as_ref().and_then(Fault::instead) {
        return delivery;
    }
    let ordered = if let Some(Fault::Code(code)) = fault { Err(Refusal::of(code)) } else { Ok(()) };
    let outcome = perform(world, endpoint, call, ordered);
    if let Err(refusal) = &outcome {
        world.traffic.refuses(endpoint, refusal.code);
    }
    let answer = compose(world, call, outcome, fault.as_ref().and_then(Fault::stain));
    world.traffic.answers(answer.body.len());
    world.passes(endpoint);
    Delivery { answer, manner: fault.as_ref().map_or(Manner::Plain, Fault::manner) }
}

/// Returns the draft that a call names, for faults that befall one draft alone.
fn named_draft(call: &Call) -> Option<String> {
    let body: Value = serde_json::from_slice(&call.body).ok()?;
    body["media_id"].as_str().map(ToOwned::to_owned)
}

fn perform(world: &mut World, endpoint: &str, call: &Call, ordered: Result<(), Refusal>) -> Result<Reply, Refusal> {
    let work = ENDPOINTS.iter().find(|(name, _)| *name == endpoint).map(|(_, work)| *work);
    match work.ok_or_else(|| Refusal::of(40066))? {
        Credentials(method, _) | Account(method, ..) if method == Post && call.method != "POST" => {
            Err(Refusal::of(43002))
        }
        Credentials(_, work) => {
            ordered?;
            work(world, call)
        }
        Account(_, body, work) => {
            let mut desk = signed_in(world, call)?;
            desk.admit(endpoint)?;
            ordered?;
            if desk.random.chance(desk.rules.system_errors) {
                return Err(Refusal::of(-1));
            }
            let input = if body == Json { Input::json(call, desk.rules)? } else { Input::bare(call) };
            work(&mut desk, &input)
        }
    }
}

/// Writes an answer down in the dialect.
fn compose(world: &mut World, call: &Call, outcome: Result<Reply, Refusal>, stain: Option<&[u8]>) -> Answer {
    let mut value = match outcome {
        Ok(Reply::File { name, content_type, bytes }) => {
            return Answer { file_name: Some(name), ..Answer::new(content_type, bytes) };
        }
        Ok(Reply::Data(value)) => value,
        Err(refusal) => decorate(world, call, &refusal),
    };
    if stain.is_some() {
        wire::blemish(&mut value);
    }
    let text = wire::write(&value, &world.dialect, &mut world.random);
    let body = match stain {
        Some(bytes) => wire::stain(&text, bytes),
        None => text.into_bytes(),
    };
    Answer::new(content_type(world), body)
}

/// Puts hint and rid behind a refusal's text, and the refusal into the book.
fn decorate(world: &mut World, call: &Call, refusal: &Refusal) -> Value {
    let now = world.now();
    let rid = names::rid(now, &mut world.random);
    let hint = if world.dialect.hints && refusal.has_hint() {
        format!(" hint: [{}]", names::hint(now, &mut world.random))
    } else {
        String::new()
    };
    let value = json!({"errcode": refusal.code, "errmsg": format!("{}{hint} rid: {rid}", refusal.text)});
    let appid = call.query.get("access_token").and_then(|token| world.owner(token).1);
    world.refused.note(&rid, appid, call, &value.to_string(), now);
    value
}

/// Returns what the header says of an answer; nobody should rely on it.
fn content_type(world: &mut World) -> &'static str {
    world.answered += 1;
    match (world.dialect.alternates_content_type, world.answered % 2) {
        (false, _) => "application/json; charset=utf-8",
        (true, 0) => "text/plain",
        (true, _) => "application/json; encoding=utf-8",
    }
}
