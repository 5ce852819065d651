//! `draftkeep demo`: what a newcomer sees first.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::harness::World;

fn demo(world: &World, args: &[&str]) -> crate::harness::Run {
    now(world, &[&["demo", "--seconds", "1"], args].concat())
}

/// Runs the program on the clock of this machine.
fn now(world: &World, args: &[&str]) -> crate::harness::Run {
    let mut command = world.command(args);
    command.env_remove("DRAFTKEEP_CLOCK").env("TMPDIR", world.path(""));
    world.finish(command)
}

#[test]
fn an_article_is_lost_and_brought_back_and_nothing_is_left_behind() {
    let world = World::new();
    let run = demo(&world, &["--json"]);
    let summary = run.json();
    let count = |name: &str| summary[name].as_u64().unwrap();
    let drafts = summary["drafts"].as_array().unwrap();
    assert_eq!((drafts.len(), count("deeds"), count("versions")), (8, 2, 11), "{run}");
    assert!(count("polls") >= 3);
    let market = drafts.iter().find(|draft| draft["versions"] == 4).unwrap_or_else(|| panic!("{run}"));
    assert_eq!(market["title"], "城市声音档案：凌晨四点的菜市场");
    let told = run.stderr();
    let mut rest = told.as_str();
    for part in [
        "plug-in puts an empty template over",
        "kept version 3 of 未命名模板",
        "tells the editors' chat:\n        Alarm · “城市声音档案：凌晨四点的菜市场” was emptied\n        Its title is “未命名模板” now\n        Text 241 → 5 characters · pictures 1 → 0\n",
        "See what changed and get it back <http://127.0.0.1:",
        "{+请输入正文+}",
        "The article is back",
    ] {
        (_, rest) = rest.split_once(part).unwrap_or_else(|| panic!("{part}: {run}"));
    }
    assert_eq!(summary["messages"], serde_json::json!(["Alarm · “城市声音档案：凌晨四点的菜市场” was emptied"]));
    let back = told.rsplit_once("$ draftkeep show").unwrap().1;
    assert!(back.contains("许哥换了一杆新秤") && !back.contains("请输入正文"), "{run}");
    assert_eq!(fs::read_dir(world.path("")).unwrap().count(), 0);
}

#[test]
fn a_demo_that_is_kept_can_be_looked_at_and_restored_from() {
    let world = World::new();
    let run = demo(&world, &["--keep", "tour"]);
    assert_eq!(run.code(), Some(0), "{run}");
    let toured = |args: &[&str]| now(&world, &[args, &["--config", "tour/config.toml"]].concat());
    assert_eq!(toured(&["list", "--json"]).json().as_array().unwrap().len(), 8);
    let files = toured(&["restore", "2@2", "--to", "back", "--apply"]);
    assert_eq!(files.code(), Some(0), "{files}");

    let told = run.stderr();
    let (_, command) = told.rsplit_once("while this runs: draftkeep ").unwrap();
    let mut simulator = world.command(&command.split_whitespace().collect::<Vec<_>>());
    let mut simulator = simulator.env_remove("DRAFTKEEP_CLOCK").stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(simulator.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let new = toured(&["restore", "2@2", "--as-new", "--apply"]);
    simulator.kill().and_then(|()| simulator.wait()).unwrap();
    assert_eq!(new.code(), Some(0), "{ready}{new}");
}

/// The first address leads into the pages, and the editor goes on while somebody looks.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_address_shows_it_in_a_browser() {
    let world = World::new();
    let mut command = world.command(&["demo"]);
    command.env_remove("DRAFTKEEP_CLOCK").env("TMPDIR", world.path("")).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut printed = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    let first = printed.next().unwrap();
    let link = first.trim().strip_prefix("See it in a browser: ").unwrap_or_else(|| panic!("{first}"));
    let (base, secret) = link.split_once("/login?link=").unwrap();
    let client = crate::simulator::client_with(|builder| builder.redirect(reqwest::redirect::Policy::none()));
    let form = || client.post(format!("{base}/login")).header("origin", base).body(format!("link={secret}"));
    let mut answer = None;
    // The pages are there as soon as the daemon is.
    for _ in 0..100 {
        let form = form().header("content-type", "application/x-www-form-urlencoded");
        match form.send().await {
            Ok(told) => {
                answer = Some(told);
                break;
            }
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = client.get(format!("{base}/")).header("cookie", cookie).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("href=\"/a/alley\""), "{page}");
    // The link of the message shows the change to whoever has it.
    let message = printed.find(|line| line.contains("get it back <")).expect("a message");
    let (_, link) = message.trim_end_matches('>').split_once('<').unwrap();
    let page = client.get(link).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("未命名模板") && page.contains("iframe"), "{page}");
    running.kill().and_then(|()| running.wait()).unwrap();

    let without = self::demo(&world, &["--no-web"]);
    let told = without.stderr();
    assert!(!told.contains("browser") && told.contains("\n        draftkeep diff alley/2@2 @3\n"), "{without}");
    let open = self::demo(&world, &["--web", "0.0.0.0:0"]);
    assert_eq!(open.code(), Some(2), "{open}");
}

#[test]
fn a_directory_that_cannot_be_made_is_refused_with_the_way_out() {
    let world = World::new();
    fs::create_dir(world.path("tour")).unwrap();
    let again = demo(&world, &["--keep", "tour"]);
    insta::assert_snapshot!(again, @r"
    ------- stderr -------
    Error: cannot make the directory tour
    Caused by: File exists (os error 17)
    Hint: Name one that is not there yet: draftkeep demo --keep tour-2
    ------- exit 2 -------
    ");
    insta::assert_snapshot!(demo(&world, &["--keep", "not/there/tour"]), @r"
    ------- stderr -------
    Error: cannot make the directory not/there/tour
    Caused by: No such file or directory (os error 2)
    Hint: Make its parent first: mkdir -p not/there
    ------- exit 2 -------
    ");
}
