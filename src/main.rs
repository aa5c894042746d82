fn main() -> std::process::ExitCode {
    whyslow::cli::run()
}
