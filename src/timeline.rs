//! The versions of one draft: what each holds, what it changed, which restore or program made it, and whether it is pinned.

mod unknown;

use std::collections::{BTreeMap, HashMap};

pub use self::unknown::{UnknownChange, lost_between};
use crate::archive::{Draft, Error, Filter, LostVersion, Pin, PrunedRange, Reader, RestoreId, Version, WriteOrigin};
use crate::diff::{self, Content, Counts};
use crate::model::{ArticleType, Timestamp};
use crate::restore::{self, Restorability};

/// A version and what it holds.
pub struct Entry {
    pub number: u64,
    /// `None` if its row is damaged.
    pub version: Option<Version>,
    /// Its articles and the size of its document in bytes, or why the version does not come back.
    pub held: Result<(Vec<Titled>, usize), String>,
    /// Whether it can go back through the API; `None` if it does not come back, or was not judged.
    pub restorable: Option<Restorability>,
    /// What it changed, in one line, or why that cannot be told.
    pub changed: Result<String, UnknownChange>,
    /// How much it changed; `None` where that cannot be told, and for the first version.
    pub counts: Option<Counts>,
    /// The version that it was compared with for this: the one before, of those that were not pruned.
    pub changed_from: Option<u64>,
    /// The version that a restore brought back as this one.
    pub restored_from: Option<RestoredFrom>,
    /// The program that wrote it through the gate, or asked for its restore.
    pub by: Option<WriteOrigin>,
    pub pin: Option<Pin>,
}

/// What is told of an article. A draft may have thousands of versions, whose contents need not all be kept.
pub type Titled = (ArticleType, String);

/// A version that a restore brought back.
#[derive(Clone, Debug)]
pub struct RestoredFrom {
    pub restore: RestoreId,
    pub began_at: Timestamp,
    /// The number of the version that was made of it.
    pub made: u64,
    pub account: String,
    pub media_id: String,
    pub id: i64,
    pub version: u64,
    /// Whether it came out of the same draft.
    pub is_same_draft: bool,
}

impl RestoredFrom {
    /// Names it as it is typed; within its own draft, by its version alone.
    pub fn in_words(&self) -> String {
        let Self { account, id, version, .. } = self;
        match self.is_same_draft {
            true => format!("restored from @{version}"),
            false => format!("restored from {account}/{id}@{version}"),
        }
    }
}

/// What is known of a draft's versions beside their content.
#[derive(Debug, Default)]
pub struct Marks {
    pub restored: Vec<RestoredFrom>,
    /// Which programs wrote versions, by the number of the version.
    pub origins: BTreeMap<u64, WriteOrigin>,
    /// By the number of the version.
    pub pins: BTreeMap<u64, Pin>,
    /// The lowest numbers first.
    pub pruned: Vec<PrunedRange>,
    /// The lowest numbers first.
    pub lost: Vec<LostVersion>,
}

/// Returns which versions of a draft restores made, which programs wrote, which are pinned, which were pruned, and which a repair did not find.
pub fn marks(reader: &Reader, draft: &Draft) -> Result<Marks, Error> {
    Ok(Marks {
        restored: restored(reader, draft)?,
        origins: reader.origins(draft.id)?,
        pins: reader.pins(draft.id)?,
        pruned: reader.pruned_ranges(draft.id)?,
        lost: reader.lost_versions(draft.id)?,
    })
}

fn restored(reader: &Reader, draft: &Draft) -> Result<Vec<RestoredFrom>, Error> {
    let mut all = Vec::new();
    for record in reader.restores_into(draft.id)? {
        let Some((_, made)) = record.result else { continue };
        let Some(source) = reader.drafts(&Filter { id: Some(record.draft), ..Filter::default() })?.pop() else {
            continue;
        };
        all.push(RestoredFrom {
            restore: record.id,
            began_at: record.started_at,
            made,
            is_same_draft: source.id == draft.id,
            account: source.account,
            media_id: source.media_id,
            id: source.id,
            version: record.version,
        });
    }
    Ok(all)
}

