//! Articles as documents of their own, which stand in frames without any rights: those of one version, or one of two versions with
//! its changes marked.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use maud::{PreEscaped, html};
use serde::Deserialize;

use super::access::Visitor;
use super::caller::Caller;
use super::extract::{Params, Segments};
use super::layout::title;
use super::marks::Words;
use super::page_error::PageError;
use super::picture;
use super::signature::Signer;
use super::site::Site;
use super::texts::{Texts, filled};
use super::versions::{Found, Versions, find};
use super::view::View;
use crate::archive::{Reader, VersionPicture};
use crate::canonical;
use crate::diff;
use crate::model::{Article, Timestamp};
use crate::picture::{ImageFormat, ImageRole};
use crate::render::{self, FRAME_POLICY, Marks, Pictures, Sought};
use crate::search::Query;

/// Which article of a comparison is drawn, and how.
#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    /// Its positions in the two versions, from 0.
    older: Option<usize>,
    newer: Option<usize>,
    #[serde(default)]
    view: View,
    /// The question of a search: what it finds is marked.
    find: Option<String>,
    /// The beginning of the paragraph that the address leads to.
    near: Option<String>,
}

impl Choice {
    /// The same, with nothing marked: whoever has a link need not search.
    pub(super) fn without_marks(self) -> Self {
        Self { find: None, near: None, ..self }
    }
}

pub(super) async fn get(
    State(site): State<Site>,
    _: Visitor,
    caller: Caller,
    Segments((draft, versions)): Segments<(i64, String)>,
    Params(choice): Params<Choice>,
) -> Result<Response, PageError> {
    document(&site, caller, draft, versions.parse()?, choice).await
}

/// Returns the document of a frame, for whoever may see it.
pub(super) async fn document(
    site: &Site,
    caller: Caller,
    draft: i64,
    versions: Versions,
    choice: Choice,
) -> Result<Response, PageError> {
    let (this, now, texts) = (site.clone(), site.clock().now(), caller.language.texts());
    let page = site
        .read(move |reader| {
            let signer = |pictures: &[VersionPicture]| addresses(pictures, this.signer(), now, texts);
            match versions {
                Versions::One(version) => whole(reader, &find(reader, draft, version)?, &choice, &signer, &caller),
                Versions::Between(from, to) => {
                    let sides = [find(reader, draft, from)?, find(reader, draft, to)?];
                    compared(reader, &sides, &choice, &signer, &caller)
                }
            }
        })
        .await?;
    let mut response = Html(page).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAME_POLICY));
    Ok(response)
}

/// From where the pictures of a version are shown.
type Addresses<'a> = &'a dyn Fn(&[VersionPicture]) -> Pictures;

/// Draws all articles of a version.
fn whole(
    reader: &Reader,
    found: &Found,
    choice: &Choice,
    addresses: Addresses<'_>,
    caller: &Caller,
) -> Result<String, PageError> {
    let pictures = addresses(&reader.pictures(&found.draft, &found.document)?);
    let articles = articles(&found.document)?;
    let texts = caller.language.texts();
    let query = choice.find.as_deref().and_then(|question| Query::parse(question).ok());
    let near = choice.near.as_deref().and_then(|near| Query::sentence(near).ok());
    let draw = |mut marks: Marks<'_>| {
        let body = html! {
            @for article in &articles {
                h1 { (PreEscaped(marks.title(&title(&article.title, texts)))) }
                (PreEscaped(render::frame_body(article, &pictures, caller.language, &mut marks)))
            }
        };
        (body.into_string(), marks.has_place())
    };
    let body = match (&query, &near) {
        (None, _) => draw(Marks::default()).0,
        (Some(query), None) => draw(Marks::new(Sought { find: &|text| query.find(text), is_place: &|_| true })).0,
        (Some(query), Some(near)) => {
            let (find, is_near) = (|text: &str| query.find(text), |text: &str| !near.find(text).is_empty());
            match draw(Marks::new(Sought { find: &find, is_place: &is_near })) {
                (body, true) => body,
                (_, false) => draw(Marks::new(Sought { find: &find, is_place: &|_| true })).0,
            }
        }
    };
    Ok(framed(&body, &found.version.title, caller))
}

