//! Assets: the bytes of every picture that the drafts of an account need, asked for until they are held.
//!
//! [`Collector::collect`] is the whole story: versions that are new are looked through for pictures, and what is due is
//! asked for, some at a time, in its original size. It runs beside the polls, and no picture ever holds one up. What cannot
//! be had is written down with the reason, and asked for again later and later.

mod door;
mod placeholder;

use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::door::{Door, Missed};
use crate::archive::{self, AccountId, Archive, MissedPicture, Places, Wanted};
use crate::clock::Clock;
use crate::config::{Account, Assets};
use crate::model::{Interface, Timestamp, quota_day};
use crate::usage::UsageCounter;
use crate::wechat::Client;

/// Pictures that are asked for beside one another: enough for a line to be busy, and few enough that twenty megabytes each
/// are no burden.
const AT_ONCE: usize = 4;

/// Pictures that are taken from the archive's list at once.
const BATCH: usize = 64;

/// How long a picture that could not be had is left alone, by how often it was asked for. One that has been missing for
/// weeks will hardly come back.
const WAITS: [TimeDelta; 7] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(8),
    TimeDelta::days(1),
    archive::LONGEST_WAIT,
];

/// What was done for an account's pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Pictures whose bytes are held from now on.
    pub stored: usize,
    /// Pictures that were asked for and not had.
    pub missed: usize,
    /// When the next one is due; none where all are held.
    pub next: Option<Timestamp>,
}

/// Asks for the pictures of one account. Keep it for as long as the account is watched: it remembers its connections and
/// what the platform's placeholder looks like.
pub struct Collector {
    account: Account,
    archive: Archive,
    clock: Clock,
    door: Door,
}

impl Collector {
    /// Asks by a client that nobody else uses meanwhile, for the calls are taken into the ledger as they are found in it.
    pub fn new(account: &Account, client: Client, archive: &Archive, clock: &Clock) -> Self {
        let door = Door::new(client, account.asset_limit);
        Self { account: account.clone(), archive: archive.clone(), clock: clock.clone(), door }
    }

    /// Asks for everything that is due now; ends early when `stop` is cancelled.
    ///
    /// # Errors
    ///
    /// Where the archive cannot be read or written. What was stored stays stored.
    pub async fn collect(&mut self, stop: &CancellationToken) -> Result<Collected, archive::Error> {
        let Some(places) = places(self.account.assets) else { return Ok(Collected::default()) };
        let account = self.enter().await?;
        let counter = UsageCounter::new(self.door.client(), &self.archive, account);
        let mut collected = Collected::default();
        // One that is cut off is due still; what came is stored all the same.
        let ended = stop.run_until_cancelled(self.look_and_ask(account, places, &mut collected)).await;
        drop(counter);
        ended.unwrap_or(Ok(()))?;
        collected.next = self.archive.run(move |writer| writer.next_picture(account, places)).await?;
        Ok(collected)
    }

    async fn enter(&self) -> Result<AccountId, archive::Error> {
        let (name, appid, now) = (self.account.name.clone(), self.account.appid.clone(), self.clock.now());
        self.archive.run(move |writer| writer.account(&name, &appid, now)).await
    }

    async fn look_and_ask(
        &mut self,
        account: AccountId,
        places: Places,
        collected: &mut Collected,
    ) -> Result<(), archive::Error> {
        loop {
            let now = self.clock.now();
            if self.archive.run(move |writer| writer.look_for_pictures(account, now)).await? == 0 {
                break;
            }
        }
        loop {
            let now = self.clock.now();
            let wanted = self.archive.run(move |writer| writer.wanted_pictures(account, places, now, BATCH)).await?;
            if wanted.is_empty() {
                return Ok(());
            }
            self.prepare(account, &wanted).await?;
            self.ask_for(wanted, account, collected).await?;
        }
    }

