//! The configuration: valid and invalid sample files, each with a snapshot of the output.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::harness::World;
use chrono::FixedOffset;
use draftkeep::cli::config::{write_json, write_text};
use draftkeep::config::{Config, ConfigError, KEYS, LoadedConfig, TableKind};
use draftkeep::model::Timestamp;
use proptest::prelude::*;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A directory with secrets of every kind, in which configurations are checked.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::copy(Path::new(ROOT).join("tests/fixtures/tls/ca.pem"), place.path("company.pem")).unwrap();
        for (name, content, mode) in [
            ("mag.secret", "s", 0o600),
            ("mag.token", "t", 0o640),
            ("open.secret", "s", 0o644),
            ("empty.secret", "", 0o600),
            ("placeholder.secret", "YOUR_APPSECRET\n", 0o600),
            ("mag.credential", "c", 0o600),
            ("wecom.url", "https://robot.example/key", 0o600),
            ("mail.password", "p", 0o600),
            ("ping.url", "https://ping.example/id", 0o600),
            ("web.password", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", 0o600),
        ] {
            fs::write(place.path(name), content).unwrap();
            fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self, bytes: &[u8]) -> Result<LoadedConfig, ConfigError> {
        self.load_from_environment(
            bytes,
            &[
                ("MAG_SECRET", "s"),
                ("EMPTY_SECRET", " \n"),
                ("PLACEHOLDER_SECRET", "<secret>"),
                ("CREDENTIALS_DIRECTORY", self.0.path().to_str().unwrap()),
            ],
        )
    }

    fn load_from_environment(&self, bytes: &[u8], environment: &[(&str, &str)]) -> Result<LoadedConfig, ConfigError> {
        fs::write(self.path("config.toml"), bytes).unwrap();
        let find =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        Config::load_with(&self.path("config.toml"), &find)
    }

    /// Returns the output of `config check` without the name of the directory.
    fn told(&self, outcome: &Result<LoadedConfig, ConfigError>) -> String {
        let mut out = Vec::new();
        write_text(outcome, &[], now(), &FixedOffset::east_opt(3600).unwrap(), &mut out).unwrap();
        self.plain(out)
    }

    fn json_output(&self, outcome: &Result<LoadedConfig, ConfigError>) -> String {
        let mut out = Vec::new();
        write_json(outcome, &[], None, &self.path("config.toml"), now(), &mut out).unwrap();
        self.plain(out)
    }

    fn plain(&self, out: Vec<u8>) -> String {
        String::from_utf8(out).unwrap().replace(self.0.path().to_str().unwrap(), "DIR")
    }
}

fn now() -> Timestamp {
    "2026-09-01T02:03:04Z".parse().unwrap()
}

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let directory = Path::new(ROOT).join("tests/fixtures/config").join(kind);
    let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Compares with the snapshot beside the sample file.
fn assert_output(file: &Path, told: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(file.parent().unwrap());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(file.file_stem().unwrap().to_str().unwrap(), told));
}

#[test]
fn valid_files_are_understood() {
    for file in fixtures("valid") {
        let place = Place::new();
        let outcome = place.load(&fs::read(&file).unwrap());
        assert!(outcome.is_ok(), "{}: {}", file.display(), place.told(&outcome));
        assert_output(&file, &place.told(&outcome));
    }
}

#[test]
fn every_mistake_of_an_invalid_file_is_told() {
    for file in fixtures("invalid") {
        let place = Place::new();
        let outcome = place.load(&fs::read(&file).unwrap());
        assert!(matches!(outcome, Err(ConfigError::Issues { .. })), "{}", file.display());
        assert_output(&file, &place.told(&outcome));
    }
}

#[test]
fn no_secret_is_shown_by_any_message() {
    for file in fixtures("invalid") {
        let place = Place::new();
        let outcome = place.load(&fs::read(&file).unwrap());
        let told = format!("{}{}{outcome:?}", place.told(&outcome), place.json_output(&outcome));
        for secret in ["hunter2", "abcdef0123456789abcdef", "0123456789abcdef0123"] {
            assert!(!told.contains(secret), "{}: {told}", file.display());
        }
    }
}

