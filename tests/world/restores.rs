//! Restores: what one did, and the rules that none makes a second draft, and that what it overwrites is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use draftkeep::archive::{Draft, Filter, Reader, Version};
use draftkeep::clock::Clock;
use draftkeep::config::{Account, Config};
use draftkeep::restore::{
    InPlaceRestore, NewDraftRestore, RestoreError, RestoreOptions, RestoreResult, Source, with_context,
};
use draftkeep::simulator::{Article, Random};

use crate::rules::{Rules, versions};
use crate::truth::{History, Key, Truth};
use crate::world::Broken;

/// A version, by its draft and its number.
pub(crate) type Wanted = (Key, u64);

/// What came of a restore; `None` if it was interrupted.
pub(crate) type Ended = Option<Result<RestoreResult, RestoreError>>;

/// Restores that may have made a draft, although nobody told so: a draft of each version, as it was made.
#[derive(Default)]
pub(crate) struct Unsettled {
    made: BTreeMap<Wanted, Vec<(Key, Vec<Article>)>>,
    /// Of these the program cannot know how long ago they were.
    ageless: BTreeSet<Wanted>,
}

/// Chooses a version of an account; `None` where the archive has none.
pub(crate) fn choose(config: &Config, place: usize, seed: u64) -> Option<(Wanted, Source)> {
    let reader = Reader::open(&config.archive).ok()?;
    let mut random = Random::new(seed);
    let filter = Filter { account: Some(format!("a{place}")), ..Filter::default() };
    let drafts: Vec<Draft> = reader.drafts(&filter).expect("the archive's drafts");
    let draft = drafts.get(random.below(drafts.len()))?.clone();
    let versions: Vec<Version> = reader.versions(draft.id).expect("the draft's versions");
    let version = versions.get(random.below(versions.len()))?.clone();
    let wanted = ((place, draft.media_id.clone()), version.number);
    Some((wanted, Source::read(&reader, draft, version).expect("a sound version")))
}

/// Restores a version as a new draft, as the command does.
pub(crate) async fn as_new(
    config: &Config,
    account: &Account,
    clock: &Clock,
    source: Source,
    interrupted: impl Future<Output = ()>,
) -> Ended {
    let reader = Reader::open(&config.archive).expect("the archive");
    let restore = NewDraftRestore::new(source, RestoreOptions::default(), account, &reader, clock.now());
    let restore = match restore {
        Ok(restore) => restore,
        Err(error) => return Some(Err(error)),
    };
    let work = async |context: &draftkeep::restore::RestoreContext<'_>| restore.apply(true, context).await;
    with_context(account, &config.archive, clock, interrupted, work).await.transpose()
}

/// Plans to restore a version over its draft and does so, as two commands do.
pub(crate) async fn in_place(
    config: &Config,
    account: &Account,
    clock: &Clock,
    source: Source,
    interrupted: impl Future<Output = ()>,
) -> Ended {
    let reader = Reader::open(&config.archive).expect("the archive");
    let restore = InPlaceRestore::new(source, RestoreOptions::default(), account, &reader, clock.now());
    let restore = match restore {
        Ok(restore) => restore,
        Err(error) => return Some(Err(error)),
    };
    let work = async |context: &draftkeep::restore::RestoreContext<'_>| {
        let plan = restore.plan(context).await?;
        restore.apply(Some(plan.id), context).await
    };
    with_context(account, &config.archive, clock, interrupted, work).await.transpose()
}

impl Unsettled {
    /// Forgets drafts that a restore may have made and that no search can find: somebody has edited or taken them away since, or the list
    /// leaves them out.
    pub(crate) fn keep_findable(&mut self, is_findable: impl Fn(&Key, &[Article]) -> bool) {
        self.made.retain(|_, made| {
            made.retain(|(draft, articles)| is_findable(draft, articles));
            !made.is_empty()
        });
    }

    /// The clock was set forward: an earlier restore seems so old that its draft would be in the list by now, and it may not be yet. Nothing
    /// that the program keeps tells how old it truly is.
    pub(crate) fn lose_age(&mut self) {
        self.ageless.extend(std::mem::take(&mut self.made).into_keys());
    }

    /// Checks what a restore made: the drafts that the box has now and had not before.
    pub(crate) fn made(&mut self, wanted: Wanted, new: Vec<(Key, Vec<Article>)>, ended: &Ended) -> Result<(), Broken> {
        let told = match ended {
            None => "was interrupted".to_owned(),
            Some(Ok(result)) => format!("made {}", result.media_id),
            Some(Err(error)) => format!("failed: {error}"),
        };
        let broken = |made: &[(Key, Vec<Article>)]| {
            let drafts: Vec<&str> = made.iter().map(|((_, media_id), _)| media_id.as_str()).collect();
            Err(format!("a restore of version {} of {} {told}; it made {drafts:?} in all", wanted.1, (wanted.0).1))
        };
        if self.ageless.contains(&wanted) {
            return Ok(());
        }
        let mut made = self.made.remove(&wanted).unwrap_or_default();
        let is_certain = matches!(
            ended,
            Some(Err(RestoreError::NotMade(_) | RestoreError::Stopped(_) | RestoreError::NoPicture(_)))
        );
        if is_certain && !new.is_empty() {
            return broken(&new);
        }
        made.extend(new);
        match ended {
            // One over the draft itself leaves what an earlier one may have made as it is.
            Some(Ok(result)) if result.media_id.as_str() != (wanted.0).1 => match &made[..] {
                // It was found where an earlier one of another version with the same content had made it.
                [] => Ok(()),
                [((_, media_id), _)] if *media_id == result.media_id.as_str() => Ok(()),
                _ => broken(&made),
            },
            _ if made.len() > 1 => broken(&made),
            _ if made.is_empty() => Ok(()),
            _ => {
                self.made.insert(wanted, made);
                Ok(())
            }
        }
    }
}

impl Rules {
    /// What a draft said before a restore wrote over it is a version. `noted` is what drafts said within the step.
    pub(crate) fn is_kept(
        &mut self,
        path: &Path,
        key: &Key,
        truth: &Truth,
        noted: &[(Key, String)],
    ) -> Result<(), Broken> {
        let before = truth.drafts.get(key).and_then(History::now).map(|state| &state.hash);
        let said = |hash: &String| before == Some(hash) || noted.iter().any(|(of, said)| of == key && said == hash);
        let is_kept = versions(self.archive(path)?)?.iter().any(|((of, _), row)| of == key && said(&row.hash));
        let told = || format!("a restore wrote over {}, and what that said is no version", key.1);
        if is_kept { Ok(()) } else { Err(told()) }
    }

    /// The version that a restore says it left is what its draft says now, or said within the step.
    pub(crate) fn is_true_of(
        &mut self,
        path: &Path,
        place: usize,
        result: &RestoreResult,
        (truth, noted): (&Truth, &[(Key, String)]),
    ) -> Result<(), Broken> {
        let Some((_, number)) = result.kept else { return Ok(()) };
        let key = (place, result.media_id.to_string());
        let now = truth.drafts.get(&key).and_then(History::now).map(|state| &state.hash);
        let kept = versions(self.archive(path)?)?.remove(&(key.clone(), number)).map(|row| row.hash);
        let said = |hash: &String| noted.iter().any(|(of, said)| *of == key && said == hash);
        if kept.as_ref() == now || kept.as_ref().is_some_and(said) {
            return Ok(());
        }
        Err(format!(
            "a restore says that {} is as version {number} now, {kept:?}, and it says {now:?}",
            result.media_id
        ))
    }
}
