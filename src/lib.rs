//! Keeps every version of every draft of WeChat Official Accounts (微信公众号) in one SQLite file, and gives them back.
//!
//! # One poll
//!
//! 1. The scheduler's tick names an account that is due, by its cron expression ([`schedule`]) or by its plan ([`quota`]);
//!    `draftkeep poll` names it as well.
//! 2. Its worker ([`daemon`]) makes a step of its [`poll::AdaptivePoller`]: the plan says which call to make now: a page of the
//!    list, a draft, or the number of drafts. [`poll::poll`] is a pass over all of it instead. The client ([`wechat`]) gets a
//!    token if it has none, and reads: `draft/get` for a draft, `draft/batchget` for pages of the box.
//! 3. Each document is canonicalised and hashed ([`canonical`]) and handed to the archive's thread ([`archive`]): the
//!    hash of the newest version is compared; nothing is written if it is the same. Else, in one transaction, the
//!    document is stored whole, the version before becomes a delta on it, and both are read back and compared.
//! 4. Drafts that were not there are judged by what was known of them, and why they left by what was published; one row
//!    tells what the poll did, one row per endpoint and day counts its calls.
//! 5. Beside the polls, the versions that are new are looked through for pictures, and what is not held is asked for until it
//!    is ([`assets`], [`picture`]).
//!
//! # One look back
//!
//! 1. `draftkeep show 3@-1` parses what it was given ([`cli`]) and opens the archive for reading, which takes no
//!    lock that a running daemon could feel.
//! 2. The version's document is rebuilt: from the next version that is whole, back along the deltas.
//! 3. Its articles are read from the document and shown as text, HTML or Markdown ([`render`]); or the document is given
//!    out as it was received.
//!
//! # One restore
//!
//! 1. `draftkeep restore 3@2 --as-new` makes a plan of the version ([`restore`]): the fields that the platform takes,
//!    with what it did to their markup undone, and what is to be expected of it. Nothing more happens without `--apply`.
//! 2. [`restore::NewDraftRestore::apply`] is the whole story: the restore is written down ([`archive`]), pictures that the platform has lost are
//!    uploaded, the platform is asked once ([`wechat`]), and a draft whose answer was lost is searched for by what it says.
//! 3. What the platform made of it is read back, compared with what was sent ([`diff`]), and kept as the new draft's first
//!    version.
//!
//! # Layers
//!
//! Rooms use only what stands above them in this file; a test holds it. `docs/architecture.md` has the picture.

// words: the vocabulary as types
pub mod clock;
pub mod model;
pub mod secret;

// pure: no clock, no network, no SQL
pub mod canonical;
pub mod config;
pub mod diff;
pub mod filename;
pub mod http_client;
pub mod invocation;
pub mod outbox;
pub mod owner;
pub mod picture;
pub mod process_group;
pub mod quota;
pub mod render;
pub mod retention;
pub mod sanitize;
pub mod schedule;
pub mod token;

// edges: SQL and HTTP; they never import one another
pub mod archive;
pub mod copies;
pub mod notify;
pub mod search;
pub mod wechat;

// work: one file, one story
pub mod assets;
pub mod compare;
pub mod conditions;
pub mod copy;
pub mod delivery;
pub mod draft_list;
pub mod drill;
pub mod export;
pub mod full_text;
pub mod gate;
pub mod health;
pub mod json;
pub mod lookup;
pub mod merge;
pub mod mirror;
pub mod poll;
pub mod proof;
pub mod prune;
pub mod repair;
pub mod restore;
pub mod timeline;
mod usage;
pub mod verify;

// what all HTTP servers of the daemon stand on
pub mod http_server;

// faces: build and wire everything
pub mod cli;
pub mod daemon;
pub mod gate_http;
pub mod mcp;
pub mod monitoring;
pub mod web;

// aside: imports none of the above
pub mod simulator;
