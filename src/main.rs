//! The `dsynth` command.

fn main() -> std::process::ExitCode {
    dsynth::cli::run(std::env::args_os())
}
