//! Control over HTTP, for developers in other languages. `control.md` documents it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::{Account, Draft};
use super::account_handle::AccountHandle;
use super::article::Article;
use super::editor::NotFound;
use super::edits;
use super::fault::FaultRule;
use super::profile::Profile;
use super::random::Random;
use super::request::{ApiRequest, ApiResponse};
use super::robots::{RobotKind, RobotRules};
use super::routes;
use super::world::World;

/// Why a control request failed.
#[derive(Debug, thiserror::Error)]
enum ControlError {
    #[error("there is no /simulator/{0}; `draftkeep simulate --help` lists the commands")]
    Command(String),
    #[error("the body does not fit this command: {0}")]
    Body(#[from] serde_json::Error),
    #[error("there is no account {0:?}")]
    Account(String),
    #[error("there is an account {0:?} already")]
    Taken(String),
    #[error("there is no endpoint {0:?}: name a path below /cgi-bin/")]
    Endpoint(String),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("an article must be a JSON object")]
    Article,
}

/// Executes a control request.
pub(super) fn answer(world: &mut World, command: &str, request: &ApiRequest) -> ApiResponse {
    let (status, value) = match dispatch(world, command, &request.body) {
        Ok(value) => (200, value),
        Err(error) => (400, json!({"error": error.to_string()})),
    };
    ApiResponse { status, ..ApiResponse::new("application/json; charset=utf-8", value.to_string()) }
}

fn dispatch(world: &mut World, command: &str, body: &[u8]) -> Result<Value, ControlError> {
    match command {
        "state" => return Ok(state(world)),
        "create" => return create(world, body),
        "edit" => edit(world, body)?,
        "save" => {
            let at: DraftPath = read(body)?;
            account_of(world, at.appid)?.save(&at.media_id)?;
        }
        "crop" => {
            let at: DraftPath = read(body)?;
            let address = account_of(world, at.appid)?.crop_cover(&at.media_id, at.index)?;
            return Ok(json!({"thumb_url": address}));
        }
        "picture" => return picture(world, body),
        "publish" => {
            let at: DraftPath = read(body)?;
            account_of(world, at.appid)?.publish(&at.media_id, at.notify)?;
        }
        "delete" => {
            let at: DraftPath = read(body)?;
            account_of(world, at.appid)?.delete(&at.media_id)?;
        }
        "work" => return random_edit(world, body),
        "lose" => delete_picture(world, body)?,
        "fault" => add_fault(world, body)?,
        "clear" => world.clear_faults(),
        "rules" => return set(&mut world.behavior, body),
        "dialect" => return set(&mut world.json_style, body),
        "clock" => return clock(world, body),
        "account" => change_account(world, body)?,
        "new_account" => new_account(world, body)?,
        "revoke" => {
            let selector: AccountSelector = read(body)?;
            account_of(world, selector.appid)?.revoke_tokens();
        }
        "quota" => quota(world, body)?,
        "robot" => return change_robot(world, body),
        "received" => return Ok(serde_json::to_value(world.robots.received())?),
        other => return Err(ControlError::Command(other.to_owned())),
    }
    Ok(json!({"ok": true}))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    Ok(serde_json::from_slice(if body.is_empty() { b"{}" } else { body })?)
}

fn account_of(world: &mut World, appid: Option<String>) -> Result<AccountHandle<'_>, ControlError> {
    let appid = appid.unwrap_or_else(|| world.appids().swap_remove(0));
    if world.has_account(&appid) { Ok(world.account(&appid)) } else { Err(ControlError::Account(appid)) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftPath {
    appid: Option<String>,
    media_id: String,
    #[serde(default)]
    index: usize,
    #[serde(default)]
    notify: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountSelector {
    appid: Option<String>,
}

/// Sets the rules of a robot.
fn change_robot(world: &mut World, body: &[u8]) -> Result<Value, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RobotBody {
        robot: RobotKind,
        #[serde(default)]
        rules: RobotRules,
    }
    let RobotBody { robot, rules } = read(body)?;
    *world.robots.rules(robot) = rules;
    Ok(json!({"ok": true}))
}

fn create(world: &mut World, body: &[u8]) -> Result<Value, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct CreateDraftBody {
        appid: Option<String>,
        articles: Vec<Map<String, Value>>,
    }
    let new: CreateDraftBody = read(body)?;
    if new.articles.is_empty() {
        return Err(ControlError::Article);
    }
    let mut account = account_of(world, new.appid)?;
    let articles = new.articles.into_iter().map(|fields| account.with_cover(Article::saved(fields))).collect();
    Ok(json!({"media_id": account.create(articles)}))
}

fn picture(world: &mut World, body: &[u8]) -> Result<Value, ControlError> {
    let selector: AccountSelector = read(body)?;
    let (media_id, url) = account_of(world, selector.appid)?.add_picture("picture.jpg");
    Ok(json!({"media_id": media_id, "url": url}))
}

fn edit(world: &mut World, body: &[u8]) -> Result<(), ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct EditDraftBody {
        appid: Option<String>,
        media_id: String,
        #[serde(default)]
        index: usize,
        fields: Map<String, Value>,
    }
    let edit: EditDraftBody = read(body)?;
    account_of(world, edit.appid)?.edit(&edit.media_id, edit.index, |article| {
        for (field, value) in edit.fields {
            match value {
                Value::Null => drop(article.0.remove(&field)),
                value => article.set(&field, value),
            }
        }
    })?;
    Ok(())
}

