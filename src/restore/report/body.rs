//! What came through of a body: text, pictures, links, cards, looks.

use serde_json::{Map, Value};

use super::{FieldNote, FieldOutcome, FieldReport, between, text};
use crate::canonical::Malformed;
use crate::diff::{self, ArticleDiff, BodyChange, FormattingChange, PartChange};
use crate::restore::content;
use crate::restore::payload::ArticlePayload;

/// Compares the body of an article; `difference` is that of its [`content::words`].
pub(super) fn fields(
    sent: &ArticlePayload,
    got: &Map<String, Value>,
    lost: &[String],
    difference: Option<&ArticleDiff>,
) -> Result<Vec<FieldReport>, Malformed> {
    let change = difference.and_then(|article| article.body.as_ref());
    let mut fields = vec![words(change)];
    fields.extend(pictures(sent, got, lost, difference));
    fields.extend(change.iter().flat_map(|change| &change.parts).map(part));
    fields.extend(styles(sent, got, change)?);
    fields.extend(line_breaks(change));
    fields.extend(markup(change));
    // What the text is compared without, links and cards, is compared whole.
    let whole = between(&sent.fields, got, str::to_owned)?.and_then(|article| article.body);
    let parts = whole.map(|body| body.parts).unwrap_or_default();
    fields.extend(links(sent, &parts, is_same(change)));
    fields.extend(cards(sent, &parts));
    Ok(fields)
}

/// Returns whether a change leaves the text as it was.
pub(super) fn is_same_text(change: &BodyChange) -> bool {
    change.formatting_only || change.added + change.removed + change.paragraphs_moved == 0
}

fn is_same(change: Option<&BodyChange>) -> bool {
    change.is_none_or(is_same_text)
}

fn words(change: Option<&BodyChange>) -> FieldReport {
    let Some(change) = change.filter(|change| !is_same_text(change)) else { return FieldReport::same("text") };
    let BodyChange { added, removed, paragraphs_moved, .. } = *change;
    FieldReport::new("text", FieldOutcome::Changed, FieldNote::Text { added, removed, moved: paragraphs_moved })
}

/// Compares the pictures. The plan has already announced that pictures of other sites are left out, and that pictures which the
/// archive does not hold may be lost.
fn pictures(
    sent: &ArticlePayload,
    got: &Map<String, Value>,
    lost: &[String],
    difference: Option<&ArticleDiff>,
) -> Option<FieldReport> {
    let change = difference.and_then(|article| article.body.as_ref());
    let list = difference.and_then(|article| article.pictures.as_ref());
    let count = |of_body: fn(&BodyChange) -> usize| change.map_or(0, of_body);
    let added = count(|body| body.pictures_added.len()) + list.map_or(0, |list| list.added.len());
    let removed = count(|body| body.pictures_removed.len()) + list.map_or(0, |list| list.removed.len());
    let moved = count(|body| body.pictures_moved.len()) + usize::from(list.is_some_and(|list| list.reordered));
    let is_lost = |address: &String| sent.needed.iter().any(|picture| picture.needed.address.as_ref() == Some(address));
    let foreign = content::foreign_pictures(sent.text("content")).len();
    let is_doubtful = |identity: &&String| {
        sent.needed.iter().any(|picture| !picture.is_held() && picture.needed.identity == **identity)
    };
    let doubtful = change.map_or(0, |body| body.pictures_removed.iter().filter(is_doubtful).count());
    let announced = foreign.saturating_sub(content::foreign_pictures(text(got, "content")).len())
        + lost.iter().filter(|address| is_lost(address)).count();
    if removed + announced > 0 {
        let note = FieldNote::PicturesLost { lost: removed + announced, added };
        return Some(
            FieldReport::new("pictures", FieldOutcome::Lost, note)
                .expected_if(added + moved == 0 && removed == doubtful),
        );
    }
    if added + moved > 0 {
        let note = FieldNote::PicturesMoved { added, moved };
        return Some(FieldReport::new("pictures", FieldOutcome::Changed, note));
    }
    if !sent.conversions.is_empty() {
        let note = FieldNote::Converted(sent.conversions.clone());
        return Some(FieldReport::new("pictures", FieldOutcome::Changed, note).expected_if(true));
    }
    let has_some = !sent.pictures.is_empty() || sent.undone.pictures > 0 || foreign > 0;
    has_some.then(|| FieldReport::same("pictures"))
}

