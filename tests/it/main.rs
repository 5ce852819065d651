//! Stories: the program against the simulator over real HTTP. One binary, so that it links once.

mod simulator;
