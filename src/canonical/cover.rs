//! Compares the covers of two documents.
//!
//! In the canonical form, a cover is its address or, if absent, its `media_id`. An endpoint that leaves one of them out changes the
//! hash although the cover is the same. So covers are compared here before they make a version. A missing field says nothing. An
//! empty text means that there is no cover, once somebody has saved.

use std::borrow::Cow;

use super::html::picture_identity;
use super::json::{self, Malformed, Member};

/// A field with the cover of an article.
#[derive(PartialEq)]
enum CoverField<'a> {
    Missing,
    /// An empty text.
    Empty,
    Value(Cow<'a, str>),
}

/// The cover of an article: its address, reduced to the picture's identity, and its `media_id`.
struct Cover<'a> {
    address: CoverField<'a>,
    media_id: CoverField<'a>,
}

/// How the cover of an article differs from the stored one.
#[derive(PartialEq)]
enum Change {
    None,
    Other,
    /// Only the later document has it.
    Gained,
    /// Only the stored document has it.
    Lost,
}

/// Returns whether the covers in `read` are those in `kept`, article by article, as far as both have them. `is_unsaved`: nobody has
/// saved between the two. A cover that appears for the first time counts as a change, because without it the draft could not be
/// restored.
///
/// # Errors
///
/// If one of them is not a draft.
pub fn covers_agree(kept: &[u8], read: &[u8], is_unsaved: bool) -> Result<bool, Malformed> {
    let (kept, read) = (covers(kept)?, covers(read)?);
    let changes: Vec<Change> = kept.iter().zip(&read).map(|(kept, read)| change(kept, read, is_unsaved)).collect();
    let only_gains = changes.contains(&Change::Gained) && !changes.contains(&Change::Lost);
    Ok(!changes.contains(&Change::Other) && !only_gains)
}

fn change(kept: &Cover<'_>, read: &Cover<'_>, is_unsaved: bool) -> Change {
    let fields = [(&kept.address, &read.address), (&kept.media_id, &read.media_id)];
    // The address decides where both have one, else the media_id.
    for (kept, read) in fields {
        if let (CoverField::Value(kept), CoverField::Value(read)) = (kept, read) {
            return if kept == read { Change::None } else { Change::Other };
        }
    }
    let both_have = |(kept, read): &(&CoverField<'_>, &CoverField<'_>)| {
        **kept != CoverField::Missing && **read != CoverField::Missing
    };
    let was_changed = fields.iter().find(|field| both_have(field)).is_some_and(|(kept, read)| kept != read);
    match (kept.is_present(), read.is_present()) {
        _ if was_changed && !is_unsaved => Change::Other,
        (false, true) => Change::Gained,
        (true, false) => Change::Lost,
        _ => Change::None,
    }
}

impl Cover<'_> {
    fn is_present(&self) -> bool {
        [&self.address, &self.media_id].iter().any(|told| matches!(told, CoverField::Value(_)))
    }
}

fn covers(document: &[u8]) -> Result<Vec<Cover<'_>>, Malformed> {
    super::article::elements(document)?.into_iter().map(|article| Ok(cover(&json::members(article)?))).collect()
}

