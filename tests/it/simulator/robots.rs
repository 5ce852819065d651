//! `draftkeep simulate --robots`: addresses to try a configuration with, refusals as the vendors', and what was received.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::harness::World;

#[test]
fn a_configuration_is_tried_on_robots_that_print_what_they_get() {
    let world = World::new();
    let mut simulator = world.command(&["simulate", "--robots"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut printed = BufReader::new(simulator.stdout.take().unwrap()).lines().map(Result::unwrap);
    let lines: Vec<String> = printed.by_ref().take(10).collect();
    let address = |robot: &str| {
        let line = lines.iter().find(|line| line.starts_with(robot)).unwrap_or_else(|| panic!("{robot}: {lines:?}"));
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let secret = |robot: &str| {
        let at = lines.iter().position(|line| line.starts_with(robot)).unwrap();
        lines[at + 1].trim().strip_prefix("secret: ").unwrap().to_owned()
    };
    // A secret never stands in the file; a program may print it.
    let print = |text: &str| format!("{{ command = ['printf', '%s', '{text}'] }}");
    let signed = |robot: &str| format!("{{ url = {}, secret = {} }}", print(&address(robot)), print(&secret(robot)));
    let targets = [
        ("wecom", print(&address("wecom"))),
        ("feishu", signed("feishu")),
        ("dingtalk", signed("dingtalk")),
        ("webhook", signed("webhook")),
        ("apprise", print(&address("apprise"))),
    ];
    let notify = |(name, to): &(&str, String)| format!("[[notify]]\nname = '{name}'\nto = {{ {name} = {to} }}\n");
    let wrong =
        "[[notify]]\nname = 'wrong'\nto = { dingtalk = { url = ".to_owned() + &print(&address("dingtalk")) + " } }\n";
    let text = "archive = 'archive.db'\n[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret = { command = ['true'] }\n";
    let notify: String = targets.iter().map(notify).collect();
    std::fs::write(world.path("config.toml"), format!("{text}{notify}{wrong}")).unwrap();
    // The robots check the time of a signature against the clock of this machine.
    let test = |name: &str| {
        let mut command = world.command(&["notify", "test", name, "--config", "config.toml"]);
        command.env_remove("DRAFTKEEP_CLOCK");
        world.finish(command)
    };
    for (name, _) in &targets {
        let run = test(name);
        assert_eq!(run.code(), Some(0), "{run}");
        let received = printed.by_ref().find(|line| line.ends_with("received:")).unwrap();
        let text = printed.next().unwrap();
        assert!(received == format!("{name} received:") && text.contains("draftkeep 测试消息"), "{received} {text}");
    }
    let run = test("wrong");
    assert_eq!(run.code(), Some(6), "not signed: {run}");
    assert!(run.stderr().contains("310000") && run.stderr().contains("signature does not match"), "{run}");
    simulator.kill().and_then(|()| simulator.wait()).unwrap();
}
