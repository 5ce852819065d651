//! `config check` and the addresses of targets: what `notify test` would refuse is refused before, at its place in the file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::harness::{Run, World};

const KEY: &str = "693a91f6-7aaa-4bc4-97a0-0ec2515a5aaa";
const ROBOT: &str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=";
const BOT: &str = "https://open.feishu.cn/open-apis/bot/v2/hook/";
const WATCH: &str = "https://hc-ping.com/";

/// A world whose configuration has these targets: a name, and what `to` is.
fn world(targets: &[(&str, &str)]) -> World {
    let world = World::new();
    let tables: String =
        targets.iter().map(|(name, to)| format!("[[notify]]\nname = '{name}'\nto = {{ {to} }}\n\n")).collect();
    let account = "[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret.command = ['false']\n";
    fs::write(world.path("config.toml"), format!("archive = 'a'\n\n{tables}{account}")).unwrap();
    world
}

fn keep(world: &World, file: &str, content: &str) {
    fs::write(world.path(file), content).unwrap();
    fs::set_permissions(world.path(file), fs::Permissions::from_mode(0o600)).unwrap();
}

fn check(world: &World) -> Run {
    let run = world.run(&["config", "check", "--config", "config.toml"]);
    assert!(!run.to_string().contains(KEY), "{run}");
    run
}

/// The rules that a configuration breaks: keys and rules.
fn broken(world: &World) -> Vec<(String, String)> {
    let run = world.run(&["config", "check", "--json", "--config", "config.toml"]);
    let errors = serde_json::from_slice::<serde_json::Value>(run.stdout()).unwrap()["errors"].clone();
    let text = |error: &serde_json::Value, name: &str| error[name].as_str().unwrap().to_owned();
    errors
        .as_array()
        .map_or_else(Vec::new, |errors| errors.iter().map(|error| (text(error, "key"), text(error, "rule"))).collect())
}

