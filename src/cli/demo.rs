//! `draftkeep demo`: the simulator, an editor at work in it, and the daemon on top. The main job with nothing to set up.

mod progress;
mod setup;
mod story;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use progress::{Counts, Progress};

use super::context::CommandContext;
use super::error::{CommandError, Exit};
use super::{list, web};
use crate::archive::{self, Damage, Doubts, Draft, Filter, Reader, Writer};
use crate::config::{Config, Listen};
use crate::daemon::{self, Command, Systemd};
use crate::draft_list::DraftEntry;
use crate::http_server::{Listener, Sockets};
use crate::json;
use crate::model::counted;
use crate::poll::Report;
use crate::simulator::{Settings, Simulator, SimulatorHandle};
use crate::verify::{self, SampleRate, VerifyReport};

/// Calls a day that the demo's platform allows: so many that the daemon's plan looks at the box every few seconds.
const LIMIT: u64 = 1_000_000;
/// What the last deed is given to be polled, before the demo ends.
const LAST_POLL: Duration = Duration::from_secs(4);

/// Show how it works, without any setup: a draft box, an editor working in it, and the daemon that keeps every version
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep demo                     until Ctrl-C; open its first address
  draftkeep demo --seconds 10
  draftkeep demo --seconds 10 --keep tour
  draftkeep demo --http 127.0.0.1:8787    curl it: /healthz, /readyz, /metrics
  draftkeep --config tour/config.toml log 1       afterwards, on what was kept")]
pub(super) struct Demo {
    /// Stop after this many seconds, but not before the lost article is restored
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: Option<u64>,
    /// Keep the configuration and the archive in this new directory; without it, nothing is kept
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Serve health and metrics on this address and port, or on this unix socket
    #[arg(long, value_name = "ADDR")]
    http: Option<Listen>,
    /// Serve the pages for editors on this address and port [default: any free port of this machine]
    #[arg(long, value_name = "ADDR")]
    web: Option<SocketAddr>,
    /// Serve no pages
    #[arg(long, conflicts_with = "web")]
    no_web: bool,
}

impl Demo {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let place = DemoDir::new(self.keep.as_deref())?;
        super::runtime::block_on(self.play(place.path(), context))??;
        place.leave()?;
        Ok(Exit::Done)
    }

    async fn play(&self, directory: &Path, context: &CommandContext) -> Result<(), CommandError> {
        let platform = Simulator::start(Settings::default()).await.map_err(|error| cannot(&error))?;
        {
            let mut world = platform.world();
            let mut account = world.account(platform.appid());
            account.load_sample_drafts();
            // Nobody wants to watch the demo for as long as a real account's limits make a look last.
            for endpoint in ["draft/batchget", "draft/get", "draft/count"] {
                account.set_limit(endpoint, LIMIT);
            }
        }
        let pages = if self.no_web { None } else { Some(self.bind_pages()?) };
        let config = setup::configure(directory, &platform, pages.as_ref().map(|(_, url)| url.as_str()))?;
        let config = Config { http: self.http.clone(), ..config };
        let archive = config.archive.clone();
        if let Some((_, url)) = &pages {
            let link = web::new_link(&mut Writer::open(&archive)?, url, context)?;
            context.ui.status(&format!("See it in a browser: {link}"));
            let path = config.path.display();
            context.ui.status(&format!("The address works once; for another: draftkeep --config {path} web link"));
        }
        context.ui.status(&format!(
            "A draft box is at {}, the archive in {}; Ctrl-C ends the demo",
            platform.base_url(),
            archive.display()
        ));
        if let Some(address) = &self.http {
            context.ui.status(&format!("Health and metrics are at {address}: /healthz, /readyz, /metrics"));
        }
        let progress = Arc::new(Progress::new(context.ui.clone()));
        let (commands, inbox) = mpsc::channel(1);
        let reported = progress.clone();
        let on_poll = Arc::new(move |report: &Report| reported.polled(report));
        let written = config.path.clone();
        let sockets = Sockets { web: pages.into_iter().map(|(listener, _)| listener).collect(), ..Sockets::default() };
        let daemon = daemon::run(config, context.clock.clone(), inbox, Systemd::none(), sockets, on_poll);
        let mut daemon = pin!(daemon);
        tokio::select! {
            // Nobody told it to: there is nothing more to watch.
            ended = &mut daemon => ended?,
            ended = self.perform(&platform, &progress, &written) => {
                commands.send(Command::Stop).await.unwrap_or_default();
                daemon.await?;
                ended?;
            }
        }
        let address = platform.base_url().replace("http://", "");
        platform.stop().await;
        summarise(&archive, &progress.counts(), context)?;
        if self.keep.is_some() {
            context.ui.hint(&format!("Look around: draftkeep --config {} list", written.display()));
            context.ui.hint(&format!(
                "The draft box, as it was at first, is there again while this runs: draftkeep simulate --listen {address}"
            ));
        }
        Ok(())
    }

    /// Returns a socket for the pages, and their address.
    fn bind_pages(&self) -> Result<(Listener, String), CommandError> {
        let address = self.web.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into());
        if !address.ip().is_loopback() {
            let message = format!("{address} can be reached by others, and the demo has no certificate");
            return Err(CommandError::new(Exit::Usage, message).hint("Name an address of this machine: 127.0.0.1:8788"));
        }
        let bind = || -> std::io::Result<(Listener, String)> {
            let listener = std::net::TcpListener::bind(address)?;
            let url = format!("http://{}", listener.local_addr()?);
            Ok((Listener::tcp(listener)?, url))
        };
        bind().map_err(|error| {
            CommandError::new(Exit::Usage, format!("the pages cannot be served on {address}")).because(&error)
        })
    }

    /// Works in the draft box until the story is told and the time is over, or Ctrl-C is pressed.
    async fn perform(
        &self,
        platform: &SimulatorHandle,
        progress: &Progress,
        config: &Path,
    ) -> Result<(), CommandError> {
        let (begun, time) = (Instant::now(), self.seconds.map(Duration::from_secs));
        // What arrives in the editors' chat is printed as it arrives.
        let mut arriving = platform.world().robots.subscribe();
        let chat = async {
            while let Some(message) = arriving.recv().await {
                progress.told(&message.text);
            }
            Ok(())
        };
        let work = async {
            story::play(platform, progress, config).await?;
            let editor = story::go_on(platform, progress);
            match time {
                Some(time) => {
                    // It never ends by itself.
                    timeout_at(begun + time.saturating_sub(LAST_POLL), editor).await.unwrap_or_default();
                    sleep_until(begun + time).await;
                }
                None => editor.await,
            }
            Ok(())
        };
        tokio::select! {
            ended = work => ended,
            ended = chat => ended,
            () = super::runtime::interrupted() => Ok(()),
        }
    }
}

