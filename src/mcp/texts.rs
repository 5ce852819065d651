//! The tools that look for texts in all versions.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::answer::{Answer, Refused};
use super::arguments::{Search, When};
use super::drafts::{account, most};
use crate::archive::Reader;
use crate::full_text::{self, Presence, SearchRequest, SearchTurn};
use crate::json;
use crate::lookup::{self, DraftRef};
use crate::search::Query;

/// So many drafts are told of, if the agent names no number, and at most.
const HITS: (usize, usize) = (10, 50);

pub(super) fn search(reader: &Reader, turn: &mut SearchTurn, asked: &Search) -> Answer {
    let account = asked.account.as_deref().map(|name| account(reader, name)).transpose()?;
    let request = SearchRequest {
        query: Query::parse(&asked.words)?,
        fields: Vec::new(),
        accounts: account.map(|name| BTreeSet::from([name.as_str().to_owned()])),
        draft: None,
        since: None,
        until: None,
        presence: if asked.lost { Presence::Lost } else { Presence::Any },
        limit: most(asked.limit, HITS),
    };
    let found = turn.run(reader, &mut |_| ControlFlow::Continue(()), |searcher| searcher.find(reader, &request))?;
    Ok(json::search(&found).into())
}

pub(super) fn when(reader: &Reader, turn: &mut SearchTurn, asked: &When) -> Answer {
    let phrase = Query::sentence(&asked.sentence)?;
    let meant: DraftRef = asked.draft.parse().map_err(Refused::new)?;
    let draft = lookup::find_draft(reader, &meant)?;
    let said = turn.run(reader, &mut |_| ControlFlow::Continue(()), |searcher| {
        full_text::when(reader, searcher, draft.id, &phrase)
    })?;
    Ok(json::when(&draft, &asked.sentence, &said).into())
}
