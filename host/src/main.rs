//! Parses the command line, runs the command, prints what went wrong as one sentence.

use std::process::ExitCode;

fn main() -> ExitCode {
    zonesmith::cli::main()
}
