//! The pages for editors: the real program, over real HTTP, as a browser asks and as others do.

mod access;
mod approval;
mod archive;
mod chinese;
mod large;
mod pages;
mod restore;
mod restore_killed;
mod search;
mod shared;
mod told;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response};

use crate::harness::{NOW, World, document};
use crate::simulator::client_with;

/// Three versions of one draft, and a second draft.
fn autumn_archive(world: &World) {
    for (at, title, body) in [
        ("2026-08-30T01:00:00Z", "秋天的菜市场", "<p>凌晨四点，菜市场醒了。</p>"),
        ("2026-08-31T01:00:00Z", "秋天的菜市场", "<p>凌晨五点，菜市场醒了。</p>"),
        ("2026-08-31T01:10:00Z", "菜市场", "<p>请输入正文</p>"),
    ] {
        world.keep("mag", "Qm7xK2vTnS0b", at, &document(&[(title, body)]));
    }
    world.keep("mag", "Zz7xK2vTnS0c", "2026-08-31T02:00:00Z", &document(&[("", "<p>别的</p>")]));
}

/// A daemon with pages, which ends with its test.
struct Site {
    world: World,
    daemon: Child,
    address: SocketAddr,
    /// Held, so that nobody else listens there.
    silent: Option<TcpListener>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.daemon.kill().and_then(|()| self.daemon.wait()).unwrap();
    }
}

impl Site {
    /// Starts it on an archive, with more keys below `[web]`.
    async fn start(world: World, keys: &str) -> Self {
        Self::start_with(world, keys, "").await
    }

    /// Starts it with further sections of the configuration.
    async fn start_with(world: World, keys: &str, sections: &str) -> Self {
        // Nobody answers there: the polls wait, and the pages are there all the same.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        world.configure(&[("mag", &format!("http://{}", silent.local_addr().unwrap()), "'all'")]);
        let mut site = Self::serve(world, &format!("{keys}\n{sections}")).await;
        site.silent = Some(silent);
        site
    }

    /// Adds pages to the configuration of a world, and starts its daemon.
    async fn serve(world: World, keys: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config = std::fs::read_to_string(world.path("config.toml")).unwrap();
        let web = format!("\n[web]\nlisten = '{address}'\n{keys}\n");
        std::fs::write(world.path("config.toml"), config + &web).unwrap();
        let daemon = Self::spawn(&world, NOW);
        let site = Self { world, daemon, address, silent: None };
        site.until_it_answers().await;
        site
    }

    fn spawn(world: &World, now: &str) -> Child {
        let mut command = world.command(&["run", "--config", "config.toml"]);
        command.env("DRAFTKEEP_CLOCK", now).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Starts it again at another time.
    async fn restart(&mut self, now: &str) {
        self.daemon.kill().and_then(|()| self.daemon.wait()).unwrap();
        self.daemon = Self::spawn(&self.world, now);
        self.until_it_answers().await;
    }

    async fn until_it_answers(&self) {
        for _ in 0..400 {
            if browser().get(self.url("/login")).send().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the pages are not there");
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        browser().get(self.url(path))
    }

    /// A form as a page of the site sends it.
    fn post(&self, path: &str, form: &str) -> RequestBuilder {
        let request = browser().post(self.url(path)).header("content-type", "application/x-www-form-urlencoded");
        request.header("sec-fetch-site", "same-origin").body(form.to_owned())
    }

    /// Returns the secret of a new link.
    fn link(&self) -> String {
        let run = self.world.run(&["web", "link", "--config", "config.toml"]);
        let told = String::from_utf8(run.stdout().to_vec()).unwrap();
        let start = self.url("/login?link=");
        told.trim().strip_prefix(&start).unwrap_or_else(|| panic!("{run}")).to_owned()
    }

    /// Logs in with a link, and returns the cookie.
    async fn log_in(&self) -> String {
        let answer = self.post("/login", &format!("link={}", self.link())).send().await.unwrap();
        cookie(&answer).unwrap_or_else(|| panic!("{answer:?}"))
    }

    /// A page, as somebody who is logged in sees it.
    async fn page(&self, path: &str, cookie: &str) -> (u16, String) {
        told(self.get(path).header(COOKIE, cookie).header("accept-language", "en").send().await.unwrap()).await
    }

    async fn json(&self, path: &str, cookie: &str) -> (u16, serde_json::Value) {
        let request = self.get(path).header(COOKIE, cookie).header("accept", "application/json");
        let (status, text) = told(request.send().await.unwrap()).await;
        (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    /// Sends bytes as they are, and returns what comes back.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // Who is refused early may find the door shut.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// A client that follows no redirect and keeps no cookie.
fn browser() -> Client {
    client_with(|builder| builder.redirect(reqwest::redirect::Policy::none()))
}

async fn told(answer: Response) -> (u16, String) {
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// The session that an answer gives, as it is sent back.
fn cookie(answer: &Response) -> Option<String> {
    let cookie = header(answer, SET_COOKIE.as_str()).split(';').next()?.to_owned();
    (!cookie.is_empty() && !cookie.ends_with('=')).then_some(cookie)
}

fn location(answer: &Response) -> &str {
    header(answer, LOCATION.as_str())
}
