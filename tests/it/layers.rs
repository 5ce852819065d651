//! Dependencies between modules point down only, and some words may appear in a few files only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules that it may use.
const MODULES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("secret", &[]),
    ("clock", &["model"]),
    ("canonical", &["model"]),
    ("render", &["model", "canonical", "sanitize"]),
    ("picture", &["model", "canonical"]),
    ("diff", &["model", "canonical", "render"]),
    ("filename", &[]),
    ("invocation", &[]),
    ("owner", &[]),
    ("process_group", &[]),
    ("sanitize", &[]),
    ("schedule", &["model"]),
    ("token", &["model"]),
    ("quota", &["model"]),
    ("retention", &["model"]),
    ("config", &["model", "canonical", "schedule", "retention"]),
    ("outbox", &["model", "config"]),
    ("http_client", &["model", "config"]),
    ("archive", &["model", "canonical", "render", "picture", "diff", "outbox", "owner", "retention"]),
    ("wechat", &["model", "secret", "clock", "process_group", "http_client", "canonical", "picture", "config"]),
    ("notify", &["model", "secret", "process_group", "http_client", "config"]),
    ("search", &["owner"]),
    ("copies", &["model", "secret", "config", "http_client"]),
    ("usage", &["model", "archive", "wechat"]),
    ("poll", &["model", "clock", "canonical", "schedule", "quota", "config", "archive", "wechat", "usage"]),
    ("assets", &["model", "clock", "picture", "config", "archive", "wechat", "usage"]),
    (
        "restore",
        &[
            "model",
            "clock",
            "canonical",
            "render",
            "picture",
            "diff",
            "filename",
            "owner",
            "sanitize",
            "config",
            "archive",
            "wechat",
            "lookup",
            "usage",
        ],
    ),
    ("export", &["model", "canonical", "render", "picture", "filename", "owner", "archive"]),
    ("mirror", &["model", "owner", "sanitize", "archive", "export", "timeline"]),
    ("verify", &["model", "canonical", "archive"]),
    ("copy", &["model", "clock", "schedule", "config", "archive", "wechat", "copies", "retention", "verify"]),
    ("proof", &["model", "config", "canonical", "archive", "poll", "restore", "verify"]),
    ("drill", &["model", "schedule", "config", "archive", "restore", "lookup", "verify", "proof"]),
    ("merge", &["model", "canonical", "archive"]),
    ("repair", &["model", "canonical", "archive", "copies", "export", "verify"]),
    (
        "health",
        &[
            "model",
            "invocation",
            "schedule",
            "quota",
            "config",
            "archive",
            "wechat",
            "notify",
            "copies",
            "restore",
            "proof",
        ],
    ),
    (
        "delivery",
        &[
            "model", "secret", "clock", "sanitize", "outbox", "config", "archive", "notify", "wechat", "verify",
            "health", "gate",
        ],
    ),
    ("prune", &["model", "retention", "archive"]),
    ("lookup", &["model", "archive"]),
    ("compare", &["model", "canonical", "diff", "archive", "lookup"]),
    ("full_text", &["model", "canonical", "render", "archive", "search"]),
    ("conditions", &["model", "config", "archive", "health"]),
    ("timeline", &["model", "diff", "archive", "restore"]),
    ("draft_list", &["archive", "restore"]),
    (
        "gate",
        &[
            "model",
            "canonical",
            "render",
            "picture",
            "diff",
            "config",
            "wechat",
            "archive",
            "lookup",
            "restore",
            "usage",
        ],
    ),
    (
        "json",
        &[
            "model",
            "gate",
            "lookup",
            "quota",
            "diff",
            "outbox",
            "config",
            "archive",
            "notify",
            "restore",
            "retention",
            "prune",
            "compare",
            "timeline",
            "draft_list",
            "search",
            "full_text",
            "health",
            "copies",
            "copy",
        ],
    ),
    ("http_server", &["config"]),
    ("monitoring", &["model", "clock", "invocation", "config", "archive", "wechat", "gate", "health", "http_server"]),
    (
        "web",
        &[
            "model",
            "clock",
            "canonical",
            "sanitize",
            "picture",
            "render",
            "diff",
            "config",
            "archive",
            "wechat",
            "restore",
            "lookup",
            "compare",
            "outbox",
            "notify",
            "delivery",
            "timeline",
            "draft_list",
            "search",
            "full_text",
            "gate",
            "health",
            "json",
            "token",
            "http_server",
        ],
    ),
    (
        "gate_http",
        &[
            "model",
            "clock",
            "sanitize",
            "token",
            "config",
            "archive",
            "wechat",
            "usage",
            "restore",
            "gate",
            "json",
            "http_server",
        ],
    ),
    (
        "daemon",
        &[
            "model",
            "clock",
            "schedule",
            "config",
            "retention",
            "archive",
            "prune",
            "wechat",
            "poll",
            "assets",
            "conditions",
            "full_text",
            "gate",
            "delivery",
            "notify",
            "http_server",
            "monitoring",
            "copy",
            "proof",
            "restore",
            "drill",
            "mirror",
            "web",
            "gate_http",
        ],
    ),
    (
        "mcp",
        &[
            "model",
            "clock",
            "config",
            "sanitize",
            "gate",
            "canonical",
            "render",
            "diff",
            "archive",
            "restore",
            "lookup",
            "compare",
            "timeline",
            "draft_list",
            "search",
            "full_text",
            "json",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "secret",
            "clock",
            "canonical",
            "render",
            "picture",
            "diff",
            "invocation",
            "owner",
            "sanitize",
            "schedule",
            "quota",
            "retention",
            "config",
            "archive",
            "wechat",
            "poll",
            "assets",
            "prune",
            "restore",
            "drill",
            "gate",
            "repair",
            "export",
            "verify",
            "merge",
            "lookup",
            "compare",
            "conditions",
            "delivery",
            "notify",
            "search",
            "full_text",
            "timeline",
            "draft_list",
            "health",
            "copies",
            "copy",
            "mcp",
            "mirror",
            "json",
            "token",
            "usage",
            "http_server",
            "monitoring",
            "web",
            "daemon",
            "simulator",
        ],
    ),
    ("simulator", &[]),
];

