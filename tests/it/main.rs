//! Stories: the program against the simulator over real HTTP. One binary, so that it links once.

mod archive;
mod canon;
mod cli;
mod client;
mod config;
mod daemon;
mod daemon_binary;
mod harness;
mod layers;
mod poll;
mod poll_command;
mod scripted;
mod simulator;
mod token;