/// Draws one article of two versions.
fn compared(
    reader: &Reader,
    sides: &[Found; 2],
    choice: &Choice,
    addresses: Addresses<'_>,
    caller: &Caller,
) -> Result<String, PageError> {
    let [older, newer] = sides;
    let [before, after] = pair(&articles(&older.document)?, &articles(&newer.document)?, (choice.older, choice.newer))?;
    let rendered = diff::rendered(&before, &after, caller.language);
    let side = |found: &Found| Ok::<_, PageError>(addresses(&reader.pictures(&found.draft, &found.document)?));
    let [of_older, of_newer] = [side(older)?, side(newer)?];
    let draw = |view: &diff::View| {
        let (drawn, other) = if *view == diff::View::Older { (&of_older, &of_newer) } else { (&of_newer, &of_older) };
        rendered.html(*view, &with_pictures_of(drawn, other), &Words(caller.language.texts()))
    };
    let body = match choice.view.drawn() {
        [] => return Err(PageError::NotFound),
        [view] => draw(view),
        _ => {
            let pictures = [with_pictures_of(&of_older, &of_newer), with_pictures_of(&of_newer, &of_older)];
            let texts = caller.language.texts();
            let names = [older, newer].map(|side| filled(texts.version, side.version.number));
            let drawn = names.into_iter().zip(rendered.sides(pictures.each_ref(), &Words(texts)));
            render::columns(&drawn.collect::<Vec<_>>())
        }
    };
    Ok(framed(&body, &after.title, caller))
}

/// Returns the pictures for the drawing of one side, in which pictures of the other may stand.
fn with_pictures_of(drawn: &Pictures, other: &Pictures) -> Pictures {
    let mut pictures = other.clone();
    pictures.held.extend(drawn.held.clone());
    pictures.reasons.extend(drawn.reasons.clone());
    pictures.before.clone_from(&drawn.before);
    pictures
}

/// Returns the articles at two positions. Beside one that came or went stands one that says nothing.
pub(super) fn pair(
    older: &[Article],
    newer: &[Article],
    positions: (Option<usize>, Option<usize>),
) -> Result<[Article; 2], PageError> {
    let at = |articles: &[Article], position: usize| articles.get(position).cloned().ok_or(PageError::NotFound);
    let silent = |article: &Article| Article { content: String::new(), ..article.clone() };
    match positions {
        (Some(before), Some(after)) => Ok([at(older, before)?, at(newer, after)?]),
        (Some(before), None) => at(older, before).map(|article| [article.clone(), silent(&article)]),
        (None, Some(after)) => at(newer, after).map(|article| [silent(&article), article]),
        (None, None) => Err(PageError::NotFound),
    }
}

/// Reads the articles of a document as received.
fn articles(document: &[u8]) -> Result<Vec<Article>, PageError> {
    canonical::articles(document).map_err(|error| PageError::Damaged(error.to_string()))
}

fn framed(body: &str, name: &str, caller: &Caller) -> String {
    render::frame_document(body, caller.language.tag(), &title(name, caller.language.texts()))
}

/// Returns the addresses of the pictures that are held, and why others are missing. The reasons are in English.
fn addresses(pictures: &[VersionPicture], signer: &Signer, now: Timestamp, texts: &Texts) -> Pictures {
    let mut shown = Pictures { not_held: Some(texts.picture_not_held), ..Pictures::default() };
    for VersionPicture { needed, asset, trouble } in pictures {
        let is_shown = |kind: &str| ImageFormat::of(kind).is_some_and(picture::is_shown);
        match (asset.as_ref().filter(|asset| is_shown(&asset.kind)), trouble) {
            (Some(asset), _) => {
                let address = signer.address(asset.sha256, now);
                if needed.place != ImageRole::Body {
                    shown.before.entry(needed.position).or_default().push(address.clone());
                }
                shown.held.insert(needed.identity.clone(), address);
            }
            (None, Some(reason)) if !texts.is_chinese() => {
                shown.reasons.insert(needed.identity.clone(), reason.clone());
            }
            (None, _) => {}
        }
    }
    shown
}
