//! Keeps every version of every draft of WeChat Official Accounts in one SQLite file.

// words: the vocabulary as types
pub mod clock;
pub mod model;
pub mod secret;

// pure: no clock, no network, no SQL
pub mod canonical;
pub mod config;
pub mod render;
pub mod schedule;

// edges: HTTP and SQL; they never import one another
pub mod archive;
pub mod wechat;

// work: one file, one story
pub mod poll;

// faces: build and wire everything
pub mod cli;
pub mod daemon;

// aside
pub mod simulator;
