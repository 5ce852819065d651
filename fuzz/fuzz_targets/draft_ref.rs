//! `DRAFT@N`: what is read can be taken apart into what was typed.

use draftkeep::lookup::{DraftKey, DraftRef, VersionKey, VersionRef};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let draft = text.parse::<DraftRef>();
    if let Ok(DraftRef { draft: key, .. }) = &draft {
        check(key, text);
    }
    let Ok(VersionRef { draft: of, version }) = text.parse::<VersionRef>() else { return };
    check(&of.draft, text);
    let named = match version {
        VersionKey::Back(0) if draft == Ok(of.clone()) => return,
        VersionKey::Back(back) => format!("-{back}"),
        VersionKey::Number(number) => {
            assert!(number > 0);
            number.to_string()
        }
    };
    let (before, _) = text.rsplit_once('@').expect("a version is named behind an @");
    assert_eq!(before.parse::<DraftRef>(), Ok(of.clone()), "{text}");
    assert_eq!(format!("{before}@{named}").parse::<VersionRef>(), Ok(VersionRef { draft: of, version }), "{text}");
}

fn check(key: &DraftKey, typed: &str) {
    match key {
        DraftKey::Id(id) => assert!(*id > 0),
        DraftKey::Text(text) => {
            assert!(typed.contains(text.as_str()) && !text.trim().is_empty() && !text.contains(char::is_control));
        }
    }
}
