//! `bootstrap`, the program that AWS Lambda starts: a custom runtime that runs one handler.

fn main() -> std::process::ExitCode {
    goblet_host::lambda::main()
}
