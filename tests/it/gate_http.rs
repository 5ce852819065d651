//! The gate over HTTP: a publisher with a token, the built daemon, and the platform.

mod hostile;
mod limits;
mod publisher;
mod tokens;
mod uploads;

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command};
use std::time::Duration;

use draftkeep::simulator::SimulatorHandle;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::harness::World;
use crate::restore::{MAG, Stage, autumn};
use crate::simulator::client;

/// A daemon with a gate to the box of `mag`, in which there is a draft; a publisher has a token.
struct Gate {
    platform: SimulatorHandle,
    world: World,
    daemon: Child,
    address: SocketAddr,
    token: String,
    media_id: String,
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.daemon.kill().and_then(|()| self.daemon.wait()).unwrap();
    }
}

/// What came back: the status, the headers and the JSON.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    json: Value,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} {error}: {text}"));
        Self { status, headers, json }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status, the code, and whether the words hold a text.
    #[track_caller]
    fn is_refused(&self, status: u16, code: i64, words: &str) {
        assert_eq!((self.status, self.json["errcode"].as_i64()), (status, Some(code)), "{}", self.json);
        assert!(self.json["errmsg"].as_str().unwrap().contains(words), "{words}: {}", self.json);
    }

    /// The number of a write that was made.
    #[track_caller]
    fn undo(&self) -> i64 {
        assert_eq!((self.status, self.json["errcode"].as_i64().unwrap_or(0)), (200, 0), "{}", self.json);
        self.json["undo"].as_i64().unwrap()
    }
}

impl Gate {
    /// What a publisher usually may do.
    async fn start() -> Self {
        Self::with("allow = ['create', 'update', 'delete']").await
    }

    /// Starts a daemon with this policy for programs.
    async fn with(policy: &str) -> Self {
        let stage = Stage::new().await;
        let media_id = stage.draft(vec![autumn(&stage.picture(MAG))]);
        let Stage { platform, world } = stage;
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        world.replace("config.toml", "name = 'mag'\n", &format!("name = 'mag'\ngate = {{ {policy} }}\n"));
        world.replace(
            "config.toml",
            "[[account]]\nname = 'mag'",
            &format!("[gate]\nlisten = '{address}'\n[[account]]\nname = 'mag'"),
        );
        let token = new_token(&world, &["--account", "mag", "--name", "publisher", "--allow", "create,update,delete"]);
        let daemon = spawn(&world);
        let gate = Self { platform, world, daemon, address, token, media_id };
        gate.until_it_answers().await;
        gate
    }

    /// Waits until it answers, and the polls of the start are over.
    async fn until_it_answers(&self) {
        for _ in 0..400 {
            let is_quiet = self.log().matches("polled").count() >= 2;
            if is_quiet && client().get(self.url("/gate/")).send().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the gate is not there: {}", self.log());
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request of the publisher, by the platform's path.
    fn request(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = client().post(self.url(&format!("/cgi-bin/{path}"))).query(&[("access_token", &self.token)]);
        request.header("user-agent", "publisher/1.2").body(body.to_string())
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(path, body).send().await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(client().get(self.url(path)).bearer_auth(&self.token).send().await.unwrap()).await
    }

    /// Reads the draft, as a publisher does before it writes.
    async fn read(&self) -> Answer {
        let answer = self.post("draft/get", &json!({ "media_id": self.media_id })).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer
    }

    /// Gives the draft another title, with more members of the body.
    async fn retitle(&self, title: &str, more: &Value) -> Answer {
        let mut body = json!({ "media_id": self.media_id, "patch": [{ "index": 0, "fields": { "title": title } }] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("draft/update", &body).await
    }

    /// Somebody saves another title in the platform's editor.
    fn edit(&self, title: &str) {
        self.platform.world().account(MAG).edit(&self.media_id, 0, |article| article.set("title", title)).unwrap();
    }

    /// The titles of the drafts in the box, in order of creation.
    fn titles(&self) -> Vec<String> {
        let mut world = self.platform.world();
        world.account(MAG).drafts().iter().map(|draft| draft.articles[0].text("title").to_owned()).collect()
    }

    fn calls(&self, endpoint: &str) -> u64 {
        self.platform.world().request_log.calls(endpoint)
    }

    /// The calls of every endpoint. Pictures are downloaded beside them.
    fn all_calls(&self) -> BTreeMap<String, u64> {
        let mut calls = self.platform.world().request_log.all_calls().clone();
        calls.remove("picture");
        calls
    }

    /// Calls that write.
    fn writes(&self) -> u64 {
        ["draft/add", "draft/update", "draft/delete"].iter().map(|endpoint| self.calls(endpoint)).sum()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.world.path("log")).unwrap()
    }

    fn signal(&self, name: &str) {
        let pid = self.daemon.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

fn spawn(world: &World) -> Child {
    let mut command = world.command(&["run", "--config", "config.toml", "--log-level", "draftkeep=trace"]);
    command.stderr(File::create(world.path("log")).unwrap()).spawn().unwrap()
}

/// Makes a token for a program, and returns it.
fn new_token(world: &World, args: &[&str]) -> String {
    let run = world.run(&[&["gate", "token", "--config", "config.toml"], args].concat());
    assert_eq!(run.code(), Some(0), "{run}");
    String::from_utf8(run.stdout().to_vec()).unwrap().trim().to_owned()
}
