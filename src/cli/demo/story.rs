//! What happens in the demo: an article is lost, the editors are told, it is found in the archive, compared and brought back.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::progress::Progress;
use crate::cli::error::{CommandError, Exit};
use crate::model::MediaId;
use crate::simulator::edits;
use crate::simulator::{AccountHandle, Article, Random, SimulatorHandle};

/// How long the editor takes between two things: long enough to read, short enough to watch.
const PAUSE: Duration = Duration::from_millis(1500);
/// What the daemon needs to see a save, several times over: its plan looks at the box every three seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// The draft that the story is about, as the simulator's magazine names it.
const TITLE: &str = "城市声音档案：凌晨四点的菜市场";

/// Plays the story to its end; the configuration that the commands read is at `config`.
pub(super) async fn play(platform: &SimulatorHandle, progress: &Progress, config: &Path) -> Result<(), CommandError> {
    let media_id = find(platform)?;
    let draft = kept(progress, &media_id, 1).await?;
    tokio::time::sleep(PAUSE).await;
    edit(platform, &media_id, add_paragraph)?;
    progress.did(&format!("editor  adds a paragraph to 「{TITLE}」"));
    kept(progress, &media_id, 2).await?;
    tokio::time::sleep(PAUSE).await;
    edit(platform, &media_id, put_template)?;
    progress.did(&format!("plug-in puts an empty template over 「{TITLE}」"));
    kept(progress, &media_id, 3).await?;
    let told = tokio::time::timeout(PATIENCE, progress.chat_is_told()).await;
    told.map_err(|_| broken(&format!("the editors' chat was not told within {} s", PATIENCE.as_secs())))?;
    progress.print("\nThe article is lost at the platform. It is in the archive:");
    for command in [
        format!("log {draft}"),
        format!("diff {draft}@2 @3"),
        format!("restore {draft}@2 --in-place"),
        format!("restore {draft}@2 --in-place --plan 1 --apply"),
        format!("show {draft}"),
    ] {
        tokio::time::sleep(PAUSE).await;
        progress.print(&format!("\n$ draftkeep {command}"));
        let words: Vec<String> = command.split(' ').map(ToOwned::to_owned).collect();
        let config = config.to_owned();
        let output = tokio::task::spawn_blocking(move || draftkeep(&words, &config));
        progress.print(output.await.map_err(io::Error::other)??.trim_end());
    }
    progress.print("\nThe article is back. The editor goes on:");
    Ok(())
}

/// Lets the editor do one believable thing after the other.
pub(super) async fn go_on(platform: &SimulatorHandle, progress: &Progress) {
    let mut random = Random::new(7);
    loop {
        tokio::time::sleep(PAUSE).await;
        let event = edits::random_edit(&mut platform.world().account(platform.appid()), &mut random);
        progress.did(&format!("editor  {event}"));
    }
}

fn find(platform: &SimulatorHandle) -> Result<MediaId, CommandError> {
    let mut world = platform.world();
    let account = world.account(platform.appid());
    let draft = account.drafts().iter().find(|draft| draft.title() == TITLE);
    let draft = draft.ok_or_else(|| broken(&format!("there is no draft 「{TITLE}」")))?;
    Ok(MediaId::new(draft.media_id.clone()))
}

/// Waits until the daemon has kept a version of a draft, and returns the draft's number.
async fn kept(progress: &Progress, media_id: &MediaId, version: u64) -> Result<i64, CommandError> {
    let kept = tokio::time::timeout(PATIENCE, progress.kept(media_id, version)).await;
    kept.map_err(|_| broken(&format!("version {version} of 「{TITLE}」 was not kept within {} s", PATIENCE.as_secs())))
}

fn edit(platform: &SimulatorHandle, media_id: &MediaId, change: fn(&mut Article)) -> Result<(), CommandError> {
    let mut world = platform.world();
    let mut account: AccountHandle<'_> = world.account(platform.appid());
    account.edit(media_id.as_str(), 0, change).map_err(|error| CommandError::of(Exit::Failed, &error))
}

fn add_paragraph(article: &mut Article) {
    const END: &str = "</p>";
    let content = article.text("content").to_owned();
    let place = content.find(END).map_or(0, |place| place + END.len());
    let added = "<p><span leaf=\"\">补记：发稿前一天我们又去了一次，许哥换了一杆新秤。</span></p>";
    article.set("content", format!("{}{added}{}", &content[..place], &content[place..]));
}

fn put_template(article: &mut Article) {
    article.set("title", "未命名模板");
    article.set("content", "<p>请输入正文</p>");
}

/// Runs this program as a person would, and returns what it printed.
fn draftkeep(arguments: &[String], config: &Path) -> Result<String, CommandError> {
    let (mut printed, pipe) = io::pipe()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).env("DRAFTKEEP_CONFIG", config).stdout(pipe.try_clone()?).stderr(pipe);
    let mut child = command.spawn()?;
    // It holds the pipe's writing end, which must be closed here before the end can be read.
    drop(command);
    let mut output = String::new();
    printed.read_to_string(&mut output)?;
    let status = child.wait()?;
    if status.success() {
        return Ok(output);
    }
    Err(broken(&format!("draftkeep {} ended with {status}:\n{output}", arguments.join(" "))))
}

fn broken(what: &str) -> CommandError {
    CommandError::new(Exit::Failed, format!("the demo cannot go on: {what}"))
}
