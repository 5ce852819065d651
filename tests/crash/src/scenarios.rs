//! All scenarios, in the order in which they run.

use crate::look;
use crate::purpose;
use crate::scenario::Scenario;
use crate::scenario::Step::{self, Daemon, Edit, MakeDirectory, MakeOlder, Move, Run, Spoil};

/// Drafts alone.
const POLL: Step = Run(&["poll", "--no-pictures"]);
const POLL_WITH_PICTURES: Step = Run(&["poll"]);
const EXPORT: Step = Run(&["export", "kept"]);
const COPY: Step = Run(&["copy"]);
const MIRROR: Step = Run(&["mirror"]);
const SEARCH: Step = Run(&["search", "早餐"]);
const AS_NEW: Step = Run(&["restore", "#4@1", "--as-new", "--apply"]);
const IN_PLACE: Step = Run(&["restore", "雨后的石板路@1", "--in-place", "--apply"]);
const RESUME: Step = Run(&["restore", "--resume", "mag/1"]);
const TO_FILES: Step = Run(&["restore", "雨后的石板路@1", "--to", "found", "--apply"]);
const PRUNE: Step = Run(&["prune", "--keep-last", "1", "--drop-session-ends", "--apply"]);

const COPIES: &str = "[[copy]]\nto = 'copies'\n";
const MIRRORED: &str = "[mirror]\ndir = 'mirror'\n";
const DAEMON: &str = "\
[[copy]]
to = 'copies'
[mirror]
dir = 'mirror'
[[notify]]
name = 'hook'
at_least = 'info'
to = { webhook = { url = { command = ['echo', '$HOOK'] }, secret = { command = ['echo', '$HOOK_SECRET'] } } }
";

const PLAIN: Scenario = Scenario {
    name: "",
    config: "",
    schedule: "*/5 * * * *",
    real_time: false,
    before: &[],
    steps: &[],
    again: &[POLL],
    again_refusals: &[],
    ending: purpose::no_more_drafts,
    look: look::nothing_else,
    purpose: purpose::versions,
};

