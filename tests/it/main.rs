//! Stories: the program against the simulator over real HTTP. One binary, so that it links once.

mod archive;
mod cli;
mod client;
mod config;
mod harness;
mod layers;
mod poll_command;
mod replay;
mod schema;
mod scripted;
mod simulator;
mod token;
