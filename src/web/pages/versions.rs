//! `/d/ID/V` and `/d/ID/V..W`: one version, or what changed between two.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::caller::Caller;
use super::super::extract::{Params, Segments};
use super::super::page_error::PageError;
use super::super::place::Place;
use super::super::scope::Scope;
use super::super::site::Site;
use super::super::versions::Versions;
use super::super::view::View;
use super::{compare, version};

#[derive(Debug, Deserialize)]
pub(in super::super) struct Choice {
    #[serde(default)]
    pub(super) view: View,
    find: Option<String>,
    near: Option<String>,
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((draft, versions)): Segments<(i64, String)>,
    Params(Choice { view, find, near }): Params<Choice>,
) -> Result<Response, PageError> {
    let scope = Scope::All(&visitor);
    match versions.parse()? {
        Versions::One(number) => version::page(&site, &scope, &caller, draft, number, &Place { find, near }).await,
        Versions::Between(from, to) if from > to => {
            Ok(Redirect::to(&format!("/d/{draft}/{to}..{from}")).into_response())
        }
        Versions::Between(from, to) => compare::page(&site, &scope, &caller, draft, (from, to), view).await,
    }
}
