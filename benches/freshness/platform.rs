//! The events of a draft box, replayed on the simulated platform: HTTP is real, time is not.

use draftkeep::model::Timestamp;
use draftkeep::simulator::{Article, Settings, Simulator, SimulatorHandle};

use crate::model::{CONTENT, ENTRY};
use crate::score::Spent;
use crate::world::{Deed, Event, World};

/// The simulator refuses with this what is beyond a day's limit.
const LIMIT_REACHED: i64 = 45009;

/// What every text is filled up with.
const FILLER: &str = "老城的早晨从豆浆摊的白气里开始,修鞋匠把招牌翻过来,猫在屋檐下等第一缕太阳。";

/// The tag that every paragraph begins with, as the web editor writes it.
const PARAGRAPH: &str = "<p style=\"margin: 0px 0px 24px;font-size: 16px;line-height: 1.75;\"><span leaf=\"\">";

/// Bytes of an entry of the list beside the digest.
const ENTRY_WITHOUT_DIGEST: usize = 690;

/// A platform on which the events of a world take place.
pub(crate) struct Platform<'w> {
    pub(crate) running: SimulatorHandle,
    midnight: Timestamp,
    events: Vec<Event>,
    /// The calls of batchget by the user's own systems.
    foreign: &'w [f64],
    happened: usize,
    called: usize,
    foreign_refused: u64,
    /// What the platform calls the drafts, and how often they were saved.
    drafts: Vec<(String, usize)>,
    /// What all versions end with.
    filler: String,
}

impl<'w> Platform<'w> {
    /// Starts one whose first day begins at `midnight`.
    pub(crate) async fn start(world: &World, foreign: &'w [f64], midnight: Timestamp) -> Self {
        Self {
            running: Simulator::start(Settings::default()).await.expect("a free port"),
            midnight,
            events: world.events(),
            foreign,
            happened: 0,
            called: 0,
            foreign_refused: 0,
            drafts: vec![(String::new(), 0); world.drafts.len()],
            filler: filler(),
        }
    }

    /// Lets happen what happens until an instant, the calls of others included.
    pub(crate) fn advance_to(&mut self, now: Timestamp) {
        let until = (now - self.midnight).as_seconds_f64();
        loop {
            let event = self.events.get(self.happened).map_or(f64::INFINITY, |event| event.at);
            let call = self.foreign.get(self.called).copied().unwrap_or(f64::INFINITY);
            if event.min(call) > until {
                break;
            }
            self.running.world().set_now(self.midnight.timestamp() + event.min(call).floor() as i64);
            if event <= call {
                self.happens(self.events[self.happened]);
                self.happened += 1;
            } else {
                let admitted = self.account(|account| account.call_by_other_system("draft/batchget"));
                self.foreign_refused += u64::from(!admitted);
                self.called += 1;
            }
        }
        self.running.world().set_now(now.timestamp());
    }

    /// Returns what the clients have spent.
    pub(crate) fn spent(&self) -> Spent {
        let world = self.running.world();
        let refused = |endpoint: &str| world.request_log.refusals(endpoint, LIMIT_REACHED);
        let admitted = |endpoint: &str| world.request_log.calls(endpoint) - refused(endpoint);
        let all: u64 = world.request_log.all_calls().keys().map(|endpoint| admitted(endpoint)).sum();
        let (batchget, get) = (admitted("draft/batchget"), admitted("draft/get"));
        Spent {
            batchget,
            get,
            other: all - batchget - get,
            refused: world.request_log.all_calls().keys().map(|endpoint| refused(endpoint)).sum(),
            bytes: world.request_log.bytes(),
            foreign: self.called as u64,
            foreign_refused: self.foreign_refused,
        }
    }

    fn happens(&mut self, event: Event) {
        let (media_id, saves) = self.drafts[event.draft].clone();
        match event.deed {
            Deed::Create => {
                let article = self.article(event.draft);
                self.drafts[event.draft].0 = self.account(|account| account.create(vec![article]));
            }
            Deed::Save => {
                self.drafts[event.draft].1 += 1;
                // A draft is created with what is saved first.
                if saves > 0 {
                    let content = self.content(event.draft, saves);
                    self.account(|account| account.edit(&media_id, 0, |article| article.set("content", content)))
                        .expect("nobody saves a draft that has gone");
                }
            }
            Deed::Remove => self.account(|account| account.delete(&media_id)).expect("a draft goes once"),
        }
    }

    fn account<T>(&self, act: impl FnOnce(&mut draftkeep::simulator::AccountHandle<'_>) -> T) -> T {
        act(&mut self.running.world().account(self.running.appid()))
    }

    fn article(&self, draft: usize) -> Article {
        let digest = FILLER.repeat(3);
        let digest = &digest[..digest.floor_char_boundary(ENTRY - ENTRY_WITHOUT_DIGEST)];
        let cover = "http://mmbiz.qpic.cn/sz_mmbiz_jpg/ExAmPlEcOvErOfAnArTiClE/0?wx_fmt=jpeg";
        Article::news("老城的早晨", &self.content(draft, 0))
            .with("author", "李编辑")
            .with("digest", digest)
            .with("thumb_url", cover)
    }

    /// Returns a text that tells draft and version.
    fn content(&self, draft: usize, version: usize) -> String {
        let told = format!("<p>draft {draft} version {version} </p>");
        let rest = CONTENT - told.len();
        told + &self.filler[self.filler.floor_char_boundary(self.filler.len() - rest)..]
    }
}

/// Reads which draft and which version of it a text tells.
pub(crate) fn told(document: &str) -> Option<(usize, usize)> {
    let mut words = document.split_once("<p>draft ")?.1.split(' ');
    let draft = words.next()?.parse().ok()?;
    let version = words.nth(1)?.parse().ok()?;
    Some((draft, version))
}

fn filler() -> String {
    let paragraph = format!("{PARAGRAPH}{FILLER}</span></p>");
    paragraph.repeat(CONTENT / paragraph.len() + 1)
}
