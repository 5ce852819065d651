//! Receivers of notifications: the chat robots of three vendors, a webhook, an Apprise API server and a dead man's switch.
//!
//! They check and refuse as the vendors document it, or as users have reported it, and keep what they received. One robot of each
//! kind, with a fixed address. [`World::add_fault`] makes one fail, by the name `robot/wecom` and so on.

mod apprise;
mod dingtalk;
mod feishu;
mod ping;
mod rate;
mod signature;
mod webhook;
mod wecom;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::fault::Fault;
use super::request::{ApiRequest, ApiResponse, Delivery, DeliveryMode};
use super::world::World;
use rate::Rate;

/// A kind of receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobotKind {
    Wecom,
    Feishu,
    Dingtalk,
    Webhook,
    Apprise,
    Ping,
}

impl RobotKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Wecom, Self::Feishu, Self::Dingtalk, Self::Webhook, Self::Apprise, Self::Ping];

    /// Returns its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wecom => "wecom",
            Self::Feishu => "feishu",
            Self::Dingtalk => "dingtalk",
            Self::Webhook => "webhook",
            Self::Apprise => "apprise",
            Self::Ping => "ping",
        }
    }

    /// Returns the path of its address, with the query.
    pub fn path(self) -> &'static str {
        match self {
            Self::Wecom => wecom::PATH,
            Self::Feishu => feishu::PATH,
            Self::Dingtalk => dingtalk::PATH,
            Self::Webhook => webhook::PATH,
            Self::Apprise => apprise::PATH,
            Self::Ping => ping::PATH,
        }
    }

    /// Returns the secret by which its messages are signed.
    pub fn secret(self) -> Option<&'static str> {
        match self {
            Self::Feishu => Some(feishu::SECRET),
            Self::Dingtalk => Some(dingtalk::SECRET),
            Self::Webhook => Some(webhook::SECRET),
            Self::Wecom | Self::Apprise | Self::Ping => None,
        }
    }

    /// Finds the receiver for a path, whatever key it ends with.
    fn of_path(path: &str) -> Option<Self> {
        match path {
            "/cgi-bin/webhook/send" => Some(Self::Wecom),
            "/robot/send" => Some(Self::Dingtalk),
            path if path.starts_with("/open-apis/bot/v2/hook/") => Some(Self::Feishu),
            path if path.starts_with("/webhook/") => Some(Self::Webhook),
            path if path.starts_with("/notify/") => Some(Self::Apprise),
            path if path.starts_with("/ping/") => Some(Self::Ping),
            _ => None,
        }
    }
}

/// What the owner of a robot has set. In JSON, a field that is left out has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RobotRules {
    /// The robot was removed from its group.
    pub is_removed: bool,
    /// A message must contain it.
    pub keyword: Option<String>,
    /// Messages come from these addresses only.
    pub allowed_ips: Option<Vec<String>>,
    /// The webhook takes signatures of any time.
    pub takes_any_time: bool,
}

/// A message that a receiver took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedMessage {
    pub robot: RobotKind,
    /// In Unix seconds.
    pub at: i64,
    /// What people see.
    pub text: String,
    /// Whom it mentions, as it names them.
    pub mentioned: Vec<String>,
    /// The body as it came.
    pub body: String,
}

/// The receivers of a world.
#[derive(Default)]
pub struct Robots {
    rules: HashMap<RobotKind, RobotRules>,
    rates: HashMap<RobotKind, Rate>,
    received: Vec<ReceivedMessage>,
    subscribers: Vec<UnboundedSender<ReceivedMessage>>,
}

impl Robots {
    /// Returns what was received, oldest first.
    pub fn received(&self) -> &[ReceivedMessage] {
        &self.received
    }

    /// Returns the rules of one robot, to change them.
    pub fn rules(&mut self, robot: RobotKind) -> &mut RobotRules {
        self.rules.entry(robot).or_default()
    }

