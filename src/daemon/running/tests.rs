use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::oneshot;

use super::*;
use crate::archive::DaemonLock;
use crate::clock::Clock;

/// A daemon of so many accounts, which does not work yet.
struct Stage {
    daemon: Daemon,
    archive: WriterHandle,
    clock: Clock,
    outcomes: mpsc::UnboundedSender<StepOutcome>,
    polls: mpsc::UnboundedReceiver<StepOutcome>,
    _directory: tempfile::TempDir,
}

impl Stage {
    fn of(accounts: usize, schedule: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let account =
            |n| format!("[[account]]\nname='a{n}'\nappid='wx{n:016x}'\nsecret.command=['false']\n{schedule}\n");
        let text = format!("archive='archive.db'\n{}", (0..accounts).map(account).collect::<String>());
        let config = Config::from_text(&directory.path().join("config.toml"), &text).unwrap();
        let (archive, clock) =
            (WriterHandle::open(&config.archive).unwrap(), Clock::fixed("2026-09-01T02:30:00Z".parse().unwrap()));
        let (outcomes, polls) = mpsc::unbounded_channel();
        let context = WorkerContext::new(archive.clone(), clock.clone(), Arc::new(|_| {}), outcomes.clone());
        let problems = ProblemReport::new(Arc::new(DaemonLock::acquire(&config.archive).unwrap()));
        let daemon = Daemon::start(config, context, Systemd::none(), Sockets::default(), problems);
        Self { daemon, archive, clock, outcomes, polls, _directory: directory }
    }
}

/// Keeps the archive's thread busy until the sender is used or dropped; the receiver tells that it has begun.
fn occupy(archive: &WriterHandle) -> (std::sync::mpsc::Sender<()>, oneshot::Receiver<()>) {
    let ((release, busy), (begins, begun)) = (std::sync::mpsc::channel(), oneshot::channel());
    archive.post(move |_| {
        begins.send(()).unwrap();
        Ok(busy.recv().is_ok())
    });
    (release, begun)
}

/// Lets the daemon do all that it can do now.
async fn give_way() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn step(account: &str, now: Timestamp) -> StepOutcome {
    StepOutcome {
        account: account.parse().unwrap(),
        began_at: now,
        ended_at: now,
        took: Duration::ZERO,
        answers: Vec::new(),
        cut_short: false,
        result: Ok(None),
        next: Some(now + TimeDelta::minutes(5)),
        proof: None,
    }
}

/// It asked anew for each, and with thousands of accounts did little else.
#[tokio::test]
async fn polls_that_end_do_not_put_off_those_that_are_due() {
    let Stage { mut daemon, archive, clock, outcomes, polls, _directory } = Stage::of(3, "");
    let (release, _begun) = occupy(&archive);
    let (_commands, mut commands) = mpsc::channel(1);
    let now = clock.now();
    let story = async {
        give_way().await;
        // The question is asked, and waits. What is asked from now on waits for longer.
        let (held, begun) = occupy(&archive);
        for account in ["a0", "a1"] {
            outcomes.send(step(account, now)).unwrap();
            give_way().await;
        }
        release.send(()).unwrap();
        begun.await.unwrap();
        give_way().await;
        held
    };
    let _held = tokio::select! {
        _ = daemon.work(&mut commands, polls) => panic!("it works until it is stopped"),
        held = story => held,
    };
    assert_eq!(daemon.scheduler.due(now), [], "a2 was dispatched");
}

/// Paused time moves on by itself while nothing else happens.
#[tokio::test(start_paused = true)]
async fn accounts_that_wait_cost_no_query_and_no_task() {
    const ACCOUNTS: usize = 5_000;
    let stage = Stage::of(ACCOUNTS, "schedule='0 10 * * *'");
    let Stage { mut daemon, archive, clock, .. } = stage;
    let now = clock.now();
    let due = daemon.scheduler.due(now);
    assert_eq!(due.len(), ACCOUNTS);
    assert!(due.iter().all(|account| daemon.scheduler.dispatch(account, now)));

    let tasks = daemon.context.tasks.len();
    // The archive's thread is busy: a query would not be answered.
    let (release, _begun) = occupy(&archive);
    for _ in 0..60 {
        let tick = tokio::time::timeout(Duration::from_secs(90), daemon.next_tick().1).await;
        daemon.dispatch(tick.expect("a tick without a query")).unwrap();
        clock.advance(Duration::from_secs(60));
    }
    assert_eq!(daemon.context.tasks.len(), tasks, "no worker was woken");

    release.send(()).unwrap();
    clock.advance(Duration::from_secs(23 * 3600));
    let tick = daemon.next_tick().1.await;
    assert_eq!(
        (tick.due.len(), tick.last_polls.unwrap().len()),
        (ACCOUNTS, ACCOUNTS),
        "one query for all that are due"
    );
}
