//! The simulator's own endpoints, for people who develop in other languages. `control.md` tells them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::{Account, Draft, Profile};
use super::article::Article;
use super::call::{Answer, Call};
use super::desk::Desk;
use super::editor::NotThere;
use super::fault::Plan;
use super::people;
use super::random::Random;
use super::routes;
use super::world::World;

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
enum Mistake {
    #[error("there is no /simulator/{0}; `draftkeep simulate --help` lists what there is")]
    Order(String),
    #[error("the body is not what this order needs: {0}")]
    Body(#[from] serde_json::Error),
    #[error("there is no account {0:?}")]
    Account(String),
    #[error("there is an account {0:?} already")]
    Taken(String),
    #[error("there is no interface {0:?}: name a path below /cgi-bin/")]
    Endpoint(String),
    #[error(transparent)]
    NotThere(#[from] NotThere),
    #[error("an article must be a JSON object")]
    Article,
}

/// Carries an order out and says so.
pub(super) fn answer(world: &mut World, order: &str, call: &Call) -> Answer {
    let (status, value) = match obey(world, order, &call.body) {
        Ok(value) => (200, value),
        Err(mistake) => (400, json!({"error": mistake.to_string()})),
    };
    Answer { status, ..Answer::new("application/json; charset=utf-8", value.to_string()) }
}

fn obey(world: &mut World, order: &str, body: &[u8]) -> Result<Value, Mistake> {
    match order {
        "state" => return Ok(state(world)),
        "create" => return create(world, body),
        "edit" => edit(world, body)?,
        "save" => {
            let at: Place = read(body)?;
            desk(world, at.appid)?.save(&at.media_id)?;
        }
        "crop" => {
            let at: Place = read(body)?;
            let address = desk(world, at.appid)?.crop_cover(&at.media_id, at.index)?;
            return Ok(json!({"thumb_url": address}));
        }
        "picture" => return picture(world, body),
        "publish" => {
            let at: Place = read(body)?;
            desk(world, at.appid)?.publish(&at.media_id, at.notify)?;
        }
        "delete" => {
            let at: Place = read(body)?;
            desk(world, at.appid)?.delete(&at.media_id)?;
        }
        "work" => return work(world, body),
        "lose" => lose(world, body)?,
        "fault" => fault(world, body)?,
        "clear" => world.clear_faults(),
        "rules" => return set(&mut world.rules, body),
        "dialect" => return set(&mut world.dialect, body),
        "clock" => return clock(world, body),
        "account" => account(world, body)?,
        "new_account" => new_account(world, body)?,
        "revoke" => {
            let whose: Whose = read(body)?;
            desk(world, whose.appid)?.revoke_tokens();
        }
        "quota" => quota(world, body)?,
        other => return Err(Mistake::Order(other.to_owned())),
    }
    Ok(json!({"ok": true}))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Mistake> {
    Ok(serde_json::from_slice(if body.is_empty() { b"{}" } else { body })?)
}

fn desk(world: &mut World, appid: Option<String>) -> Result<Desk<'_>, Mistake> {
    let appid = appid.unwrap_or_else(|| world.appids().swap_remove(0));
    if world.knows(&appid) { Ok(world.desk(&appid)) } else { Err(Mistake::Account(appid)) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    appid: Option<String>,
    media_id: String,
    #[serde(default)]
    index: usize,
    #[serde(default)]
    notify: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    appid: Option<String>,
}

fn create(world: &mut World, body: &[u8]) -> Result<Value, Mistake> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct New {
        appid: Option<String>,
        articles: Vec<Map<String, Value>>,
    }
    let new: New = read(body)?;
    if new.articles.is_empty() {
        return Err(Mistake::Article);
    }
    let mut desk = desk(world, new.appid)?;
    let articles = new.articles.into_iter().map(|fields| desk.with_cover(Article::saved(fields))).collect();
    Ok(json!({"media_id": desk.create(articles)}))
}

fn picture(world: &mut World, body: &[u8]) -> Result<Value, Mistake> {
    let whose: Whose = read(body)?;
    let (media_id, url) = desk(world, whose.appid)?.add_picture("picture.jpg");
    Ok(json!({"media_id": media_id, "url": url}))
}

fn edit(world: &mut World, body: &[u8]) -> Result<(), Mistake> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Edit {
        appid: Option<String>,
        media_id: String,
        #[serde(default)]
        index: usize,
        fields: Map<String, Value>,
    }
    let edit: Edit = read(body)?;
    desk(world, edit.appid)?.edit(&edit.media_id, edit.index, |article| {
        for (field, value) in edit.fields {
            match value {
                Value::Null => drop(article.0.remove(&field)),
                value => article.set(&field, value),
            }
        }
    })?;
    Ok(())
}

fn lose(world: &mut World, body: &[u8]) -> Result<(), Mistake> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Picture {
        url: String,
    }
    world.lose_picture(&read::<Picture>(body)?.url);
    Ok(())
}