fn delete_picture(world: &mut World, body: &[u8]) -> Result<(), ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct DeletePictureBody {
        url: String,
    }
    world.delete_picture(&read::<DeletePictureBody>(body)?.url);
    Ok(())
}

fn add_fault(world: &mut World, body: &[u8]) -> Result<(), ControlError> {
    let rule: FaultRule = read(body)?;
    if !["*", "picture"].contains(&rule.endpoint()) {
        check_endpoint(rule.endpoint())?;
    }
    world.add_fault(rule);
    Ok(())
}

fn check_endpoint(endpoint: &str) -> Result<(), ControlError> {
    if routes::exists(endpoint) { Ok(()) } else { Err(ControlError::Endpoint(endpoint.to_owned())) }
}

/// Sets the switches that are named, and returns all of them.
fn set<T: Serialize + DeserializeOwned>(switches: &mut T, body: &[u8]) -> Result<Value, ControlError> {
    let mut all = serde_json::to_value(&*switches)?;
    if let Value::Object(all) = &mut all {
        all.extend(read::<Map<String, Value>>(body)?);
    }
    *switches = T::deserialize(&all)?;
    Ok(all)
}

fn random_edit(world: &mut World, body: &[u8]) -> Result<Value, ControlError> {
    let selector: AccountSelector = read(body)?;
    let mut random = Random::new(world.random.draw());
    let event = edits::random_edit(&mut account_of(world, selector.appid)?, &mut random);
    Ok(json!({"edit": event.to_string(), "media_id": event.media_id}))
}

fn clock(world: &mut World, body: &[u8]) -> Result<Value, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ClockBody {
        now: Option<i64>,
        #[serde(default)]
        advance: i64,
    }
    let body: ClockBody = read(body)?;
    if let Some(now) = body.now {
        world.set_now(now);
    }
    world.advance(body.advance);
    Ok(json!({"now": world.now()}))
}

fn change_account(world: &mut World, body: &[u8]) -> Result<(), ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct AccountPatch {
        appid: Option<String>,
        /// Missing: unchanged. Null: no whitelist.
        #[serde(default, deserialize_with = "present")]
        whitelist: Option<Option<Vec<String>>>,
        secret: Option<String>,
        profile: Option<Profile>,
    }
    let change: AccountPatch = read(body)?;
    let mut account = account_of(world, change.appid)?;
    if let Some(addresses) = change.whitelist {
        let addresses = addresses.as_ref().map(|addresses| addresses.iter().map(String::as_str).collect::<Vec<_>>());
        account.set_whitelist(addresses.as_deref());
    }
    if let Some(secret) = change.secret {
        account.set_secret(&secret);
    }
    if let Some(profile) = change.profile {
        account.set_profile(profile);
    }
    Ok(())
}

fn new_account(world: &mut World, body: &[u8]) -> Result<(), ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NewAccountBody {
        appid: String,
        secret: String,
        profile: Option<Profile>,
    }
    let new: NewAccountBody = read(body)?;
    if world.has_account(&new.appid) {
        return Err(ControlError::Taken(new.appid));
    }
    let account = Account::new(&new.appid, &new.secret);
    world.accounts.push(account.profile(new.profile.unwrap_or(Profile::Verified)));
    Ok(())
}

/// Distinguishes a field that is null from one that is missing.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn quota(world: &mut World, body: &[u8]) -> Result<(), ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct QuotaPatch {
        appid: Option<String>,
        #[serde(rename = "interface")]
        endpoint: String,
        daily: Option<u64>,
        minutely: Option<u64>,
        #[serde(default)]
        used: u64,
    }
    let limits: QuotaPatch = read(body)?;
    check_endpoint(&limits.endpoint)?;
    let mut account = account_of(world, limits.appid)?;
    if let Some(calls) = limits.daily {
        account.set_limit(&limits.endpoint, calls);
    }
    if let Some(calls) = limits.minutely {
        account.set_minute_limit(&limits.endpoint, calls);
    }
    account.add_usage(&limits.endpoint, limits.used);
    Ok(())
}

fn state(world: &World) -> Value {
    json!({
        "now": world.now(),
        "accounts": world.accounts.iter().map(describe_account).collect::<Vec<_>>(),
        "calls": world.request_log.all_calls(),
        "connections": world.request_log.connections(),
        "most_in_flight": world.request_log.most_in_flight(),
    })
}

fn describe_account(account: &Account) -> Value {
    json!({
        "appid": account.appid,
        "profile": account.profile,
        "drafts": account.drafts.iter().map(describe_draft).collect::<Vec<_>>(),
        "materials": account.materials.len(),
        "published": account.published.iter().map(|message| message.article_id.as_str()).collect::<Vec<_>>(),
    })
}

fn describe_draft(draft: &Draft) -> Value {
    let titles: Vec<&str> = draft.articles.iter().map(|article| article.text("title")).collect();
    json!({"media_id": draft.media_id, "titles": titles, "create_time": draft.create_time, "update_time": draft.update_time})
}