fn cover<'a>(article: &[Member<'a>]) -> Cover<'a> {
    let told = |key| match super::article::last(article, key) {
        None | Some(b"null") => CoverField::Missing,
        Some(b"\"\"") => CoverField::Empty,
        Some(value) => CoverField::Value(json::text(value).unwrap_or_else(|| String::from_utf8_lossy(value))),
    };
    let address = match told("thumb_url") {
        CoverField::Value(address) => CoverField::Value(picture_identity(&address).to_string().into()),
        other => other,
    };
    Cover { address, media_id: told("thumb_media_id") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A document of one article with these fields of its cover; `None` leaves a field out.
    fn document(address: Option<&str>, media_id: Option<&str>) -> String {
        let field =
            |key: &str, value: Option<&str>| value.map(|value| format!(r#","{key}":"{value}""#)).unwrap_or_default();
        let (address, media_id) = (field("thumb_url", address), field("thumb_media_id", media_id));
        format!(r#"{{"news_item":[{{"title":"a"{address}{media_id}}}]}}"#)
    }

    fn agree(kept: (Option<&str>, Option<&str>), read: (Option<&str>, Option<&str>), is_unsaved: bool) -> bool {
        let [kept, read] = [kept, read].map(|(address, media_id)| document(address, media_id));
        covers_agree(kept.as_bytes(), read.as_bytes(), is_unsaved).unwrap()
    }

    const A: Option<&str> = Some("https://mmbiz.qpic.cn/mmbiz_jpg/A/0");
    const B: Option<&str> = Some("https://mmbiz.qpic.cn/mmbiz_jpg/B/0");
    const EMPTY: Option<&str> = Some("");

    #[test]
    fn what_one_side_leaves_out_is_no_change() {
        let full = (A, Some("M"));
        for read in [full, (A, None), (None, Some("M")), (None, None), (A, EMPTY), (EMPTY, Some("M"))] {
            assert!(agree(full, read, false), "{read:?}");
        }
        assert!(agree(full, (EMPTY, EMPTY), true), "nobody has saved");
        assert!(agree((A, None), (None, Some("M")), false), "nothing is told by both");
        assert!(agree((Some("http://mmbiz.qpic.cn/sz_mmbiz_jpg/A/640?x=1"), None), (A, EMPTY), false));
    }

    #[test]
    fn another_cover_is_a_change_and_so_is_none() {
        let full = (A, Some("M"));
        for read in [(B, Some("M")), (B, EMPTY), (B, None), (None, Some("N")), (EMPTY, EMPTY), (None, EMPTY)] {
            assert!(!agree(full, read, false), "{read:?}");
        }
        for read in [(B, EMPTY), (B, None), (None, Some("N"))] {
            assert!(!agree(full, read, true), "{read:?}: saved twice within a second");
        }
        assert!(!agree((EMPTY, Some("M")), (A, EMPTY), false), "cropped");
    }

    #[test]
    fn a_cover_that_is_present_for_the_first_time_is_kept() {
        for (kept, read) in [((None, None), (A, None)), ((None, EMPTY), (A, EMPTY)), ((None, None), (None, Some("M")))]
        {
            assert!(!agree(kept, read, true) && agree(read, kept, true));
        }
    }

    #[test]
    fn a_cover_that_comes_where_another_goes_is_no_change() {
        let two = |first: Option<&str>, second: Option<&str>| {
            let article =
                |cover: Option<&str>| document(cover, None).replace(r#"{"news_item":["#, "").replace("]}", "");
            format!(r#"{{"news_item":[{},{}]}}"#, article(first), article(second))
        };
        let agree = |kept: String, read: String| covers_agree(kept.as_bytes(), read.as_bytes(), true).unwrap();
        assert!(agree(two(A, None), two(None, B)), "the newer document would lose one");
        assert!(!agree(two(A, None), two(A, B)));
    }

    proptest! {
        /// However often fields of a cover are left out, a document that was read whole stays the newest version; and a cover
        /// that was really changed makes one more as soon as it is read whole.
        #[test]
        fn left_out_fields_make_no_version(reads in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 0..20), is_cropped: bool) {
            let told = |cover: (Option<&str>, Option<&str>), (has_address, has_media_id, _): (bool, bool, bool)| {
                document(cover.0.filter(|_| has_address), cover.1.filter(|_| has_media_id))
            };
            let whole = (true, true, true);
            let old = (A, Some("M"));
            let mut kept = told(old, whole);
            for read in &reads {
                prop_assert!(covers_agree(kept.as_bytes(), told(old, *read).as_bytes(), read.2).unwrap());
            }
            let new = if is_cropped { (B, EMPTY) } else { (B, Some("N")) };
            let mut versions = 0;
            for read in reads.iter().chain([&whole]).chain(&reads) {
                let document = told(new, *read);
                if !covers_agree(kept.as_bytes(), document.as_bytes(), false).unwrap() {
                    (kept, versions) = (document, versions + 1);
                }
            }
            prop_assert!(versions >= 1);
            prop_assert!(covers_agree(kept.as_bytes(), told(new, whole).as_bytes(), true).unwrap());
        }
    }
}