fn part(change: &PartChange) -> FieldReport {
    let verdict = if change.removed.len() > change.added.len() { FieldOutcome::Lost } else { FieldOutcome::Changed };
    FieldReport::new(change.what, verdict, FieldNote::parts(change))
}

/// Tells of styles. Where the text changed nobody can say which style belongs to what.
fn styles(
    sent: &ArticlePayload,
    got: &Map<String, Value>,
    change: Option<&BodyChange>,
) -> Result<Option<FieldReport>, Malformed> {
    let (some, _) = content::styles(&content::words(sent.text("content")));
    let differing: Vec<_> = change.iter().flat_map(|change| style_changes(change)).cloned().collect();
    if differing.is_empty() {
        let is_known = change.is_none_or(|change| change.formatting_only);
        return Ok((some > 0 && is_known).then(|| FieldReport::same("styles")));
    }
    let plain = |html: &str| content::without_removed_styles(&content::words(html));
    let rest = between(&sent.fields, got, plain)?.and_then(|article| article.body);
    let is_removal = rest.is_none_or(|change| change.formatting_only && style_changes(&change).next().is_none());
    let verdict = if is_removal { FieldOutcome::Lost } else { FieldOutcome::Changed };
    let report = FieldReport::new("styles", verdict, FieldNote::Formatting(differing));
    Ok(Some(report.expected_if(is_removal || sent.losses.divs > 0)))
}

fn style_changes(change: &BodyChange) -> impl Iterator<Item = &FormattingChange> {
    change.formatting.iter().filter(|change| !change.is_invisible() && !change.is_spacing())
}

fn line_breaks(change: Option<&BodyChange>) -> Option<FieldReport> {
    let changes: Vec<_> = change?.formatting.iter().filter(|change| change.is_spacing()).cloned().collect();
    (!changes.is_empty())
        .then(|| FieldReport::new("line breaks", FieldOutcome::Changed, FieldNote::Formatting(changes)))
}

fn markup(change: Option<&BodyChange>) -> Option<FieldReport> {
    let is_all = change?.formatting.iter().all(FormattingChange::is_invisible);
    (change?.formatting_only && is_all).then(|| FieldReport::new("markup", FieldOutcome::Rewritten, FieldNote::Markup))
}

fn links(sent: &ArticlePayload, parts: &[PartChange], words_stay: bool) -> Option<FieldReport> {
    let all = sent.losses.links;
    let Some(change) = parts.iter().find(|part| part.what == diff::LINK) else {
        return (all > 0).then(|| FieldReport::same("links"));
    };
    let (changed, lost) = (change.changed() + change.moved, change.removed.len() - change.changed());
    if lost == 0 || change.added.len() > change.changed() || changed > 0 {
        return Some(FieldReport::new("links", FieldOutcome::Changed, FieldNote::parts(change)));
    }
    let note = FieldNote::LinksLost { lost, all: all.max(lost), words_stay };
    Some(FieldReport::new("links", FieldOutcome::Lost, note).expected_if(lost <= all))
}

/// The plan announces every card.
fn cards(sent: &ArticlePayload, parts: &[PartChange]) -> Option<FieldReport> {
    let all = sent.losses.cards;
    let of_cards: Vec<_> = parts.iter().filter(|part| diff::is_media_kind(part.what)).collect();
    if of_cards.is_empty() {
        return (all > 0).then(|| FieldReport::same("cards"));
    }
    let sum = |count: fn(&PartChange) -> usize| of_cards.iter().map(|part| count(part)).sum::<usize>();
    let changed = sum(PartChange::changed);
    let (lost, added) = (sum(|part| part.removed.len()) - changed, sum(|part| part.added.len()) - changed);
    let note = FieldNote::Cards { gone: lost, changed: changed + sum(|part| part.moved), all };
    let verdict = if lost > 0 { FieldOutcome::Lost } else { FieldOutcome::Changed };
    Some(FieldReport::new("cards", verdict, note).expected_if(added == 0))
}
