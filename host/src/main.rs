//! The program that AWS Lambda starts: a custom runtime for one handler.

fn main() -> std::process::ExitCode {
    goblet_host::lambda::main()
}
