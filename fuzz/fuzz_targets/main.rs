//! All targets in one binary, which links in a fraction of the time that one for each would take. `DRAFTKEEP_FUZZ` names the one that
//! runs; `fuzz/run` sets it.
//!
//! Each target feeds bytes to one way into draftkeep and demands a law of what comes out. A panic is a finding, as is an allocation
//! that no input of its size should need.

#![no_main]

mod allocations;
mod answers;
mod archive;
mod canonical;
mod config;
mod copies;
mod delta;
mod diff;
mod draft_ref;
mod gate;
mod import;
mod markup;
mod mcp;
mod notify;
mod pages;
mod parts;
mod picture;
mod render;
mod restore_body;
mod salvage;
mod schedule;
mod search;
mod web;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 19] = [
    ("answers", answers::run),
    ("canonical", canonical::run),
    ("config", config::run),
    ("copies", copies::run),
    ("delta", delta::run),
    ("diff", diff::run),
    ("draft_ref", draft_ref::run),
    ("gate", gate::run),
    ("import", import::run),
    ("mcp", mcp::run),
    ("notify", notify::run),
    ("pages", pages::run),
    ("picture", picture::run),
    ("render", render::run),
    ("restore_body", restore_body::run),
    ("salvage", salvage::run),
    ("schedule", schedule::run),
    ("search", search::run),
    ("web", web::run),
];

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(|data: &[u8]| TARGET.get_or_init(target)(data));

fn target() -> Target {
    let wanted = std::env::var("DRAFTKEEP_FUZZ").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    let names = TARGETS.map(|(name, _)| name).join(" ");
    found.unwrap_or_else(|| panic!("DRAFTKEEP_FUZZ={wanted} is no target. There are: {names}")).1
}