#[test]
fn a_good_configuration_does_not_print_what_could_be_secret() {
    let text = fs::read(Path::new(ROOT).join("tests/fixtures/config/valid/every_key.toml")).unwrap();
    let place = Place::new();
    let outcome = place.load(&text);
    let told = format!("{}{}{outcome:?}", place.told(&outcome), place.json_output(&outcome));
    for hidden in ["?appid", "wechat/mag", "--appid"] {
        assert!(!told.contains(hidden), "{told}");
    }
}

#[test]
fn the_file_of_every_key_has_every_key() {
    let text = fs::read_to_string(Path::new(ROOT).join("tests/fixtures/config/valid/every_key.toml")).unwrap();
    for key in KEYS {
        assert!(text.contains(key.name), "{key:?}");
    }
}

#[test]
fn the_example_is_a_good_configuration() {
    let text = fs::read(Path::new(ROOT).join("systemd/config.example.toml")).unwrap();
    let place = Place::new();
    let outcome = place.load(&text);
    insta::assert_snapshot!(place.told(&outcome), @"
    DIR/config.toml is in order
    archive    /var/lib/draftkeep/archive.db

    account    mag
    appid      wx0123456789abcdef
    secret     file DIR/mag.secret
    drafts     all of the draft box
    schedule   auto: as often as the quota allows
    quota      at most 95 % of each daily limit
    assets     all pictures, up to 20 MB each
    api        https://api.weixin.qq.com
    ");
}

#[test]
fn the_example_holds_with_every_line_in_force() {
    let text = fs::read_to_string(Path::new(ROOT).join("systemd/config.example.toml")).unwrap();
    let commented = |line: &str| {
        line.strip_prefix("# ").is_some_and(|rest| {
            rest.split_once(" = ").is_some_and(|(key, _)| KEYS.iter().any(|known| known.name == key))
        })
    };
    for kind in [
        "drafts",
        "schedule",
        "timezone",
        "quota_share",
        "shrunk_share",
        "ignore_fields",
        "watch_fields",
        "assets",
        "asset_limit",
        "api_base",
        "image_base",
        "proxy",
        "secret",
        "token",
    ] {
        for line in text.lines().filter(|line| commented(line) && line[2..].starts_with(kind)) {
            let with = text.replace(line, &line[2..]);
            let with = if matches!(kind, "secret" | "token") {
                with.replacen("\nsecret = { file = \"mag.secret\" }\n", "\n", 1)
            } else {
                with
            };
            let place = Place::new();
            let outcome = place.load(with.as_bytes());
            assert!(outcome.is_ok(), "{line}: {}", place.told(&outcome));
        }
    }
}

#[test]
fn the_document_explains_every_key() {
    let document = fs::read_to_string(Path::new(ROOT).join("docs/configuration.md")).unwrap();
    for key in KEYS {
        let heading = match key.within {
            TableKind::File => key.name.to_owned(),
            TableKind::Http => format!("http.{}", key.name),
            TableKind::Web => format!("web.{}", key.name),
            TableKind::Retention => format!("retention.{}", key.name),
            TableKind::Proof => format!("proof.{}", key.name),
            TableKind::Drill => format!("proof.drill.{}", key.name),
            TableKind::Mirror => format!("mirror.{}", key.name),
            TableKind::Notify => format!("notify.{}", key.name),
            TableKind::To => format!("notify.to.{}", key.name),
            TableKind::Signed => format!("notify.to.webhook.{}", key.name),
            TableKind::Mail => format!("notify.to.mail.{}", key.name),
            TableKind::Copy => format!("copy.{}", key.name),
            TableKind::Keep => format!("copy.keep.{}", key.name),
            TableKind::Account => format!("account.{}", key.name),
            TableKind::Secret => format!("account.secret.{}", key.name),
            TableKind::Token => format!("account.token.{}", key.name),
            TableKind::Gate => format!("gate.{}", key.name),
            TableKind::GatePolicy => format!("account.gate.{}", key.name),
        };
        assert!(
            document.lines().any(|line| line.starts_with('#') && line.contains(&format!("`{heading}`"))),
            "{heading}"
        );
    }
}

#[test]
fn the_samples_of_the_document_are_good_configurations() {
    let document = fs::read_to_string(Path::new(ROOT).join("docs/configuration.md")).unwrap();
    let samples: Vec<&str> = document.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(samples.len() > 5);
    for sample in samples {
        let whole = match sample.contains("[[account]]") {
            true => sample.to_owned(),
            false => {
                let account = "archive = \"archive.db\"\n[[account]]\nname = \"mag\"\nappid = \"wx0123456789abcdef\"\n";
                let secret = if sample.contains("secret") || sample.contains("token") {
                    ""
                } else {
                    "secret = { file = \"mag.secret\" }\n"
                };
                format!("{account}{secret}{sample}")
            }
        };
        let place = Place::new();
        let outcome = place.load(whole.as_bytes());
        assert!(outcome.is_ok(), "{sample}: {}", place.told(&outcome));
    }
}

#[test]
fn a_secret_that_others_can_read_or_the_group_can_write_is_warned_about() {
    let place = Place::new();
    let text = "archive = 'archive.db'\n[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\n\
                secret = { file = 'mag.secret' }\n";
    for (mode, remedy) in [
        (0o600, None),
        (0o640, None),
        (0o440, None),
        (0o644, Some("others can read this file; close it with: chmod o= ")),
        (0o602, Some("others can read or write this file; close it with: chmod o= ")),
        (0o660, Some("its group can write this file; close it with: chmod g-w ")),
        (0o666, Some("others can read or write this file; close it with: chmod g-w,o= ")),
    ] {
        fs::set_permissions(place.path("mag.secret"), fs::Permissions::from_mode(mode)).unwrap();
        let told = place.told(&place.load(text.as_bytes()));
        match remedy {
            Some(remedy) => assert!(told.contains(&format!("{remedy}DIR/mag.secret")), "{mode:o}: {told}"),
            None => assert!(!told.contains("warning"), "{mode:o}: {told}"),
        }
    }
}

#[test]
fn a_schedule_is_measured_by_the_share_of_the_limit() {
    let place = Place::new();
    for (share, warns) in [("0.72", false), ("0.719", true)] {
        let text = format!(
            "archive = 'archive.db'\n[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\n\
             secret = {{ file = 'mag.secret' }}\nschedule = '*/2 * * * *'\nquota_share = {share}\n"
        );
        let told = place.told(&place.load(text.as_bytes()));
        assert_eq!(told.contains("have 719 (71.9 % of 1,000) and are thinned out"), warns, "{share}: {told}");
        assert_eq!(told.contains("warning"), warns, "{share}: {told}");
    }
}

#[test]
fn without_systemd_a_credential_is_refused_with_the_reason() {
    let place = Place::new();
    let text = "archive = 'archive.db'\n[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\n\
                secret = { credential = 'mag.secret' }\n";
    let outcome = place.load_from_environment(text.as_bytes(), &[]);
    insta::assert_snapshot!(place.told(&outcome), @r#"
    the configuration has a mistake:
    DIR/config.toml:5:25: account.mag.secret.credential = "mag.secret"
        a credential is there only for a service that systemd starts: $CREDENTIALS_DIRECTORY is not set
        hint: run it as root, where systemd keeps it in /etc/credstore.encrypted; else as the service does, FILE as in its unit: systemd-run --pipe -p LoadCredential=mag.secret:FILE draftkeep config check
    "#);
}

#[test]
fn a_missing_file_says_where_it_looked_and_how_to_write_one() {
    let place = Place::new();
    let outcome = Config::load_with(&place.path("config.toml"), &|_| None);
    insta::assert_snapshot!(place.told(&outcome), @r#"
    there is no configuration at DIR/config.toml
    It is the file that --config names, else $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml.
    hint: write one; the smallest is

        archive = "archive.db"

        [[account]]
        name   = "mag"
        appid  = "wx0123456789abcdef"
        secret = { file = "mag.secret" }
    "#);
    insta::assert_snapshot!(place.json_output(&outcome), @r#"{"ok":false,"path":"DIR/config.toml","errors":[{"line":null,"column":null,"key":null,"value":null,"rule":"there is no configuration at DIR/config.toml\nIt is the file that --config names, else $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml.\nhint: write one; the smallest is\n\n    archive = \"archive.db\"\n\n    [[account]]\n    name   = \"mag\"\n    appid  = \"wx0123456789abcdef\"\n    secret = { file = \"mag.secret\" }"}]}"#);
}

#[test]
fn a_directory_and_a_file_too_large_are_refused() {
    let place = Place::new();
    let directory = Config::load_with(place.0.path(), &|_| None);
    insta::assert_snapshot!(place.told(&directory), @"
    the configuration DIR cannot be read: Is a directory (os error 21)
    hint: name the file, not its directory
    ");
    let large = place.load("#".repeat((1 << 20) + 1).as_bytes());
    insta::assert_snapshot!(place.told(&large), @"the configuration DIR/config.toml is larger than 1 MiB; is it the right file?");
    assert!(place.load("#".repeat(1 << 20).as_bytes()).is_err_and(|error| matches!(error, ConfigError::Issues { .. })));
}

#[test]
fn the_exit_code_tells_whether_the_configuration_can_be_used() {
    let world = World::new();
    for (appid, code) in [("wx0123456789abcdef", 0), ("wx", 2)] {
        let text = format!(
            "archive = 'a'\n[[account]]\nname = 'mag'\nappid = '{appid}'\nsecret.command = ['printf', 'hush']\n"
        );
        fs::write(world.path("config.toml"), text).unwrap();
        for (args, json) in [
            (&["config", "check", "--config", "config.toml"][..], false),
            (&["config", "check", "--config", "config.toml", "--json"], true),
        ] {
            let run = world.run(args);
            assert_eq!(run.code(), Some(code), "{run}");
            assert_eq!(serde_json::from_slice::<serde_json::Value>(run.stdout()).is_ok(), json);
        }
    }
}

#[test]
fn the_flag_names_the_file() {
    assert_eq!(draftkeep::config::path(Some("here.toml".into())), Path::new("here.toml"));
}

proptest! {
    #[test]
    fn a_damaged_file_is_refused_or_understood(
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6, "[\\PC\n]{0,3}"), 1..4)
    ) {
        let mut text: Vec<char> =
            fs::read_to_string(Path::new(ROOT).join("tests/fixtures/config/valid/every_key.toml")).unwrap().chars().collect();
        for (place, gone, new) in damage {
            let start = place.index(text.len());
            let end = (start + gone).min(text.len());
            text.splice(start..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(ConfigError::Issues { issues, .. }) = Place::new().load(text.as_bytes()) {
            prop_assert!(!issues.is_empty());
            for issue in issues {
                prop_assert!((1..=text.lines().count() + 1).contains(&issue.line), "{issue}");
            }
        }
    }
}

#[test]
fn the_outcome_is_one_json_document() {
    let place = Place::new();
    let good = place.load(&fs::read(Path::new(ROOT).join("tests/fixtures/config/valid/warnings.toml")).unwrap());
    let mut document: serde_json::Value = serde_json::from_str(&place.json_output(&good)).unwrap();
    document["accounts"][0]["drafts"].as_array_mut().unwrap().truncate(1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "accounts": [
        {
          "api_base": "https://api.weixin.qq.com",
          "appid": "wx0123456789abcdef",
          "asset_limit": 20971520,
          "assets": "all",
          "credentials": "secret",
          "drafts": [
            "D01"
          ],
          "ignore_fields": [],
          "image_base": null,
          "name": "open",
          "next_polls": [
            "2026-09-01T02:05:00.000Z",
            "2026-09-01T02:10:00.000Z",
            "2026-09-01T02:15:00.000Z"
          ],
          "polls_per_day": 288,
          "proxy": null,
          "quota_share": 0.95,
          "schedule": "*/5 * * * *",
          "shrunk_share": 0.5,
          "source": "file DIR/open.secret",
          "timezone": "Asia/Shanghai",
          "watch_fields": []
        },
        {
          "api_base": "https://api.weixin.qq.com",
          "appid": "wx2123456789abcdef",
          "asset_limit": 20971520,
          "assets": "all",
          "credentials": "secret",
          "drafts": "all",
          "ignore_fields": [],
          "image_base": null,
          "name": "again",
          "next_polls": [
            "2026-09-01T02:03:20.000Z",
            "2026-09-01T02:03:40.000Z",
            "2026-09-01T02:04:00.000Z"
          ],
          "polls_per_day": 4320,
          "proxy": null,
          "quota_share": 0.95,
          "schedule": "*/20 * * * * *",
          "shrunk_share": 0.5,
          "source": "file DIR/mag.secret",
          "timezone": "Asia/Shanghai",
          "watch_fields": []
        },
        {
          "api_base": "https://api.weixin.qq.com",
          "appid": "wx1123456789abcdef",
          "asset_limit": 20971520,
          "assets": "all",
          "credentials": "secret",
          "drafts": "all",
          "ignore_fields": [],
          "image_base": null,
          "name": "zone",
          "next_polls": [],
          "polls_per_day": null,
          "proxy": null,
          "quota_share": 0.95,
          "schedule": "auto",
          "shrunk_share": 0.5,
          "source": "file DIR/mag.secret",
          "timezone": null,
          "watch_fields": []
        }
      ],
      "archive": "DIR/archive.db",
      "ca_file": null,
      "copies": null,
      "http": "http://0.0.0.0:8787",
      "ok": true,
      "path": "DIR/config.toml",
      "warnings": [
        {
          "column": 22,
          "key": "http.listen",
          "line": 2,
          "message": "others than this machine can read account names and numbers there, without a password; 127.0.0.1 is for this machine alone"
        },
        {
          "column": 21,
          "key": "account.open.secret.file",
          "line": 8,
          "message": "others can read this file; close it with: chmod o= DIR/open.secret"
        },
        {
          "column": 12,
          "key": "account.open.schedule",
          "line": 11,
          "message": "20 drafts × 288 polls = 5,760 draft/get calls a day; polls of a new account have 475 (95 % of 500) and are thinned out to that. schedule = \"auto\" spends the calls where they are worth most"
        },
        {
          "column": 12,
          "key": "account.again.schedule",
          "line": 18,
          "message": "4,320 polls a day need at least as many draft/batchget calls; polls of a new account have 950 (95 % of 1,000) and are thinned out to that. schedule = \"auto\" spends the calls where they are worth most"
        }
      ]
    }
    "#);
    let bad = place.load(b"archive = 'a'\n[[account]]\nname = 'mag'\nappid = 'wx'\nsecret = 'x'\n");
    insta::assert_snapshot!(place.json_output(&bad), @r#"{"ok":false,"path":"DIR/config.toml","errors":[{"line":4,"column":9,"key":"account.mag.appid","value":"\"wx\"","rule":"an appid is \"wx\" and 16 characters of a-z and 0-9","hint":null},{"line":5,"column":10,"key":"account.mag.secret","value":null,"rule":"a secret never stands in this file: it says where to read it, by one of file, env, credential, command","hint":"put it into a file that only you can read and write: secret = { file = \"mag.secret\" }"}]}"#);
}