    /// Brings the door up to date: how many materials were had today, and what the placeholder looks like.
    async fn prepare(&mut self, account: AccountId, wanted: &[Wanted]) -> Result<(), archive::Error> {
        self.count(account).await?;
        let now = self.clock.now();
        let day = quota_day(now);
        let (used, closed) = self
            .archive
            .run(move |writer| Ok((writer.calls_on(account, Interface::MaterialGet, &day)?, writer.closed(account)?)))
            .await?;
        // A ban closes everything; the polls have found out.
        let closed = closed.into_iter().find(|closing| closing.holds(Interface::MaterialGet, now));
        self.door.open(used, closed.map(|closing| (closing.until, closing.message)), wanted, now).await;
        Ok(())
    }

    /// Asks for some pictures. Each that comes is stored at once; those that do not are written down together, since a picture
    /// host that is down would cost a write for each of them, again and again.
    async fn ask_for(
        &mut self,
        wanted: Vec<Wanted>,
        account: AccountId,
        collected: &mut Collected,
    ) -> Result<(), archive::Error> {
        let mut outcomes = Vec::new();
        let asked = self.ask_for_each(wanted, collected, &mut outcomes).await;
        self.write_down(account, outcomes).await?;
        asked
    }

    /// Asks for pictures, a few at a time, and adds those that do not come to `outcomes`.
    async fn ask_for_each(
        &self,
        wanted: Vec<Wanted>,
        collected: &mut Collected,
        outcomes: &mut Vec<(Wanted, Missed)>,
    ) -> Result<(), archive::Error> {
        let mut wanted = wanted.into_iter();
        let mut asking = JoinSet::new();
        loop {
            while asking.len() < AT_ONCE {
                let Some(picture) = wanted.next() else { break };
                let (door, now) = (self.door.clone(), self.clock.now());
                asking.spawn(async move { (door.fetch(&picture, now).await, picture) });
            }
            match asking.join_next().await {
                None => return Ok(()),
                Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
                Some(Ok((Ok(asset), picture))) => {
                    let now = self.clock.now();
                    self.archive.run(move |writer| writer.store_picture(picture.id, &asset, now)).await?;
                    collected.stored += 1;
                }
                Some(Ok((Err(missed), picture))) => {
                    collected.missed += 1;
                    outcomes.push((picture, missed));
                }
            }
        }
    }

    async fn write_down(&self, account: AccountId, outcomes: Vec<(Wanted, Missed)>) -> Result<(), archive::Error> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let closed = outcomes.iter().find_map(|(_, missed)| Some((missed.reason.clone(), missed.closed_until?)));
        let missed: Vec<MissedPicture> = outcomes.into_iter().map(|outcome| self.missed(outcome, now)).collect();
        self.archive
            .run(move |writer| {
                writer.miss_pictures(&missed)?;
                match closed {
                    Some((reason, until)) => writer.put_off_materials(account, &reason, until),
                    None => Ok(()),
                }
            })
            .await
    }

    fn missed(&self, (picture, missed): (Wanted, Missed), now: Timestamp) -> MissedPicture {
        let Missed { reason, closed_until, for_ever } = missed;
        tracing::debug!(account = %self.account.name, address = picture.address, reason, "a picture was not had");
        let wait = WAITS[(picture.tries as usize).min(WAITS.len() - 1)];
        MissedPicture { id: picture.id, reason, due_at: (!for_ever).then(|| closed_until.unwrap_or(now + wait)) }
    }

    async fn count(&self, account: AccountId) -> Result<(), archive::Error> {
        let calls = self.door.client().take_calls();
        if calls.is_empty() {
            return Ok(());
        }
        let line = calls.clone();
        let counted = self.archive.run(move |writer| writer.count(account, &line)).await;
        if counted.is_err() {
            self.door.client().put_calls_back(calls);
        }
        counted
    }
}

fn places(assets: Assets) -> Option<Places> {
    match assets {
        Assets::All => Some(Places::All),
        Assets::Covers => Some(Places::Covers),
        Assets::None => None,
    }
}

/// How long a collector that broke is left alone.
pub const BROKEN: Duration = Duration::from_secs(60);
