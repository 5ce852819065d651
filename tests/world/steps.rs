//! What can happen in a world, one step at a time. A list of steps is made up beforehand and depends on nothing that happens, so
//! that a world without some of its steps is a world as well.

use draftkeep::simulator::{Fault, FaultRule, Random};

/// A step. Accounts and drafts are numbers that count round what is there.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Time goes on until an account is due, and the program does what is due.
    Poll,
    /// Seconds go by in which the program does not run, as on a suspended computer.
    Wait(i64),
    /// Somebody works in the web editor.
    Edit { account: usize, edit: Edit, seed: u64 },
    /// The same, right after this endpoint has answered the next call for that account.
    EditWithin { account: usize, endpoint: &'static str, seed: u64 },
    /// Calls fail.
    Fault(FaultRule),
    /// The next answers of an endpoint take so many seconds; what takes as long as the client waits never comes.
    Slow { endpoint: &'static str, answers: u32, seconds: u64 },
    /// `draft/get` says once of a draft that it is not there, although it is.
    Deny { account: usize, seed: u64 },
    /// The list leaves a draft out that is there, until all is well.
    Hide { account: usize, seed: u64 },
    /// Whitelist and permissions are as they should be, and what was still to fail does not.
    AllIsWell,
    /// The address of the program is not on the whitelist any more.
    NotWhitelisted { account: usize },
    /// Another system revokes the tokens.
    Revoke { account: usize },
    /// Other systems make calls.
    Others { account: usize, endpoint: &'static str, calls: u64 },
    /// Somebody sets the clock of the program's computer, this many seconds forward or back.
    SetClock(i64),
    /// The program ends and is started again.
    Restart,
    /// The program is killed and started again.
    Kill,
    /// The program polls, and is killed when the platform has just answered so many calls, in this poll or a later one.
    KillWithin { answers: usize },
    /// Somebody restores a version: as a new draft or over its own. The answer may be lost, or the command interrupted after so many
    /// answers.
    Restore { account: usize, seed: u64, in_place: bool, lost: bool, interrupted: Option<usize> },
    /// Old versions go, but for the newest of each draft. The last one of an editing session may go as well.
    Prune { last: u32, drop_session_ends: bool },
    /// Somebody edits, the archive is moved away before a poll or within it, and is moved back.
    MoveArchive { seed: u64 },
}

/// What somebody does in the web editor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    /// One of the usual edits: text, title, picture, cover, a new draft, publication, deletion.
    Usual,
    Create,
    /// Takes the text out.
    Empty,
    Rename,
    /// Adds, moves or takes away articles.
    Rearrange,
    /// Saves without a change.
    Resave,
    /// Sets a draft back to what it said before.
    Revert,
    Publish,
    Delete,
}

/// The endpoints that the program calls.
const ENDPOINTS: &[&str] = &["draft/get", "draft/batchget", "draft/count", "freepublish/batchget", "openapi/quota/get"];

/// So many seconds the client waits for an answer.
pub(crate) const PATIENCE: u64 = 60;

/// Endpoints whose calls others make as well.
const SHARED: &[&str] = &["draft/get", "draft/batchget"];

/// The codes with which the platform refuses a call that would be right.
const CODES: &[i64] = &[-1, 40001, 42001, 40014, 45009, 45011, 48001, 50002, 61004, 87009];

/// Makes up the steps of a world.
pub(crate) fn steps(random: &mut Random) -> Vec<Step> {
    let count = 60 + random.below(120);
    (0..count).map(|_| step(random)).collect()
}

fn step(random: &mut Random) -> Step {
    let (account, seed) = (random.below(3), random.draw());
    match random.below(1000) {
        0..430 => Step::Poll,
        430..460 => Step::Wait(wait(random)),
        460..475 => restore(account, seed, random),
        475..480 => Step::Prune { last: 1 + random.below(4) as u32, drop_session_ends: random.chance(0.7) },
        480..680 => Step::Edit { account, edit: edit(random), seed },
        680..710 => Step::EditWithin { account, endpoint: one(random, SHARED), seed },
        710..815 => Step::Fault(fault(random)),
        815..830 => slow(random),
        830..845 => Step::Deny { account, seed },
        845..860 => Step::Hide { account, seed },
        860..890 => Step::AllIsWell,
        890..897 => Step::NotWhitelisted { account },
        897..905 => Step::Revoke { account },
        905..925 => Step::Others { account, endpoint: one(random, SHARED), calls: 1 + random.below(60) as u64 },
        925..940 => Step::SetClock(if random.chance(0.5) { wait(random) } else { -wait(random) }),
        940..960 => Step::Restart,
        960..975 => Step::Kill,
        975..993 => Step::KillWithin { answers: *random.pick(&[1, 1, 2, 3, 5]) },
        _ => Step::MoveArchive { seed },
    }
}

fn restore(account: usize, seed: u64, random: &mut Random) -> Step {
    let (in_place, lost) = (random.chance(0.4), random.chance(0.4));
    // One over a draft asks for it first, and again before it writes.
    let interrupted = random.chance(0.2).then(|| *random.pick(if in_place { &[1, 2, 3, 4] } else { &[1, 1, 1, 2] }));
    Step::Restore { account, seed, in_place, lost, interrupted }
}

fn slow(random: &mut Random) -> Step {
    let answers = 1 + random.below(8) as u32;
    Step::Slow { endpoint: one(random, ENDPOINTS), answers, seconds: *random.pick(&[1, 5, 20, PATIENCE, PATIENCE]) }
}

fn one(random: &mut Random, endpoints: &[&'static str]) -> &'static str {
    endpoints[random.below(endpoints.len())]
}

/// Seconds to a few days, the short ones more often.
fn wait(random: &mut Random) -> i64 {
    let longest = *random.pick(&[10, 60, 300, 1200, 3600, 10_000, 90_000, 300_000]);
    1 + random.below(longest) as i64
}

fn edit(random: &mut Random) -> Edit {
    match random.below(100) {
        0..50 => Edit::Usual,
        50..58 => Edit::Create,
        58..64 => Edit::Empty,
        64..72 => Edit::Rename,
        72..80 => Edit::Rearrange,
        80..86 => Edit::Resave,
        86..90 => Edit::Revert,
        90..95 => Edit::Publish,
        _ => Edit::Delete,
    }
}

fn fault(random: &mut Random) -> FaultRule {
    let endpoint = match random.below(8) {
        0 => "*",
        1 => "robot/webhook",
        2 | 3 => "stable_token",
        _ => *random.pick(ENDPOINTS),
    };
    let fault = match random.below(12) {
        0 => Fault::HtmlPage(502),
        1 => Fault::Http(503),
        2 => Fault::Reset,
        3 => Fault::ResetAfterEffect,
        // A target that takes a message in such words has not told that it has it.
        _ if ["*", "robot/webhook"].contains(&endpoint) => Fault::Http(500),
        4 => Fault::HtmlPage(200),
        5 => Fault::Truncate,
        6 => Fault::PlainText,
        7 => Fault::EmptyBody,
        _ => Fault::Code(*random.pick(CODES)),
    };
    FaultRule::next(1 + random.below(8) as u32, endpoint, fault).after(random.below(3) as u32)
}
