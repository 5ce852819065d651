//! Stories: the program against the simulator over real HTTP. One binary, so that it links once.

mod archive;
mod bad_input;
mod cli;
mod client;
mod config;
mod harness;
mod layers;
mod poll;
mod poll_command;
mod replay_polls;
mod scripted;
mod token;