/// Words that only these files may contain.
const KNOWN_ONLY_TO: &[(&str, &[&str])] = &[
    ("tokio_cron_scheduler", &["src/daemon/ticker.rs"]),
    // What is printed past `Ui::text` and its like is content: no command in it is completed.
    ("io::stdout().lock()", &["src/cli/output.rs", "src/cli/simulate.rs"]),
    ("io::stderr().lock()", &["src/cli/output.rs"]),
    ("ui.content(", &["src/cli/diff/", "src/cli/gate/", "src/cli/poll.rs", "src/cli/search/", "src/cli/sql/"]),
    ("ui.data(", &["src/cli/completions.rs", "src/cli/show.rs", "src/cli/sql/"]),
    ("rusqlite", &["src/archive/", "src/search/"]),
    ("lettre", &["src/notify/mail.rs", "src/notify/mail_format.rs"]),
    ("reqwest", &["src/http_client.rs", "src/notify/", "src/wechat/"]),
    ("toml::", &["src/config/"]),
    ("axum", &["src/gate_http/", "src/simulator/", "src/web/"]),
    ("maud", &["src/web/"]),
    ("argon2", &["src/web/password.rs"]),
    (
        "hyper",
        &["src/gate_http/router.rs", "src/http_server/", "src/monitoring/", "src/web/router.rs", "src/wechat/proxy.rs"],
    ),
    ("prometheus::", &["src/monitoring/metrics.rs", "src/monitoring/serve.rs"]),
    ("listenfd", &["src/http_server/listen.rs"]),
    ("zstd::", &["src/copies/"]),
    ("object_store", &["src/copies/bucket"]),
    ("imara_diff", &["src/diff"]),
    ("lol_html", &["src/restore/"]),
    ("dialoguer", &["src/cli/init/input.rs"]),
    ("sd_notify", &["src/daemon/systemd.rs"]),
    ("crate::simulator", &["src/cli/demo", "src/cli/simulate.rs"]),
];

fn sources() -> Vec<(String, String)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    found.sort();
    let name = |path: &PathBuf| path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (name(path), code(&fs::read_to_string(path).unwrap()))).collect()
}