pub(crate) const ALL: &[Scenario] = &[
    Scenario { name: "first-poll", steps: &[POLL], ..PLAIN },
    Scenario {
        name: "new-versions",
        before: &[POLL],
        steps: &[Edit(12), POLL, Edit(12), POLL, Edit(12), POLL],
        ..PLAIN
    },
    Scenario {
        name: "pictures",
        before: &[POLL],
        steps: &[POLL_WITH_PICTURES, Edit(8), POLL_WITH_PICTURES],
        again: &[POLL_WITH_PICTURES],
        purpose: purpose::pictures,
        ..PLAIN
    },
    Scenario {
        name: "daemon",
        config: DAEMON,
        schedule: "*/1 * * * * *",
        real_time: true,
        before: &[MakeDirectory("copies"), MakeDirectory("mirror"), POLL_WITH_PICTURES],
        // A draft that lost its text is told at once, everything else after 90 seconds.
        steps: &[Daemon(&[Spoil("老城南的早餐地图"), Edit(6), Edit(6)], &["message sent", "the archive was copied"])],
        again: &[POLL, SEARCH, COPY, MIRROR, Daemon(&[], &[])],
        look: look::of_daemon,
        purpose: purpose::daemon,
        ..PLAIN
    },
    Scenario {
        name: "planned-polls",
        schedule: "auto",
        real_time: true,
        before: &[POLL],
        steps: &[Edit(10), Daemon(&[], &[]), Edit(10), Daemon(&[], &[])],
        ..PLAIN
    },
    Scenario {
        name: "migration",
        before: &[POLL, Edit(12), POLL, MakeOlder(10)],
        steps: &[Edit(3), POLL],
        purpose: purpose::migration,
        ..PLAIN
    },
    Scenario {
        name: "as-new",
        before: &[POLL_WITH_PICTURES],
        steps: &[AS_NEW],
        again: &[AS_NEW, POLL],
        again_refusals: &["this content was restored already"],
        ending: purpose::one_more_draft,
        purpose: purpose::new_draft,
        ..PLAIN
    },
    Scenario {
        name: "in-place",
        before: &[POLL_WITH_PICTURES, Spoil("雨后的石板路"), POLL],
        steps: &[IN_PLACE],
        again: &[IN_PLACE, RESUME, POLL],
        again_refusals: &["was changed since the plan was made", "There is nothing to resume", "there is no restore"],
        ending: purpose::no_spoiled_draft,
        purpose: purpose::draft_in_place,
        ..PLAIN
    },
    Scenario {
        name: "to-files",
        before: &[POLL_WITH_PICTURES],
        steps: &[TO_FILES],
        again: &[],
        look: look::files,
        purpose: purpose::nothing_else,
        ..PLAIN
    },
    Scenario {
        name: "export",
        before: &[POLL_WITH_PICTURES, Edit(10), POLL],
        steps: &[EXPORT, Edit(6), POLL, EXPORT],
        again: &[EXPORT, POLL],
        look: look::exported,
        ..PLAIN
    },
    Scenario {
        name: "import",
        before: &[POLL_WITH_PICTURES, Edit(10), POLL, EXPORT, Move("archive.db", "old.db")],
        steps: &[Run(&["import", "kept"])],
        again: &[Run(&["import", "kept"]), POLL],
        purpose: purpose::import,
        ..PLAIN
    },
    Scenario {
        name: "merge",
        // The younger archive goes into the older one.
        before: &[
            POLL_WITH_PICTURES,
            Move("archive.db", "old.db"),
            Edit(20),
            POLL_WITH_PICTURES,
            Move("archive.db", "young.db"),
            Move("old.db", "archive.db"),
        ],
        steps: &[Run(&["import", "young.db", "--apply"])],
        again: &[Run(&["import", "young.db", "--apply"]), POLL],
        purpose: purpose::merge,
        ..PLAIN
    },
    Scenario {
        name: "prune",
        before: &[POLL, Edit(20), POLL, Edit(20), POLL, Edit(20), POLL],
        steps: &[PRUNE],
        again: &[PRUNE, POLL],
        purpose: purpose::prune,
        ..PLAIN
    },
    Scenario {
        name: "copy",
        config: COPIES,
        before: &[MakeDirectory("copies"), POLL_WITH_PICTURES],
        steps: &[COPY, Edit(6), POLL, COPY],
        again: &[COPY, POLL],
        look: look::copies,
        ..PLAIN
    },
    Scenario {
        name: "mirror",
        config: MIRRORED,
        before: &[MakeDirectory("mirror"), POLL_WITH_PICTURES],
        steps: &[MIRROR, Edit(6), POLL, MIRROR],
        again: &[MIRROR, POLL],
        look: look::mirrored,
        ..PLAIN
    },
    Scenario {
        name: "search",
        before: &[POLL, Edit(10), POLL],
        steps: &[SEARCH, Edit(10), POLL, SEARCH, Run(&["search", "--rebuild"])],
        again: &[SEARCH, POLL],
        look: look::index,
        purpose: purpose::search,
        ..PLAIN
    },
    Scenario {
        name: "repair",
        before: &[POLL_WITH_PICTURES, Edit(10), POLL],
        steps: &[Run(&["repair", "--to", "new.db"])],
        again: &[Run(&["repair", "--to", "again.db"]), POLL],
        look: look::repaired,
        purpose: purpose::nothing_else,
        ..PLAIN
    },
    Scenario {
        name: "import-backup",
        before: &[POLL, Move("archive.db", "old.db"), Edit(20), POLL],
        steps: &[Run(&["import-backup", "old.db"])],
        again: &[Run(&["import-backup", "old.db"]), POLL],
        purpose: purpose::backup,
        ..PLAIN
    },
];
