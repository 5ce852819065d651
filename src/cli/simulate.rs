//! `draftkeep simulate`: the simulator alone, for people who write clients.

use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer as _};

use super::error::{CommandError, Exit};
use crate::sanitize;
use crate::simulator::{Account, CONTROL, FaultRule, Order, Profile, RobotKind, Settings, Simulator, SimulatorHandle};

const EXAMPLES: &str = "\
Examples:
  draftkeep simulate --listen 127.0.0.1:8080
  draftkeep simulate --load drafts/ --order updated
  draftkeep simulate --robots
  draftkeep simulate --fault \\
    '{\"interface\":\"draft/get\",\"times\":3,\"fault\":{\"code\":45009}}'";

/// Run a simulated WeChat platform, to develop and test clients
///
/// Prints one line, {"base_url":…,"appid":…,"secret":…}, and runs until it is interrupted. Endpoints are at
/// BASE_URL/cgi-bin/…; pictures are at BASE_URL too, instead of mmbiz.qpic.cn. Without --load, the draft box is
/// that of an invented magazine.
///
/// With --robots, it also prints the addresses of receivers for notifications, to write into a configuration, and
/// each message that they receive. They refuse what the vendors' own robots refuse.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", CONTROL.trim_end()))]
pub struct Args {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Fill the draft box from a directory: one draft for each *.json file, in the format of a draft/get answer
    #[arg(long, value_name = "DIR")]
    pub load: Option<PathBuf>,
    /// The account's appid
    #[arg(long, default_value = "wx5b1c2d3e4f607182")]
    pub appid: String,
    /// The account's AppSecret
    #[arg(long, default_value = "0f1e2d3c4b5a69788796a5b4c3d2e1f0")]
    pub secret: String,
    /// Type of the account: verified, personal, expired, punished or test
    #[arg(long, default_value = "verified", value_parser = word::<Profile>)]
    pub profile: Profile,
    /// Sort order of the draft list: created or updated
    #[arg(long, default_value = "created", value_parser = word::<Order>)]
    pub order: Order,
    /// Random seed; the same seed gives the same run
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print the addresses of robots that receive notifications, and what they receive
    #[arg(long)]
    pub robots: bool,
    /// Add a fault, in the JSON of POST /simulator/fault; may be repeated
    #[arg(long, value_name = "JSON", value_parser = fault_rule)]
    pub fault: Vec<FaultRule>,
}

/// Reads one word of several.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, WordError> {
    let deserializer: StrDeserializer<'_, WordError> = text.into_deserializer();
    T::deserialize(deserializer)
}

fn fault_rule(text: &str) -> Result<FaultRule, serde_json::Error> {
    serde_json::from_str(text)
}

/// Runs until `shutdown`.
///
/// # Errors
///
/// Fails if the address or the folder cannot be used, or stdout cannot be written.
pub async fn run(args: Args, shutdown: impl Future<Output = ()>) -> Result<(), CommandError> {
    let account = Account::new(&args.appid, &args.secret).profile(args.profile);
    let settings = Settings { listen: args.listen, accounts: vec![account], seed: args.seed };
    let running = Simulator::start(settings).await.map_err(|error| {
        CommandError::new(Exit::Failed, format!("cannot listen at {}", args.listen))
            .because(&error)
            .hint("Let the system choose a free port: draftkeep simulate --listen 127.0.0.1:0")
    })?;
    let has_robots = args.robots;
    furnish(&running, args)?;
    announce(&running)?;
    if has_robots {
        announce_robots(&running)?;
        tokio::select! {
            () = shutdown => {}
            ended = print_received(&running) => ended?,
        }
    } else {
        shutdown.await;
    }
    running.stop().await;
    Ok(())
}

fn furnish(running: &SimulatorHandle, args: Args) -> Result<(), CommandError> {
    let mut world = running.world();
    world.behavior.order = args.order;
    args.fault.into_iter().for_each(|rule| world.add_fault(rule));
    match args.load {
        Some(folder) => {
            world.account(&args.appid).load(&folder).map_err(|error| CommandError::of(Exit::Failed, &error))?;
        }
        None => world.account(&args.appid).load_sample_drafts(),
    }
    Ok(())
}

/// Whoever started the simulator waits for this line.
fn announce(running: &SimulatorHandle) -> std::io::Result<()> {
    let line =
        serde_json::json!({"base_url": running.base_url(), "appid": running.appid(), "secret": running.secret()});
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Prints the addresses of the robots, with the secrets that their messages are signed with.
fn announce_robots(running: &SimulatorHandle) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for robot in RobotKind::ALL {
        writeln!(out, "{:<8}  {}{}", robot.as_str(), running.base_url(), robot.path())?;
        if let Some(secret) = robot.secret() {
            writeln!(out, "{:<8}  secret: {secret}", "")?;
        }
    }
    out.flush()
}

/// Prints each message that a robot receives, for as long as the simulator runs.
async fn print_received(running: &SimulatorHandle) -> std::io::Result<()> {
    let mut received = running.world().robots.subscribe();
    while let Some(message) = received.recv().await {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{} received:", message.robot.as_str())?;
        for line in sanitize::lines(&message.text).lines() {
            writeln!(out, "  {line}")?;
        }
        if !message.mentioned.is_empty() {
            writeln!(out, "  mentioned: {}", sanitize::line(&message.mentioned.join(", ")))?;
        }
        out.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn words_and_faults_are_read_and_wrong_ones_explained() {
        let line =
            ["x", "--profile", "personal", "--order", "updated", "--fault", r#"{"interface":"*","fault":"reset"}"#];
        let args = Line::try_parse_from(line).unwrap_or_else(|error| panic!("{error}")).args;
        assert_eq!((args.profile, args.order, args.fault.len()), (Profile::Personal, Order::Updated, 1));
        let refused = Line::try_parse_from(["x", "--profile", "famous"]).err().expect("there is no such profile");
        assert!(refused.to_string().contains("expected one of `verified`, `personal`"), "{refused}");
    }
}
