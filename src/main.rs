use std::process::ExitCode;

fn main() -> ExitCode {
    draftkeep::cli::main(std::env::args_os())
}
