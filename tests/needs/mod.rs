/// Says that a test is left out since something is missing on this machine. Where WHYSLOW_TEST_ALL is set, as .ci/run
/// does after it has installed everything, that is a failure.
pub fn left_out(test: &str, missing: &str) {
    assert!(
        std::env::var_os("WHYSLOW_TEST_ALL").is_none(),
        "{test} needs {missing}, and WHYSLOW_TEST_ALL says that nothing may be left out"
    );
    eprintln!("LEFT OUT: {test} needs {missing}");
}
