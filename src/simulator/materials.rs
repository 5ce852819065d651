//! `material/*` and `media/*`: uploads (官方文档 "素材管理").

use serde_json::{Value, json};

use super::account::Material;
use super::account_handle::AccountHandle;
use super::endpoint::{Input, Reply};
use super::pictures::Format;
use super::refusal::Refusal;
use super::request::Upload;

const MEGABYTE: usize = 1 << 20;

/// Lifetime of a temporary material in seconds: three days.
const TEMPORARY_LIFE: i64 = 3 * 86_400;

/// Stores a permanent material. The kind is in the query; without it the platform answers a misleading 40007.
pub(super) fn add(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let material = store(account, input, 40007, false)?;
    let mut answer = json!({"media_id": material.media_id});
    if !material.url.is_empty() {
        answer["url"] = material.url.into();
    }
    Ok(Reply::Data(answer))
}

/// Stores a temporary material, which is removed after three days and cannot be used in drafts.
pub(super) fn add_temporary(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let material = store(account, input, 40004, true)?;
    let name = if material.kind == "thumb" { "thumb_media_id" } else { "media_id" };
    Ok(Reply::Data(json!({"type": material.kind, name: material.media_id, "created_at": account.now})))
}

/// Stores a picture for the body of an article. It has an address and no media_id.
pub(super) fn upload_image(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let (_, _, bytes) = file(input)?;
    if bytes.len() >= MEGABYTE {
        return Err(Refusal::of(40009));
    }
    let format = Format::of(bytes)
        .filter(|format| matches!(format, Format::Jpeg | Format::Png))
        .ok_or_else(|| Refusal::of(40005))?;
    let address = account.pictures.store(format, bytes.to_vec(), account.random);
    let address =
        address.replace("/mmbiz_", "/sz_mmbiz_").split('?').next().unwrap_or_default().to_owned() + "?from=appmsg";
    Ok(Reply::Data(json!({"url": address, "errcode": 0, "errmsg": "ok"})))
}

pub(super) fn get(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let material = &account.state.materials[position(account, input)?];
    if material.kind == "video" {
        let [title, introduction] = &material.about;
        let address = format!("http://video.example.com/{}.mp4", material.media_id);
        return Ok(Reply::Data(json!({"title": title, "description": introduction, "down_url": address})));
    }
    Ok(material_file(material))
}

/// `media/get`: a temporary one, by the media_id in the query.
pub(super) fn get_temporary(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let media_id = input.request.query.get("media_id").map_or("", String::as_str);
    let is_wanted = |material: &&Material| {
        material.media_id == media_id && material.temporary && account.now - material.uploaded_at < TEMPORARY_LIFE
    };
    let material = account.state.materials.iter().find(is_wanted).ok_or_else(|| Refusal::of(40007))?;
    if material.kind == "video" {
        return Ok(Reply::Data(json!({"video_url": format!("http://video.example.com/{}.mp4", material.media_id)})));
    }
    Ok(material_file(material))
}

fn material_file(material: &Material) -> Reply {
    let content_type = material.format.map_or("application/octet-stream", Format::content_type);
    Reply::File { name: material.name.clone(), content_type, bytes: material.bytes.clone() }
}

/// Lists the materials of one kind, newest first.
pub(super) fn batchget(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let kind = input.text("type");
    if !["image", "voice", "video", "news"].contains(&kind) {
        return Err(Refusal::of(40004));
    }
    let all: Vec<&Material> =
        account.state.materials.iter().rev().filter(|material| material.kind == kind && !material.temporary).collect();
    let page = input.page(all.len())?;
    Ok(Reply::list(all.len(), all[page].iter().map(|material| entry(material)).collect()))
}

fn entry(material: &Material) -> Value {
    let mut entry = json!({"media_id": material.media_id, "name": material.name, "update_time": material.uploaded_at});
    if !material.url.is_empty() {
        entry["url"] = material.url.as_str().into();
    }
    entry
}

pub(super) fn count(account: &mut AccountHandle<'_>, _: &Input<'_>) -> Result<Reply, Refusal> {
    let of = |kind: &str| {
        account.state.materials.iter().filter(|material| material.kind == kind && !material.temporary).count()
    };
    Ok(Reply::Data(json!({
        "voice_count": of("voice"), "video_count": of("video"), "image_count": of("image"), "news_count": 0,
    })))
}

pub(super) fn delete(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let position = position(account, input)?;
    let media_id = account.state.materials[position].media_id.clone();
    account.delete_material(&media_id);
    Ok(Reply::ok())
}

fn position(account: &AccountHandle<'_>, input: &Input<'_>) -> Result<usize, Refusal> {
    let wanted = |material: &Material| material.media_id == input.text("media_id") && !material.temporary;
    account.state.materials.iter().position(wanted).ok_or_else(|| Refusal::of(40007))
}

fn file<'i>(input: &'i Input<'_>) -> Result<(&'i str, Option<&'i str>, &'i [u8]), Refusal> {
    match &input.request.upload {
        Upload::None => Err(Refusal::of(43002)),
        Upload::NoMedia => Err(Refusal::of(41005)),
        Upload::File { bytes, .. } if bytes.is_empty() => Err(Refusal::of(41005)),
        Upload::File { name, description, bytes } => Ok((name, description.as_deref(), bytes)),
    }
}

fn store(
    account: &mut AccountHandle<'_>,
    input: &Input<'_>,
    without_kind: i64,
    temporary: bool,
) -> Result<Material, Refusal> {
    let (name, description, bytes) = file(input)?;
    let kind = input.request.query.get("type").map(String::as_str).ok_or_else(|| Refusal::of(without_kind))?;
    let description = description.or_else(|| input.request.query.get("description").map(String::as_str));
    let format = examine(kind, name, bytes)?;
    let about: Value = description.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let url = match format {
        Some(format) if kind == "image" && !temporary => account.pictures.store(format, bytes.to_vec(), account.random),
        _ => String::new(),
    };
    let material = Material {
        media_id: account.state.next_media_id(account.random),
        kind: kind.to_owned(),
        name: name.to_owned(),
        url,
        format,
        bytes: bytes.to_vec(),
        uploaded_at: account.now,
        temporary,
        about: ["title", "introduction"].map(|field| about[field].as_str().unwrap_or_default().to_owned()),
    };
    account.state.materials.push(material.clone());
    Ok(material)
}

/// Checks size, name and first bytes; returns the format of a picture.
fn examine(kind: &str, name: &str, bytes: &[u8]) -> Result<Option<Format>, Refusal> {
    let (limit, is_picture) = match kind {
        "image" => (10 * MEGABYTE, true),
        "thumb" => (64 << 10, true),
        "voice" => (2 * MEGABYTE, false),
        "video" => (10 * MEGABYTE, false),
        _ => return Err(Refusal::of(40004)),
    };
    if bytes.len() > limit {
        return Err(Refusal::of(45001));
    }
    if !name.contains('.') {
        return Err(Refusal::of(40005));
    }
    match Format::of(bytes) {
        None if is_picture => Err(Refusal::of(40113)),
        format => Ok(format.filter(|_| is_picture)),
    }
}
