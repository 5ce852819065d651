//! The simulator's own interfaces, for people who develop in other languages. `control.md` tells them.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::account::{Account, Draft, Profile};
use super::article::Article;
use super::call::{Answer, Call};
use super::desk::Desk;
use super::editor::NotThere;
use super::fault::Plan;
use super::people;
use super::random::Random;
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
        "fault" => world.fault(read::<Plan>(body)?),
        "clear" => world.clear_faults(),
        "clock" => return clock(world, body),
        "account" => account(world, body)?,
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
    let articles = new.articles.into_iter().map(Article).collect();
    Ok(json!({"media_id": desk(world, new.appid)?.create(articles)}))
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

/// Tells a field that is null from one that is not there.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn quota(world: &mut World, body: &[u8]) -> Result<(), Mistake> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        appid: Option<String>,
        interface: String,
        daily: Option<u64>,
        minutely: Option<u64>,
        #[serde(default)]
        used: u64,
    }
    let limits: Limits = read(body)?;
    let mut desk = desk(world, limits.appid)?;
    if let Some(calls) = limits.daily {
        desk.set_limit(&limits.interface, calls);
    }
    if let Some(calls) = limits.minutely {
        desk.set_minute_limit(&limits.interface, calls);
    }
    desk.use_up(&limits.interface, limits.used);
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