/// Shows what the archive holds now, once all of it is proven.
fn summarise(path: &Path, counts: &Counts, context: &CommandContext) -> Result<(), CommandError> {
    let reader = Reader::open(path)?;
    let drafts = reader.drafts(&Filter::default())?;
    let VerifyReport { versions, damaged, .. } = verify::verify(&reader, SampleRate::Whole, &mut |_| {})?;
    if let Some(Damage { id, reason, .. }) = damaged.into_iter().next() {
        return Err(archive::Error::Damaged(format!("{id}: {reason}")).into());
    }
    let Counts { deeds, polls, calls, messages, .. } = counts;
    let read = |draft: &Draft| {
        let mut entry = DraftEntry::read(&reader, draft.clone(), &Doubts::default())?;
        entry.judge(&reader).map(|()| entry)
    };
    let listed = drafts.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if context.ui.json {
        return context.ui.document(
            &json!({"deeds": deeds, "polls": polls, "calls": calls, "messages": messages, "versions": versions, "drafts": json::list(&listed)}),
        );
    }
    context.ui.status("");
    list::print(context, &reader, &drafts, &listed)?;
    let summary = format!(
        "\nThe editor did {}; {} with {} kept {} of {}.\n\
         Every version was read back from the archive and has the hash that it is named by.\n",
        counted(*deeds, "thing"),
        counted(*polls, "poll"),
        counted(*calls, "call"),
        counted(versions, "version"),
        counted(drafts.len() as u64, "draft")
    );
    let told: String = messages.iter().map(|title| format!("The editors' chat was told: {title}\n")).collect();
    context.ui.text(&(summary + &told))
}

/// Where the demo lives: a directory that vanishes, or one that stays.
struct DemoDir {
    path: PathBuf,
    vanishing: Option<TempDir>,
}

impl DemoDir {
    fn new(keep: Option<&Path>) -> Result<Self, CommandError> {
        let Some(keep) = keep else {
            let directory =
                tempfile::Builder::new().prefix("draftkeep-demo-").tempdir().map_err(|error| cannot(&error))?;
            return Ok(Self { path: directory.path().to_owned(), vanishing: Some(directory) });
        };
        match std::fs::create_dir(keep) {
            Ok(()) => Ok(Self { path: keep.to_owned(), vanishing: None }),
            Err(error) => {
                let message = format!("cannot make the directory {}", keep.display());
                let refused = CommandError::new(Exit::Usage, message).because(&error);
                Err(match what_next(keep, &error) {
                    Some(hint) => refused.hint(hint),
                    None => refused,
                })
            }
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn leave(self) -> Result<(), CommandError> {
        self.vanishing.map_or(Ok(()), TempDir::close).map_err(|error| cannot(&error))
    }
}

/// Returns the way out where the directory cannot be made.
fn what_next(keep: &Path, error: &std::io::Error) -> Option<String> {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            let name = keep.file_name()?.display();
            let numbered = |number: u32| keep.with_file_name(format!("{name}-{number}"));
            let free = (2..100).map(numbered).find(|path| !path.exists())?;
            Some(format!("Name one that is not there yet: draftkeep demo --keep {}", free.display()))
        }
        ErrorKind::NotFound => Some(format!("Make its parent first: mkdir -p {}", keep.parent()?.display())),
        _ => None,
    }
}

fn cannot(error: &std::io::Error) -> CommandError {
    CommandError::new(Exit::Failed, "the demo cannot be set up").because(error)
}
