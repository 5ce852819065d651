//! `/d/ID/V/files/KIND`: a version as a file, for what the platform's API cannot restore.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::super::access::Visitor;
use super::super::address::form_urlencoded;
use super::super::extract::Segments;
use super::super::page_error::PageError;
use super::super::restore_work;
use super::super::site::Site;
use super::super::texts::Texts;
use crate::restore::FilesPlan;

/// The end of the file's name, and its type. Each is complete without the pictures beside it.
const KINDS: [(&str, &str); 3] =
    [("paste.html", "text/html; charset=utf-8"), ("txt", "text/plain; charset=utf-8"), ("json", "application/json")];

/// Returns the links to the files.
pub(super) fn links(draft: i64, version: u64, texts: &Texts) -> Markup {
    let names = [texts.file_to_paste, texts.file_text, texts.file_original];
    html! {
        ul { @for ((end, _), name) in KINDS.iter().zip(names) { li { a href={ "/d/" (draft) "/" (version) "/files/" (end) } { (name) } } } }
    }
}

/// A file is downloaded and never shown: the page to paste from runs a script of ours, which no page of the site may run.
pub(in super::super) async fn get(
    State(site): State<Site>,
    _: Visitor,
    Segments((draft, version, kind)): Segments<(i64, u64, String)>,
) -> Result<Response, PageError> {
    let (end, content_type) = KINDS.into_iter().find(|(end, _)| *end == kind).ok_or(PageError::NotFound)?;
    let file = site
        .read(move |reader| {
            super::super::versions::find(reader, draft, version)?;
            let source =
                restore_work::source(reader, draft, version).map_err(|failure| PageError::Damaged(failure.detail))?;
            let files = FilesPlan::files_of(&source, &source.asset_bytes(reader)?);
            let end = format!("@{version}.{end}");
            files.into_iter().find(|file| file.name.ends_with(&end)).ok_or(PageError::NotFound)
        })
        .await?;
    let disposition = format!("attachment; filename*=UTF-8''{}", form_urlencoded(&file.name));
    Ok(([(CONTENT_TYPE, content_type.to_owned()), (CONTENT_DISPOSITION, disposition)], file.bytes).into_response())
}
