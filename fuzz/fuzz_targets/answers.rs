//! The platform's answers: a document is cut out unchanged, a page counts all its entries, and errors are one line.

use draftkeep::canonical::canonicalise;
use draftkeep::wechat::{BoxListing, fuzzing};

pub fn run(data: &[u8]) {
    match fuzzing::draft(data) {
        Ok(response) => {
            assert_eq!(response.document, data);
            drop(canonicalise(&response.document));
        }
        Err(error) => check(&error.message),
    }
    page(data);
    fuzzing::messages(data).iter().for_each(|message| check(message));
}

fn page(data: &[u8]) {
    const OFFSET: u64 = 40;
    let (Ok(page), Ok(without)) = (fuzzing::page(data, OFFSET, true), fuzzing::page(data, OFFSET, false)) else {
        return;
    };
    let entries = page.drafts.len() as u64 + page.entries_without_id;
    assert_eq!(page.end(OFFSET), OFFSET + entries);
    assert_eq!(page.drafts.len(), without.drafts.len());
    for (draft, bare) in page.drafts.iter().zip(&without.drafts) {
        assert!((OFFSET..OFFSET + entries).contains(&draft.place) && !draft.media_id.as_str().is_empty());
        assert_eq!((&draft.media_id, draft.update_time, &None), (&bare.media_id, bare.update_time, &bare.document));
        if let Some(document) = &draft.document {
            assert!(data.windows(document.len()).any(|part| part == document), "a document is a part of its page");
        }
    }
    let mut listing = BoxListing::default();
    let count = page.drafts.len();
    assert!(listing.push_page(page).len() <= count);
}

fn check(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}
