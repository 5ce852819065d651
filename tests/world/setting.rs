//! How a world begins: its boxes, the platform's limits and habits, and the program's configuration.

use std::path::PathBuf;

use draftkeep::config::Config;
use draftkeep::model::Timestamp;
use draftkeep::simulator::{ArticleTypeVisibility, Order, Random, SimulatorHandle};

use crate::truth::Truth;
use crate::{alarms, editor};

/// Where files are in memory, if there is such a place: nothing here tests the disk.
pub(crate) fn memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// Fills the boxes, sets limits and the platform's habits, and returns a configuration.
pub(crate) fn arrange(
    platform: &SimulatorHandle,
    directory: &tempfile::TempDir,
    now: Timestamp,
    (truth, random): (&mut Truth, &mut Random),
) -> Config {
    let (base, target) = (platform.base_url(), alarms::configure(directory.path(), platform));
    let mut platform = platform.world();
    platform.set_now(now.timestamp() - 100);
    platform.behavior.order = *random.pick(&[Order::Created, Order::Updated]);
    platform.behavior.article_type = *random.pick(&[
        ArticleTypeVisibility::Both,
        ArticleTypeVisibility::BatchgetOnly,
        ArticleTypeVisibility::Nowhere,
    ]);
    platform.behavior.visible_after = *random.pick(&[0, 0, 20, 100]);
    platform.behavior.omits_empty_list = random.chance(0.2);
    platform.json_style.raw_controls = random.chance(0.2);
    platform.json_style.loose_numbers = random.chance(0.2);
    std::fs::write(directory.path().join("secret"), "hush").expect("a file");
    let mut text = format!("archive = 'archive.db'\n{target}");
    for (place, appid) in platform.appids().iter().enumerate() {
        let mut account = platform.account(appid);
        account.set_limit("draft/get", *random.pick(&[30, 60, 120, 500]));
        account.set_limit("draft/batchget", *random.pick(&[20, 60, 200, 1000]));
        truth.covers.push(editor::fill(&mut account, random));
        let ids: Vec<String> = account.drafts().iter().map(|draft| format!("'{}'", draft.media_id)).collect();
        let listed = !ids.is_empty() && random.chance(0.3);
        let drafts = if listed { format!("[{}]", ids.join(", ")) } else { "'all'".to_owned() };
        let schedule = *random.pick(&["auto", "auto", "auto", "*/5 * * * *", "7 * * * *", "30 9 * * *"]);
        let share = *random.pick(&["0.95", "0.5", "0.8"]);
        text += &format!(
            "[[account]]\nname = 'a{place}'\nappid = '{appid}'\nsecret = {{ file = 'secret' }}\ndrafts = {drafts}\n\
             schedule = '{schedule}'\nquota_share = {share}\nassets = 'none'\napi_base = '{base}'\n"
        );
    }
    platform.set_now(now.timestamp());
    Config::from_text(&directory.path().join("config.toml"), &text).expect("a configuration")
}
