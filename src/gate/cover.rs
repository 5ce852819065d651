//! A cover that was set in the platform's editor: the API does not name it, and takes no article without one. So its picture is put into the
//! account's library, once.

use super::error::GateError;
use super::session::GateSession;
use crate::archive::{self, Filter, Reader, Upload};
use crate::model::{ArticleType, Hash, article_number};
use crate::picture::{self, ImageRole, UploadTarget};
use crate::restore::{ArticlePayload, CurrentDraft};
use crate::wechat::{ErrorKind, Referer};

/// The platform accepts at most 10 MB, so no original is larger.
const LARGEST: usize = 32 << 20;

/// Names the covers of articles that are sent without one. Returns whether any was named, which takes time.
pub(super) async fn name_covers(
    articles: &mut [ArticlePayload],
    live: &CurrentDraft,
    session: &GateSession<'_>,
) -> Result<bool, GateError> {
    let mut is_any_named = false;
    for sent in articles {
        let is_without = sent.article.article_type == ArticleType::News && sent.text("thumb_media_id").is_empty();
        if !is_without {
            continue;
        }
        let number = article_number(sent.article.position);
        let Some(bytes) = bytes_of(sent, live, session).await? else {
            let reason = format!(
                "article {number} has a cover that the API does not name, and its picture cannot be had; set thumb_media_id, a permanent picture of the account"
            );
            return Err(GateError::Bad(reason));
        };
        let upload = in_library(&bytes, session).await?;
        sent.fields.insert("thumb_media_id".to_owned(), upload.media_id.unwrap_or_default().into());
        sent.cover_address = Some(upload.address);
        is_any_named = true;
    }
    Ok(is_any_named)
}

/// Returns the cover's picture: as the archive holds it, or as the platform has it.
async fn bytes_of(
    sent: &ArticlePayload,
    live: &CurrentDraft,
    session: &GateSession<'_>,
) -> Result<Option<Vec<u8>>, GateError> {
    if let Some(sha256) = held(sent.article.position, live, session)?
        && let Some(bytes) = session.context.restore.archive.run(move |writer| writer.asset(sha256)).await?
    {
        return Ok(Some(bytes));
    }
    let Some(original) = sent.cover_address.as_deref().and_then(picture::original) else { return Ok(None) };
    let fetched = session.context.restore.client.picture(&original, Referer::Platform, LARGEST).await;
    Ok(fetched.ok().filter(|bytes| picture::inspect(bytes).is_ok()))
}

/// Returns the archived picture that is the cover of the article at a position.
fn held(position: usize, live: &CurrentDraft, session: &GateSession<'_>) -> Result<Option<Hash>, archive::Error> {
    let reader = Reader::open(session.context.path)?;
    let filter = Filter { id: Some(live.draft), ..Filter::default() };
    let Some(draft) = reader.drafts(&filter)?.pop() else { return Ok(None) };
    let pictures = reader.pictures(&draft, &live.document)?;
    let cover =
        pictures.into_iter().find(|one| one.needed.position == position && one.needed.place == ImageRole::Cover);
    Ok(cover.and_then(|cover| cover.asset).map(|asset| asset.sha256))
}

/// Returns the picture in the account's library: where it was put before, if it is there still.
async fn in_library(bytes: &[u8], session: &GateSession<'_>) -> Result<Upload, GateError> {
    let restore = &session.context.restore;
    let (account, sha256, door) = (session.draft_box.account, Hash::of(bytes), UploadTarget::Material);
    let refused = |error| GateError::Failed { id: None, error };
    if let Some(upload) = restore.archive.run(move |writer| writer.find_upload(account, door, sha256)).await?
        && let Some(media_id) = &upload.media_id
    {
        match restore.client.material_get(media_id, LARGEST).await {
            Ok(_) => return Ok(upload),
            Err(error) if matches!(error.kind, ErrorKind::Permission | ErrorKind::Quota) => return Ok(upload),
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(refused(error)),
        }
    }
    let prepared = picture::prepare(bytes, door).map_err(|error| GateError::Bad(error.to_string()))?;
    let name = format!("draftkeep-{}.{}", &sha256.to_string()[..16], prepared.kind.extension());
    let (kind, is_unchanged) = (prepared.kind.as_str(), prepared.changed.is_none());
    let added = restore.client.material_add(&name, kind, prepared.bytes.to_vec()).await.map_err(refused)?;
    let upload = Upload { media_id: Some(added.media_id), address: added.url };
    let (written, now) = (upload.clone(), restore.clock.now());
    let write =
        move |writer: &mut archive::Writer| writer.add_upload(account, (door, sha256), &written, is_unchanged, now);
    restore.archive.run(write).await?;
    Ok(upload)
}