    /// Returns what will be received.
    pub fn subscribe(&mut self) -> UnboundedReceiver<ReceivedMessage> {
        let (sender, receiver) = unbounded_channel();
        self.subscribers.push(sender);
        receiver
    }

    fn receive(&mut self, message: ReceivedMessage) {
        self.subscribers.retain(|subscriber| subscriber.send(message.clone()).is_ok());
        self.received.push(message);
    }
}

/// What a receiver makes of a request.
struct Outcome {
    response: ApiResponse,
    /// The text and whom it mentions, if the message was taken.
    taken: Option<(String, Vec<String>)>,
}

impl Outcome {
    fn taken(response: ApiResponse, text: String, mentioned: Vec<String>) -> Self {
        Self { response, taken: Some((text, mentioned)) }
    }

    fn refused(response: ApiResponse) -> Self {
        Self { response, taken: None }
    }
}

/// A request, and what the receiver knows when it comes.
struct Incoming<'a> {
    request: &'a ApiRequest,
    rules: &'a RobotRules,
    rate: &'a mut Rate,
    now: i64,
}

impl Incoming<'_> {
    fn is_from_elsewhere(&self) -> bool {
        self.rules.allowed_ips.as_ref().is_some_and(|allowed| !allowed.contains(&self.request.ip))
    }

    /// Returns whether the keyword of the robot is missing.
    fn lacks_keyword(&self, text: &str) -> bool {
        self.rules.keyword.as_ref().is_some_and(|keyword| !text.contains(keyword.as_str()))
    }
}

/// Answers a request to a receiver; `None` if it is to something else.
pub(super) fn answer(world: &mut World, request: &ApiRequest) -> Option<Delivery> {
    let robot = RobotKind::of_path(&request.path)?;
    let name = format!("robot/{}", robot.as_str());
    world.request_log.record(&name, request);
    let fault = world.faults.next(&name, None);
    if let Some(replacement) = fault.as_ref().and_then(Fault::replacement) {
        return Some(replacement);
    }
    if let Some(Fault::Code(code)) = fault {
        return Some(Delivery { response: refusal(robot, code), mode: DeliveryMode::Plain });
    }
    let (now, robots) = (world.now(), &mut world.robots);
    let rules = robots.rules.entry(robot).or_default();
    let rate = robots.rates.entry(robot).or_default();
    let outcome = receive(robot, &mut Incoming { request, rules, rate, now });
    if let Some((text, mentioned)) = outcome.taken {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        robots.receive(ReceivedMessage { robot, at: now, text, mentioned, body });
        if fault.is_none() {
            world.request_log.record_arrival(&name);
        }
    }
    Some(Delivery {
        response: outcome.response,
        mode: fault.as_ref().map_or(DeliveryMode::Plain, Fault::delivery_mode),
    })
}

fn receive(robot: RobotKind, incoming: &mut Incoming<'_>) -> Outcome {
    match robot {
        RobotKind::Wecom => wecom::receive(incoming),
        RobotKind::Feishu => feishu::receive(incoming),
        RobotKind::Dingtalk => dingtalk::receive(incoming),
        RobotKind::Webhook => webhook::receive(incoming),
        RobotKind::Apprise => apprise::receive(incoming),
        RobotKind::Ping => ping::receive(incoming),
    }
}

/// A code that a fault asks for; where the receiver has no codes, it is the status.
fn refusal(robot: RobotKind, code: i64) -> ApiResponse {
    match robot {
        RobotKind::Wecom | RobotKind::Dingtalk => coded(code, "refused by the simulator"),
        RobotKind::Feishu => json_response(&json!({"code": code, "msg": "refused by the simulator"})),
        _ => ApiResponse::empty(u16::try_from(code).unwrap_or(500)),
    }
}

fn coded(code: i64, text: &str) -> ApiResponse {
    json_response(&json!({"errcode": code, "errmsg": text}))
}

fn json_response(value: &serde_json::Value) -> ApiResponse {
    ApiResponse::new("application/json; charset=utf-8", value.to_string())
}