/// The source without its comments and without its unit tests, which stand last in a file.
fn code(source: &str) -> String {
    let source = source.replace("\npub(crate) mod tests", "\nmod tests");
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn module(file: &str) -> &str {
    file.strip_prefix("src/").unwrap().split(['/', '.']).next().unwrap()
}

#[test]
fn arrows_point_down_only() {
    for (file, code) in sources() {
        let module = module(&file);
        if matches!(module, "main" | "lib") {
            continue;
        }
        let (_, below) = MODULES
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{file}: a module without a layer"));
        for used in code.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            assert!(
                used == module || below.contains(&used.as_str()),
                "{file} uses crate::{used}, which is not below it"
            );
        }
    }
}

/// If one step reads the clock twice, something may be due at one time and not yet at the other.
#[test]
fn a_poll_reads_the_clock_in_one_place() {
    let reads: Vec<(String, usize)> = sources()
        .into_iter()
        .filter(|(file, _)| ["poll", "quota", "health", "schedule"].contains(&module(file)))
        .map(|(file, code)| (file, code.matches("clock.now()").count()))
        .filter(|(_, reads)| *reads > 0)
        .collect();
    assert_eq!(reads, [("src/poll/run.rs".to_owned(), 1)]);
}

#[test]
fn what_one_module_knows_no_other_does() {
    for (file, code) in sources() {
        for (word, allowed) in KNOWN_ONLY_TO {
            let known = allowed.iter().any(|place| file.starts_with(place));
            assert!(known || !code.contains(word), "{file} knows of {word}");
        }
    }
}

#[test]
fn no_circles_between_the_files_of_a_module() {
    let sources = sources();
    for (module, _) in MODULES {
        let imports = imports_within(module, &sources);
        for file in imports.keys() {
            let mut path = vec![file.as_str()];
            assert!(!leads_back(&imports, &mut path), "src/{module}: a circle of imports: {}", path.join(" → "));
        }
    }
}

/// Returns, for each file of a module, the other files that it imports. Items of `mod.rs` belong to a file `mod`, which
/// imports every other one.
fn imports_within(module: &str, sources: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let prefix = format!("src/{module}/");
    let files = sources.iter().filter_map(|(file, code)| Some((file.strip_prefix(&prefix)?, code)));
    let files: Vec<(&str, String)> = files
        .filter_map(|(file, code)| Some((file.strip_suffix(".rs")?, code)))
        .filter(|(name, _)| *name != "mod")
        .map(|(name, code)| match name.split_once('/') {
            // What lies in the folder of a file belongs to the file; its parent is the module.
            Some((file, _)) => (file, code.replace("super::super::", "crate::MODULE::").replace("super::", "")),
            None => (name, code.clone()),
        })
        .map(|(file, code)| (file, code.replace("crate::MODULE::", &format!("crate::{module}::"))))
        .collect();
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| *name).collect();
    let file_of = |item: &str| if names.contains(item) { item.to_owned() } else { "mod".to_owned() };
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, code) in &files {
        let items = items_of_parent(module, code).into_iter().map(|item| file_of(&item));
        imports.entry((*name).to_owned()).or_default().extend(items.filter(|item| item != name));
    }
    imports.insert("mod".to_owned(), names.iter().map(|name| (*name).to_owned()).collect());
    imports
}

/// Returns the first names of the paths below `super::` and `crate::MODULE::` in a module's code.
fn items_of_parent(module: &str, code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut items = Vec::new();
    for parent in ["super::".to_owned(), format!("crate::{module}::")] {
        for path in code.split(&parent).skip(1) {
            match path.strip_prefix('{') {
                Some(list) => items.extend(first_names(list).iter().map(|name| word(name))),
                None => items.push(word(path)),
            }
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

/// Splits a list of imports up to its closing brace at the commas that are not within braces.
fn first_names(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(list[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

/// Follows the imports from the last module of `path`; where they lead back to the first one, the path is the circle.
fn leads_back<'a>(imports: &'a BTreeMap<String, BTreeSet<String>>, path: &mut Vec<&'a str>) -> bool {
    let last = *path.last().expect("a path begins somewhere");
    for next in &imports[last] {
        if next == path[0] {
            path.push(next);
            return true;
        }
        if path.contains(&next.as_str()) {
            continue;
        }
        path.push(next);
        if leads_back(imports, path) {
            return true;
        }
        path.pop();
    }
    false
}
