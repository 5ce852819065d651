//! Stories: the program against the simulator over real HTTP. One binary, so that it links once.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod archive;
mod canon;
mod cli;
mod client;
mod config;
mod crash;
mod daemon;
mod daemon_binary;
mod demo;
mod harness;
mod layers;
mod poll;
mod poll_command;
mod replay;
mod schema;
mod scripted;
mod simulator;
mod token;
