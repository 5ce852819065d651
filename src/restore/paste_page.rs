//! A page for restoring by hand: it shows a version with its archived pictures without a network, and copies it as rich text
//! for the platform's editor, which accepts what the API does not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::restorability::{Restorability, RestoreLevel, restorability};
use super::source::{AssetBytes, Source};
use crate::archive::VersionPicture;
use crate::model::{Article, Language, article_number};
use crate::picture::ImageRole;
use crate::render::{self, Pictures};
use crate::sanitize;

const STYLE: &str = include_str!("paste_page/page.css");
const SCRIPT: &str = include_str!("paste_page/page.js");

/// Writes the page.
pub(super) fn page(source: &Source, held: &AssetBytes) -> String {
    let title = escaped(&sanitize::line(source.title()));
    let (account, id, number) = (escaped(&source.draft.account), source.draft.id, source.version.number);
    let articles: String = source.articles.iter().map(|article| card(article, source, held)).collect();
    // The page may run only this script and load nothing.
    let script_hash = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
         script-src 'sha256-{script_hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · draftkeep</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{title}</h1>\n\
         <small>{account}/{id}，版本 {number} · version {number}</small>\n</header>\n{}{articles}</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        to_do(source)
    )
}

/// The steps that a person must do.
fn to_do(source: &Source) -> String {
    let mut steps = vec![
        (
            "点“复制正文”，粘贴到 mp.weixin.qq.com 的编辑器里".to_owned(),
            "Copy the text, and paste it into the platform's editor".to_owned(),
        ),
        (
            "标题、作者、摘要、原文链接分别复制粘贴".to_owned(),
            "Title, author, digest and link have buttons of their own".to_owned(),
        ),
        ("把封面图另存后上传，并重新裁剪".to_owned(), "Save the cover, upload it, and crop it anew".to_owned()),
        (
            "检查留言、原创声明、合集、定时等设置".to_owned(),
            "Comments, originality, albums and timing are set by hand".to_owned(),
        ),
    ];
    match restorability(&source.document, &source.pictures) {
        Ok(Restorability { level: RestoreLevel::Fully, .. }) => {}
        Ok(judged) => {
            let chinese = judged.reasons_in_chinese().into_iter().map(|reason| format!("接口带不过去的：{reason}"));
            steps.extend(chinese.zip(judged.reasons()));
        }
        Err(error) => steps.push((
            "无法判断接口能带过去多少，请逐项核对".to_owned(),
            format!("What the API would carry cannot be told, so compare everything: {error}"),
        )),
    }
    let step = |(chinese, english): (String, String)| {
        let (chinese, english) = (escaped(&chinese), escaped(&english));
        format!(
            "<li><label><input type=\"checkbox\"><span>{chinese}<span class=\"en\">{english}</span></span></label></li>\n"
        )
    };
    let steps: String = steps.into_iter().map(step).collect();
    format!(
        "<section class=\"card\">\n<h2>要做的事 <small>What to do</small></h2>\n<ul class=\"todo\">\n{steps}</ul>\n</section>\n"
    )
}

fn card(article: &Article, source: &Source, held: &AssetBytes) -> String {
    let position = article.position;
    let pictures: Vec<_> = source.pictures.iter().filter(|picture| picture.needed.position == position).collect();
    let of = |place: ImageRole| pictures.iter().filter(move |picture| picture.needed.place == place);
    let cover: String = of(ImageRole::Cover).map(|picture| image(picture, held, "cover", "封面")).collect();
    let cover = if cover.is_empty() { cover } else { format!("<h2>封面 <small>Cover</small></h2>\n{cover}") };
    let list: String = of(ImageRole::List).map(|picture| image(picture, held, "", "图片")).collect();
    let list = if list.is_empty() { list } else { format!("<div class=\"list\">{list}</div>\n") };
    let lost: String =
        pictures.iter().filter(|picture| !is_there(picture, held)).map(|picture| missing(picture)).collect();
    format!(
        "<section class=\"card\">\n<h2>第 {} 篇 <small>Article {}</small></h2>\n{}{cover}{list}{lost}\
         <p><button class=\"main\" data-copy=\"body-{position}\">复制正文</button> <small>Copy the text</small></p>\n\
         <div class=\"article\" id=\"body-{position}\" data-rich=\"1\">{}</div>\n</section>\n",
        article_number(position),
        article_number(position),
        fields(article),
        body(article, &pictures, held)
    )
}

fn fields(article: &Article) -> String {
    let named = [
        ("title", "标题", &article.title),
        ("author", "作者", &article.author),
        ("digest", "摘要", &article.digest),
        ("link", "原文链接", &article.content_source_url),
    ];
    let field = |(name, label, value): (&str, &str, &String)| {
        let id = format!("{name}-{}", article.position);
        format!("<dt>{label}</dt><dd id=\"{id}\">{}</dd><button data-copy=\"{id}\">复制</button>\n", escaped(value))
    };
    let rows: String = named.into_iter().filter(|(.., value)| !value.is_empty()).map(field).collect();
    if rows.is_empty() { rows } else { format!("<dl class=\"fields\">\n{rows}</dl>\n") }
}

/// The article with its pictures inline, and without anything that could run or be loaded.
fn body(article: &Article, pictures: &[&VersionPicture], held: &AssetBytes) -> String {
    // Why a picture is missing stands before the article, in English.
    let held = inline(pictures.iter().copied(), held).held;
    let pictures = Pictures { held, not_held: Some("没有存下来"), ..Pictures::default() };
    render::fragment(article, &pictures, Language::Chinese)
}

/// Returns the pictures as data addresses, and why the others are missing.
pub fn inline<'a>(pictures: impl Iterator<Item = &'a VersionPicture>, held: &AssetBytes) -> Pictures {
    let mut inline = Pictures::default();
    for picture in pictures {
        let identity = picture.needed.identity.clone();
        match (data(picture, held), &picture.trouble) {
            (Some(data), _) => drop(inline.held.insert(identity, data)),
            (None, Some(reason)) => drop(inline.reasons.insert(identity, reason.clone())),
            (None, None) => {}
        }
    }
    inline
}

fn is_there(picture: &VersionPicture, held: &AssetBytes) -> bool {
    picture.asset.as_ref().is_some_and(|asset| held.contains_key(&asset.sha256))
}

/// Returns a picture as a `data:` address.
fn data(picture: &VersionPicture, held: &AssetBytes) -> Option<String> {
    let asset = picture.asset.as_ref()?;
    let bytes = held.get(&asset.sha256)?;
    Some(format!("data:{};base64,{}", asset.kind, STANDARD.encode(bytes)))
}

fn image(picture: &VersionPicture, held: &AssetBytes, class: &str, alt: &str) -> String {
    let Some(data) = data(picture, held) else { return String::new() };
    format!("<img class=\"{class}\" alt=\"{alt}\" src=\"{data}\">\n")
}

fn missing(picture: &VersionPicture) -> String {
    let needed = &picture.needed;
    let name = needed.address.as_ref().or(needed.media_id.as_ref()).unwrap_or(&needed.identity);
    let reason = picture.trouble.as_deref().unwrap_or("not asked for yet");
    format!("<p class=\"lost\">缺图片 {}<span class=\"en\">{}</span></p>\n", escaped(name), escaped(reason))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