#[test]
fn each_target_that_cannot_work_is_told_at_its_place() {
    let world = world(&[
        ("editors", "wecom = { file = 'wecom.url' }"),
        ("desk", "feishu = { url = { file = 'feishu.url' }, secret = { file = 'feishu.secret' } }"),
        ("hook", "webhook = { url = { env = 'HOOK_URL' }, secret = { file = 'hook.secret' } }"),
        (
            "post",
            "mail = { server = 'smtp.example.com', user = '', password = { file = 'post' }, from = 'a@b.cn', to = ['c@d.cn'] }",
        ),
        ("watch", "ping = { file = 'ping.url' }"),
    ]);
    keep(&world, "wecom.url", &format!("{KEY}\n"));
    keep(&world, "feishu.url", &format!("{BOT}{KEY}"));
    keep(&world, "feishu.secret", &format!("{BOT}{KEY}"));
    keep(&world, "hook.secret", KEY);
    keep(&world, "post", "p");
    keep(&world, "ping.url", &format!("http://hc-ping.com/{KEY}"));
    let mut command = world.command(&["config", "check", "--config", "config.toml"]);
    command.env("HOOK_URL", format!("https://hooks.example.com/{KEY}"));
    let run = world.finish(command);
    assert_eq!(run.code(), Some(2), "{run}");
    assert!(!run.to_string().contains(KEY), "{run}");
    assert_snapshot!(run, @r#"
    the configuration has 5 mistakes:
    config.toml:5:25: notify.editors.to.wecom.file = 'wecom.url'
        this is no address of the web. Copy the whole address: https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEY
    config.toml:9:68: notify.desk.to.feishu.secret.file = 'feishu.secret'
        an address stands in the place of the secret. The secret is the text beside it in the robot's settings
    config.toml:13:66: notify.hook.to.webhook.secret.file = 'hook.secret'
        the signing secret is `whsec_` and 24 to 64 random bytes in base64. Make one: echo whsec_$(openssl rand -base64 32)
    config.toml:17:15: notify.post.to.mail
        the login needs a user name and a password; many providers want an authorisation code as the password
    config.toml:21:24: notify.watch.to.ping.file = 'ping.url'
        http:// would show the address, which is a secret, to the network; it is taken for a loopback address only. Write https://
    ------- exit 2 -------
    "#);
}

#[test]
fn what_is_refused_would_be_refused_by_a_test_message() {
    let target = |kind: &str| world(&[("editors", &format!("{kind} = {{ file = 'url' }}"))]);
    for (kind, content) in [
        ("wecom", KEY.to_owned()),
        ("wecom", format!("{ROBOT}KEY")),
        ("wecom", format!("{ROBOT}xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")),
        ("wecom", format!("{ROBOT}{ROBOT}{KEY}")),
        ("wecom", format!("{BOT}{KEY}")),
        ("wecom", format!("{ROBOT}{KEY}").replace("https", "http")),
        ("wecom", format!("the robot's address:\n{ROBOT}{KEY}")),
        ("wecom", " \n".to_owned()),
        ("feishu", format!("{BOT}{BOT}{KEY}")),
        ("feishu", format!("{BOT}****")),
        ("dingtalk", format!("https://oapi.dingtalk.com/robot/send?token={KEY}")),
        ("apprise", "https://HOST/notify/KEY".to_owned()),
        ("webhook", format!("ftp://hooks.example.com/{KEY}")),
        ("ping", format!("{WATCH}ID")),
        ("ping", KEY.to_owned()),
    ] {
        let world = target(kind);
        keep(&world, "url", &content);
        let run = check(&world);
        assert_eq!(run.code(), Some(2), "{content}: {run}");
        let broken = broken(&world);
        let [(key, rule)] = &broken[..] else { panic!("{content}: {broken:?}") };
        assert_eq!(*key, format!("notify.editors.to.{kind}.file"), "{content}");
        let sent = world.run(&["notify", "test", "--config", "config.toml"]);
        assert_ne!(sent.code(), Some(0), "{content}: {sent}");
        // A sample that was copied is cleaned out of what follows.
        let first_sentence = rule.split(". ").next().unwrap();
        assert!(sent.stderr().contains(first_sentence), "{content}: {rule}\n{sent}");
    }
}

#[test]
fn what_can_work_is_in_order_and_no_command_is_run() {
    let told = world(&[
        ("editors", "wecom = { file = 'wecom.url' }"),
        ("local", "apprise = { file = 'apprise.url' }"),
        ("hook", "webhook = { url = { file = 'hook.url' }, secret = { command = ['./leave-a-trace'] } }"),
        ("asked", "dingtalk = { command = ['./leave-a-trace'] }"),
        (
            "post",
            "mail = { server = 'smtp.example.com', user = 'u', password = { command = ['./leave-a-trace'] }, from = 'a@b.cn', to = ['c@d.cn'] }",
        ),
    ]);
    keep(&told, "leave-a-trace", "#!/bin/sh\ntouch \"$(dirname \"$0\")/trace\"\n");
    fs::set_permissions(told.path("leave-a-trace"), fs::Permissions::from_mode(0o700)).unwrap();
    keep(&told, "wecom.url", &format!("{ROBOT}{KEY}\n"));
    keep(&told, "apprise.url", "http://127.0.0.1:8000/notify/key");
    keep(&told, "hook.url", &format!("https://hooks.example.com/{KEY}"));
    let run = check(&told);
    assert_eq!(run.code(), Some(0), "{run}");
    assert!(!run.to_string().contains("warning"), "{run}");
    assert!(!told.path("trace").exists());

    // The parts that are at rest are checked all the same.
    keep(&told, "hook.url", KEY);
    assert_eq!(check(&told).code(), Some(2));
    assert!(!told.path("trace").exists());
}

#[test]
fn a_second_address_in_a_file_is_told() {
    let world = world(&[("editors", "wecom = { file = 'wecom.url' }")]);
    keep(&world, "wecom.url", &format!("{ROBOT}{KEY}\n{ROBOT}{KEY}\n"));
    let run = check(&world);
    assert_eq!(run.code(), Some(0), "{run}");
    let told = String::from_utf8_lossy(run.stdout()).into_owned();
    let warning = "notify.editors.to.wecom.file\n    this file holds several lines, and the first one alone is used; remove the others";
    assert!(told.contains(warning), "{told}");
}
