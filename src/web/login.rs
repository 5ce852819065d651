//! Logging in and out: with the password, or with a link that works once.

use axum::extract::State;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::access::{LONGEST, Visitor};
use super::address::local;
use super::caller::Caller;
use super::extract::{Fields, Params};
use super::headers::with_origin;
use super::page_error::PageError;
use super::site::Site;
use super::{cookie, layout, password};
use crate::token;
use crate::wechat::read_secret;

/// What leads to the login, and what is sent with it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Login {
    /// The page to go on to.
    #[serde(default)]
    next: String,
    /// The secret of a link. Opening the link alone changes nothing: chat programs open links to show a preview.
    #[serde(default)]
    link: String,
    #[serde(default)]
    password: String,
    /// Whether somebody is logged in, but for too long to do what was asked.
    #[serde(default)]
    is_old: bool,
}

/// Why somebody is not let in.
#[derive(Clone, Copy)]
enum Refusal {
    Password,
    Link,
    NoPassword,
    /// The password cannot be read from its source.
    Source,
    Wait(i64),
}

pub(super) async fn form(State(site): State<Site>, caller: Caller, Params(login): Params<Login>) -> Response {
    page(&site, &caller, &login, None)
}

pub(super) async fn log_in(
    State(site): State<Site>,
    caller: Caller,
    headers: HeaderMap,
    Fields(login): Fields<Login>,
) -> Result<Response, PageError> {
    let checked = match login.link.is_empty() {
        true => check_password(&site, &caller, &login.password).await?,
        false => check_link(&site, &login.link).await?,
    };
    if let Err(refusal) = checked {
        return Ok(page(&site, &caller, &login, Some(refusal)));
    }
    let user = if login.link.is_empty() { "password" } else { "link" };
    let (secret, hash) = token::new().map_err(|_| PageError::Internal)?;
    let (now, before) = (site.clock().now(), caller.session.as_deref().map(token::hash));
    let begin = site.archive().run(move |writer| {
        before.map_or(Ok(()), |before| writer.end_web_session(before))?;
        writer.create_web_session(hash, user, now - LONGEST, now)
    });
    begin.await?;
    tracing::info!(address = caller.address, by = user, "somebody has logged in to the pages");
    // A link of the operator's does not know which page led to the login.
    let wanted = cookie::wanted(&headers).filter(|_| login.next.is_empty() || login.next == "/");
    let next = wanted.unwrap_or(login.next);
    let mut response = Redirect::to(local(&next)).into_response();
    let cookies = [Some(cookie::set_session(Some(&secret), caller.is_secure())), cookie::set_wanted("")];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn check_link(site: &Site, link: &str) -> Result<Result<(), Refusal>, PageError> {
    let (hash, now) = (token::hash(link), site.clock().now());
    let is_good = site.archive().run(move |writer| writer.use_web_link(hash, now)).await?;
    Ok(if is_good { Ok(()) } else { Err(Refusal::Link) })
}

async fn check_password(site: &Site, caller: &Caller, tried: &str) -> Result<Result<(), Refusal>, PageError> {
    let Some(source) = site.config().web.as_ref().and_then(|web| web.password.clone()) else {
        return Ok(Err(Refusal::NoPassword));
    };
    let (address, now) = (caller.address.clone(), site.clock().now());
    let wait = site.archive().run(move |writer| writer.begin_web_login(&address, now)).await?;
    if let Some(wait) = wait {
        tracing::warn!(address = caller.address, "too many wrong passwords");
        return Ok(Err(Refusal::Wait(wait.num_seconds() + 1)));
    }
    let hash = match read_secret(&source).await {
        Ok(hash) => hash,
        Err(error) => {
            tracing::error!("nobody can log in to the pages with the password: {error}");
            return Ok(Err(Refusal::Source));
        }
    };
    let turn = site.password_turns().acquire_owned().await.map_err(|_| PageError::Internal)?;
    let tried = tried.to_owned();
    let checked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        password::verify(&tried, hash.expose())
    })
    .await;
    match checked.map_err(|_| PageError::Internal)? {
        Ok(true) => {
            let address = caller.address.clone();
            site.archive().run(move |writer| writer.finish_web_login(&address)).await?;
            Ok(Ok(()))
        }
        Ok(false) => {
            tracing::warn!(address = caller.address, "a wrong password for the pages");
            Ok(Err(Refusal::Password))
        }
        Err(error) => {
            tracing::error!("web.password is not what `draftkeep web password` makes: {error}");
            Ok(Err(Refusal::Source))
        }
    }
}

fn page(site: &Site, caller: &Caller, login: &Login, refusal: Option<Refusal>) -> Response {
    let texts = caller.language.texts();
    let has_password = site.config().web.as_ref().is_some_and(|web| web.password.is_some());
    let (status, told) = match refusal {
        None => (StatusCode::OK, None),
        Some(Refusal::Password) => (StatusCode::FORBIDDEN, Some(texts.wrong_password.to_owned())),
        Some(Refusal::Link) => (StatusCode::FORBIDDEN, Some(texts.used_link.to_owned())),
        Some(Refusal::NoPassword) => (StatusCode::FORBIDDEN, Some(texts.no_password.to_owned())),
        Some(Refusal::Source) => (StatusCode::SERVICE_UNAVAILABLE, Some(texts.password_not_readable.to_owned())),
        Some(Refusal::Wait(seconds)) => {
            (StatusCode::TOO_MANY_REQUESTS, Some(texts.wait.replace("{}", &seconds.to_string())))
        }
    };
    let has_link = !login.link.is_empty() && !matches!(refusal, Some(Refusal::Link));
    let body = html! {
        h1 { (texts.log_in) }
        @if let Some(told) = told { p.alert role="alert" { (told) } }
        @else if login.is_old { p { (texts.login_is_old) } }
        @if has_link {
            form method="post" action="/login" {
                input type="hidden" name="link" value=(login.link);
                input type="hidden" name="next" value=(local(&login.next));
                p { (texts.link_works_once) }
                button { (texts.enter) }
            }
        } @else if has_password {
            form method="post" action="/login" {
                input type="hidden" name="next" value=(local(&login.next));
                label for="password" { (texts.password) }
                input #password type="password" name="password" required autocomplete="current-password";
                button { (texts.log_in) }
            }
        } @else {
            p { (texts.ask_for_link) }
            p { code { "draftkeep web link" } }
        }
    };
    let mut response = layout::page(caller, None, texts.log_in, &body);
    *response.status_mut() = status;
    if let Some(Refusal::Wait(seconds)) = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    let wanted = Some(local(&login.next)).filter(|next| *next != "/").and_then(cookie::set_wanted);
    if let Some(cookie) = wanted {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    with_origin(response)
}

pub(super) async fn ask_to_log_out(visitor: Visitor, caller: Caller) -> Response {
    let texts = caller.language.texts();
    let body = html! {
        h1 { (texts.log_out) }
        form method="post" action="/logout" { button { (texts.log_out) } }
    };
    with_origin(layout::page(&caller, Some(&visitor), texts.log_out, &body))
}

pub(super) async fn log_out(State(site): State<Site>, caller: Caller) -> Result<Response, PageError> {
    if let Some(secret) = caller.session.as_deref().map(token::hash) {
        site.archive().run(move |writer| writer.end_web_session(secret)).await?;
    }
    Ok(([(SET_COOKIE, cookie::set_session(None, caller.is_secure()))], Redirect::to("/login")).into_response())
}
