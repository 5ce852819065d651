//! The simulator as a client sees it: all its rules over real HTTP, without other code of ours.

mod drafts;
mod faults;
mod platform;
mod robots;
mod tokens;

use std::collections::HashMap;
use std::sync::Once;
use std::time::Duration;

use draftkeep::simulator::{Account, Article, Settings, Simulator, SimulatorHandle};
use reqwest::Response;
use serde_json::{Value, json};

/// The time in these tests: 2026-09-21 22:13:20 in Shanghai.
const START: i64 = 1_790_000_000;

/// A running simulator and a client with a token.
struct Stage {
    platform: SimulatorHandle,
    http: reqwest::Client,
    token: String,
}

impl Stage {
    /// One verified account with an empty box and a stopped clock.
    async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        let platform = Simulator::start(settings).await.unwrap();
        platform.world().set_now(START);
        let mut stage = Self { platform, http: client(), token: String::new() };
        let answer = stage.stable_token(false).await;
        stage.token = answer["access_token"].as_str().unwrap_or_default().to_owned();
        stage
    }

    /// A stage for an account of the given kind.
    async fn of(account: Account) -> Self {
        Self::with(Settings { accounts: vec![account], ..Settings::default() }).await
    }

    fn url(&self, endpoint: &str) -> String {
        format!("{}/cgi-bin/{endpoint}", self.platform.base_url())
    }

    /// Posts JSON with the token.
    async fn post(&self, endpoint: &str, body: Value) -> Value {
        json_of(self.send(endpoint, body).await.unwrap()).await
    }

    async fn send(&self, endpoint: &str, body: Value) -> reqwest::Result<Response> {
        let request = self.http.post(self.url(endpoint)).query(&[("access_token", &self.token)]);
        request.body(body.to_string()).send().await
    }

    /// Sends a control request.
    async fn order(&self, order: &str, body: Value) -> Value {
        let url = format!("{}/simulator/{order}", self.platform.base_url());
        let answer = self.http.post(url).body(body.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{order}");
        json_of(answer).await
    }

    async fn get(&self, endpoint: &str) -> Value {
        let request = self.http.get(self.url(endpoint)).query(&[("access_token", &self.token)]);
        json_of(request.send().await.unwrap()).await
    }

    async fn stable_token(&self, force: bool) -> Value {
        let (appid, secret) = (self.platform.appid(), self.platform.secret());
        let body = json!({"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": force});
        json_of(self.http.post(self.url("stable_token")).body(body.to_string()).send().await.unwrap()).await
    }

    async fn token(&self) -> Value {
        let (appid, secret) = (self.platform.appid(), self.platform.secret());
        let query = [("grant_type", "client_credential"), ("appid", appid), ("secret", secret)];
        json_of(self.http.get(self.url("token")).query(&query).send().await.unwrap()).await
    }

    /// Uploads a small PNG and returns the answer.
    async fn upload(&self, endpoint: &str, query: &[(&str, &str)], name: &str, bytes: Vec<u8>) -> Value {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("media", part);
        let request = self.http.post(self.url(endpoint)).query(&[("access_token", &self.token)]).query(query);
        json_of(request.multipart(form).send().await.unwrap()).await
    }

    /// Uploads a cover and returns its media_id.
    async fn cover(&self) -> String {
        let answer = self.upload("material/add_material", &[("type", "image")], "a.png", PNG.to_vec()).await;
        answer["media_id"].as_str().unwrap().to_owned()
    }

    /// Creates a draft in the web editor.
    fn draft(&self, title: &str) -> String {
        self.platform.world().account(self.platform.appid()).create(vec![Article::news(title, "<p>正文</p>")])
    }

    fn advance(&self, seconds: i64) {
        self.platform.world().advance(seconds);
    }

    /// Fetches a picture by the address that the platform gave.
    async fn picture(&self, address: &str, referer: Option<&str>) -> (u16, String, Vec<u8>) {
        let path = address.split_once("mmbiz.qpic.cn").expect("pictures live on mmbiz.qpic.cn").1;
        let mut request = self.http.get(self.platform.base_url() + path);
        if let Some(referer) = referer {
            request = request.header("Referer", referer);
        }
        let answer = request.send().await.unwrap();
        let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), content_type, answer.bytes().await.unwrap().to_vec())
    }
}

/// Bytes that are accepted as a PNG.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

pub(crate) fn client() -> reqwest::Client {
    client_with(|builder| builder)
}

pub(crate) fn client_with(finish: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let provider = rustls::crypto::ring::default_provider();
        if rustls::crypto::CryptoProvider::get_default().is_none() && provider.install_default().is_err() {
            // Another test was faster.
            assert!(rustls::crypto::CryptoProvider::get_default().is_some());
        }
    });
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(Duration::from_secs(20));
    finish(builder).build().unwrap()
}

async fn json_of(answer: Response) -> Value {
    assert_eq!(answer.status(), 200);
    let bytes = answer.bytes().await.unwrap();
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&bytes)))
}

/// An article of a request, complete except for its cover.
fn article(title: &str, cover: &str) -> Value {
    json!({"title": title, "content": "<p>正文</p>", "thumb_media_id": cover})
}

fn errcode(answer: &Value) -> i64 {
    answer["errcode"].as_i64().unwrap_or_default()
}

/// Returns an answer's list of media_ids.
fn ids(answer: &Value) -> Vec<String> {
    let entries = answer["item"].as_array().unwrap();
    entries.iter().map(|entry| entry["media_id"].as_str().unwrap().to_owned()).collect()
}

/// Returns how often each of several texts occurs.
fn tally(texts: impl Iterator<Item = String>) -> HashMap<String, usize> {
    texts.fold(HashMap::new(), |mut tally, text| {
        *tally.entry(text).or_default() += 1;
        tally
    })
}
