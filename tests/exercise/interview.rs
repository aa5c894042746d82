use serde_json::Value;

use crate::home::Home;

#[test]
fn an_interview_is_saved_after_every_step_and_goes_on() {
    let home = Home::new();
    let run = [
        "interview",
        "run",
        "backend-engineer",
        "--candidate",
        "Ada <b>",
    ];
    let first = home.run_with_input(&run, "1 3\nspoke of ETags\n+3\nn\n");
    assert!(first.contains("[x]"), "{first}");
    let second = home.run_with_input(&run, "2\ndone\n");
    assert!(second.contains("goes on where it was left"), "{second}");
    let report = |format| {
        let output = home.run(&[
            "interview",
            "report",
            "backend-engineer",
            "--candidate",
            "Ada <b>",
            "--format",
            format,
        ]);
        String::from_utf8(output.stdout).expect("text")
    };
    let json: Value = serde_json::from_str(&report("json")).expect("JSON");
    assert_eq!(json["finished"], true);
    assert_eq!(json["topics"][0]["points"][0]["mentioned"], true);
    assert_eq!(json["topics"][0]["points"][1]["mentioned"], false);
    assert_eq!(json["topics"][0]["impression"], 3);
    assert_eq!(json["topics"][1]["points"][1]["mentioned"], true);
    let html = report("html");
    assert!(html.contains("<title>Backend engineer: Ada &lt;b&gt;</title>"));
    assert!(html.contains("spoke of ETags"));
    assert!(report("markdown").contains("To ask another time"));
}
