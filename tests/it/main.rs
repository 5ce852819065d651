//! Stories: the program against the simulator over real HTTP. One binary, so that it links once.

mod archive;
mod bad_input;
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
mod manual;
mod poll;
mod poll_command;
mod replay;
mod replay_polls;
mod schema;
mod scripted;
mod simulator;
mod sql;
mod token;