/// Reads the newest `shown` of a draft's versions, `numbers` being all of them, newest first. What a version holds and changed is
/// told where its row and its document come back; whether it can go back through the API, if `is_judged`.
pub fn entries(
    reader: &Reader,
    draft: &Draft,
    numbers: &[u64],
    shown: usize,
    marks: &Marks,
    is_judged: bool,
) -> Result<Vec<Entry>, Error> {
    let (mut entries, mut versions) = (Vec::new(), Vec::new());
    // The one before the last that is shown says what that changed.
    for (at, &number) in numbers.iter().enumerate().take(shown + 1) {
        let (version, damage) = match reader.version(draft.id, number) {
            Ok(version) => (Some(version), String::new()),
            Err(Error::Damaged(reason)) => (None, reason),
            Err(error) => return Err(error),
        };
        versions.extend(version.clone());
        if at < shown {
            // One that was seen before the restore began says the same, and was not made by it.
            let is_made = |from: &&RestoredFrom| {
                from.made == number && version.as_ref().is_some_and(|version| version.observed_at >= from.began_at)
            };
            let restored_from = marks.restored.iter().find(is_made).cloned();
            let changed = unread(number, numbers.get(at + 1), marks);
            entries.push(Entry {
                number,
                version,
                held: Err(damage),
                restorable: None,
                changed,
                counts: None,
                changed_from: None,
                restored_from,
                by: marks.origins.get(&number).cloned(),
                pin: marks.pins.get(&number).cloned(),
            });
        }
    }
    read(reader, draft, &versions, &mut entries, is_judged, &marks.pruned)?;
    Ok(entries)
}

/// Says what can be said of a change where the version `before` does not come back.
fn unread(number: u64, before: Option<&u64>, marks: &Marks) -> Result<String, UnknownChange> {
    match (number, before) {
        (1, _) => Ok("first version".to_owned()),
        (_, Some(before)) if before + 1 == number => Err(UnknownChange::Damaged),
        _ if marks.pruned.iter().any(|range| range.contains(number - 1)) => Err(UnknownChange::Pruned),
        _ if marks.lost.iter().any(|lost| lost.number == number - 1) => Err(UnknownChange::Lost),
        _ => Err(UnknownChange::Missing),
    }
}

/// Reads each version once, newest first, and tells what it changed as soon as the one before it is read.
fn read(
    reader: &Reader,
    draft: &Draft,
    versions: &[Version],
    entries: &mut [Entry],
    is_judged: bool,
    pruned: &[PrunedRange],
) -> Result<(), Error> {
    let places: HashMap<u64, usize> = entries.iter().enumerate().map(|(at, entry)| (entry.number, at)).collect();
    let mut newer: Option<(u64, Content)> = None;
    reader.documents(versions, |version, document| {
        let at = places.get(&version.number);
        let read = document.and_then(|document| {
            let content = Content::read(document.raw).map_err(|error| Error::Damaged(error.to_string()))?;
            let restorable = match at.filter(|_| is_judged) {
                Some(_) => restore::judge(reader, draft, document.raw)?,
                None => None,
            };
            Ok((content, document.raw.len(), restorable))
        });
        let (content, size, restorable) = match (read, at) {
            (Ok(read), _) => read,
            (Err(Error::Damaged(reason)), at) => {
                at.into_iter().for_each(|&at| entries[at].held = Err(reason.clone()));
                return Ok(());
            }
            (Err(error), _) => return Err(error),
        };
        if let Some((number, newer)) = &newer
            && follows(version.number, *number, pruned)
        {
            let (diff, entry) = (diff::between(&content, newer), &mut entries[places[number]]);
            let since =
                if *number == version.number + 1 { String::new() } else { format!("since @{}: ", version.number) };
            (entry.changed, entry.counts) = (Ok(since + &diff.summary()), Some(diff.counts()));
            entry.changed_from = Some(version.number);
        }
        if let Some(&at) = at {
            entries[at].held = Ok((titled(&content), size));
            entries[at].restorable = restorable;
        }
        newer = Some((version.number, content));
        Ok(())
    })
}

/// Returns whether all versions between two were pruned.
fn follows(older: u64, newer: u64, pruned: &[PrunedRange]) -> bool {
    (older + 1..newer).all(|between| pruned.iter().any(|range| range.contains(between)))
}

fn titled(content: &Content) -> Vec<Titled> {
    content.articles().map(|article| (article.article_type, article.title.clone())).collect()
}
