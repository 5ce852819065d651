//! Stories: the program against the simulator over real HTTP. One binary, so that it links once.

mod archive;
mod canon;
mod client;
mod config;
mod scripted;
mod token;