fn fault(world: &mut World, body: &[u8]) -> Result<(), Mistake> {
    let plan: Plan = read(body)?;
    if !["*", "picture"].contains(&plan.endpoint()) {
        check_endpoint(plan.endpoint())?;
    }
    world.fault(plan);
    Ok(())
}

fn check_endpoint(endpoint: &str) -> Result<(), Mistake> {
    if routes::exists(endpoint) { Ok(()) } else { Err(Mistake::Endpoint(endpoint.to_owned())) }
}

/// Turns the switches that are named, and tells how all of them stand.
fn set<T: Serialize + DeserializeOwned>(switches: &mut T, body: &[u8]) -> Result<Value, Mistake> {
    let mut all = serde_json::to_value(&*switches)?;
    if let Value::Object(all) = &mut all {
        all.extend(read::<Map<String, Value>>(body)?);
    }
    *switches = T::deserialize(&all)?;
    Ok(all)
}

fn work(world: &mut World, body: &[u8]) -> Result<Value, Mistake> {
    let who: Whose = read(body)?;
    let mut random = Random::new(world.random.draw());
    let deed = people::work(&mut desk(world, who.appid)?, &mut random);
    Ok(json!({"deed": deed.to_string(), "media_id": deed.media_id}))
}

fn clock(world: &mut World, body: &[u8]) -> Result<Value, Mistake> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Hands {
        now: Option<i64>,
        #[serde(default)]
        advance: i64,
    }
    let hands: Hands = read(body)?;
    if let Some(now) = hands.now {
        world.set_now(now);
    }
    world.advance(hands.advance);
    Ok(json!({"now": world.now()}))
}

fn account(world: &mut World, body: &[u8]) -> Result<(), Mistake> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        appid: Option<String>,
        /// Left out: as before. Null: no whitelist.
        #[serde(default, deserialize_with = "present")]
        whitelist: Option<Option<Vec<String>>>,
        secret: Option<String>,
        profile: Option<Profile>,
    }
    let change: Change = read(body)?;
    let mut desk = desk(world, change.appid)?;
    if let Some(addresses) = change.whitelist {
        let addresses = addresses.as_ref().map(|addresses| addresses.iter().map(String::as_str).collect::<Vec<_>>());
        desk.set_whitelist(addresses.as_deref());
    }
    if let Some(secret) = change.secret {
        desk.set_secret(&secret);
    }
    if let Some(profile) = change.profile {
        desk.set_profile(profile);
    }
    Ok(())
}

fn new_account(world: &mut World, body: &[u8]) -> Result<(), Mistake> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct New {
        appid: String,
        secret: String,
        profile: Option<Profile>,
    }
    let new: New = read(body)?;
    if world.knows(&new.appid) {
        return Err(Mistake::Taken(new.appid));
    }
    let account = Account::new(&new.appid, &new.secret);
    world.accounts.push(account.profile(new.profile.unwrap_or(Profile::Verified)));
    Ok(())
}

/// Tells a field that is null from one that is not there.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn quota(world: &mut World, body: &[u8]) -> Result<(), Mistake> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        appid: Option<String>,
        #[serde(rename = "interface")]
        endpoint: String,
        daily: Option<u64>,
        minutely: Option<u64>,
        #[serde(default)]
        used: u64,
    }
    let limits: Limits = read(body)?;
    check_endpoint(&limits.endpoint)?;
    let mut desk = desk(world, limits.appid)?;
    if let Some(calls) = limits.daily {
        desk.set_limit(&limits.endpoint, calls);
    }
    if let Some(calls) = limits.minutely {
        desk.set_minute_limit(&limits.endpoint, calls);
    }
    desk.use_up(&limits.endpoint, limits.used);
    Ok(())
}

fn state(world: &World) -> Value {
    json!({
        "now": world.now(),
        "accounts": world.accounts.iter().map(describe_account).collect::<Vec<_>>(),
        "calls": world.traffic.all_calls(),
        "connections": world.traffic.connections(),
        "most_in_flight": world.traffic.most_in_flight(),
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
