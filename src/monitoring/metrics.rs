//! Metrics: the daemon's counters since its start, and gauges from the archive.
//!
//! docs/monitoring.md explains names, labels and how to use them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use super::snapshot::{AccountSnapshot, StatusSnapshot};
use crate::health::Freshness;
use crate::model::{AccountName, DraftState, Endpoint, Timestamp};
use crate::wechat::ResponseCount;

/// Histogram buckets, from a fast page to the longest poll.
const SECONDS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Endpoints that polls depend on; they are exported even on days without calls.
const BASELINE_ENDPOINTS: [Endpoint; 3] = [Endpoint::DraftGet, Endpoint::DraftBatchget, Endpoint::DraftCount];

/// How a poll ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollResult {
    Ok,
    /// Some of it failed.
    Partial,
    /// All of it failed.
    Failed,
}

impl PollResult {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// A step of a poll that has ended.
#[derive(Debug)]
pub struct StepEvent<'a> {
    pub account: &'a AccountName,
    pub took: Duration,
    pub answers: &'a [ResponseCount],
    /// `None` if the poll goes on.
    pub result: Option<PollResult>,
}

/// Counts what was sent to the targets of notifications. All clones are the same.
#[derive(Clone, Debug)]
pub struct SendCounter(IntCounterVec);

impl SendCounter {
    fn new() -> Self {
        let help = "Messages that were sent to a target, by outcome: sent, failed (each try).";
        Self(counter("draftkeep_notify_sends_total", help, &["target", "outcome"]))
    }

    /// Counts from 0 for a target that nothing was sent to yet.
    pub fn begin(&self, target: &str) {
        for outcome in ["sent", "failed"] {
            self.0.with_label_values(&[target, outcome]);
        }
    }

    /// Counts a message that its target has accepted, or a try that failed.
    pub fn count(&self, target: &str, is_sent: bool) {
        self.0.with_label_values(&[target, if is_sent { "sent" } else { "failed" }]).inc();
    }
}

/// The daemon's counters since its start.
pub(super) struct Counters {
    started_at: Timestamp,
    polls: IntCounterVec,
    duration: HistogramVec,
    calls: IntCounterVec,
    sends: SendCounter,
    last_reload_ok: AtomicBool,
}

impl Counters {
    pub(super) fn new(started_at: Timestamp) -> Self {
        let polls = "Polls that have ended, by how: ok, partial (some drafts failed), failed.";
        let calls = "Calls to the platform by errcode: 0 is success, none is no answer of the platform's own.";
        let duration = "How long the steps of polls took: a whole one of a schedule, a call or a few of a planned one.";
        let histogram = HistogramOpts::new("draftkeep_poll_duration_seconds", duration).buckets(SECONDS.to_vec());
        Self {
            started_at,
            polls: counter("draftkeep_polls_total", polls, &["account", "outcome"]),
            duration: HistogramVec::new(histogram, &["account"]).expect(VALID),
            calls: counter("draftkeep_api_calls_total", calls, &["account", "interface", "errcode"]),
            sends: SendCounter::new(),
            last_reload_ok: AtomicBool::new(true),
        }
    }

    pub(super) fn sends(&self) -> SendCounter {
        self.sends.clone()
    }

    pub(super) fn record_step(&self, step: &StepEvent<'_>) {
        let account = step.account.as_str();
        self.duration.with_label_values(&[account]).observe(step.took.as_secs_f64());
        for ResponseCount { endpoint, code, count } in step.answers {
            let code = code.map_or("none".to_owned(), |code| code.to_string());
            self.calls.with_label_values(&[account, endpoint.as_str(), &code]).inc_by(*count);
        }
        if let Some(result) = step.result {
            self.polls.with_label_values(&[account, result.as_str()]).inc();
        }
    }

    pub(super) fn on_reload(&self, is_ok: bool) {
        self.last_reload_ok.store(is_ok, Ordering::Relaxed);
    }
}

/// Formats all metrics in Prometheus's text format.
pub(super) fn render(counters: &Counters, snapshot: &StatusSnapshot) -> prometheus::Result<String> {
    let registry = Registry::new();
    for counted in [&counters.polls, &counters.calls, &counters.sends.0] {
        registry.register(Box::new(counted.clone()))?;
    }
    registry.register(Box::new(counters.duration.clone()))?;
    daemon_gauges(counters, snapshot).into_iter().try_for_each(|gauge| registry.register(gauge))?;
    account_gauges(snapshot).into_iter().try_for_each(|gauge| registry.register(gauge))?;
    let gauges = target_gauges(snapshot).into_iter().chain(copy_gauges(snapshot)).chain(proof_gauges(snapshot));
    gauges.into_iter().try_for_each(|gauge| registry.register(gauge))?;
    TextEncoder::new().encode_to_string(&registry.gather())
}

type Gauges = Vec<Box<dyn Collector>>;

fn daemon_gauges(counters: &Counters, snapshot: &StatusSnapshot) -> Gauges {
    let build = labelled("draftkeep_build_info", "1; the version that runs.", &["version"]);
    build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    let is_ok = counters.last_reload_ok.load(Ordering::Relaxed);
    let writable = snapshot.broken.is_none();
    vec![
        Box::new(build),
        gauge(
            "draftkeep_process_start_time_seconds",
            "When the daemon started, in Unix seconds.",
            counters.started_at.timestamp(),
        ),
        gauge(
            "draftkeep_config_last_reload_successful",
            "Whether the configuration that was last read is the one in force.",
            is_ok.into(),
        ),
        gauge("draftkeep_archive_writable", "Whether the archive can be read and written.", writable.into()),
        gauge(
            "draftkeep_archive_bytes",
            "The size of the archive on the disk, its write-ahead log included.",
            i64::try_from(snapshot.bytes).unwrap_or(i64::MAX),
        ),
        gauge(
            "draftkeep_mirror_failing",
            "Whether the mirror of the archive is not up to date, or has edited files.",
            snapshot.is_mirror_failing.into(),
        ),
        gauge("draftkeep_gate_writes_held", "Writes of programs that wait for a yes.", to_i64(snapshot.held_writes)),
    ]
}

fn account_gauges(snapshot: &StatusSnapshot) -> Gauges {
    let drafts = labelled("draftkeep_drafts", "Drafts that are kept, by state.", &["account", "state"]);
    let versions = labelled("draftkeep_versions", "Versions that are kept.", &["account"]);
    let assets = labelled(
        "draftkeep_assets",
        "Pictures that drafts need: held, missing (asked for and not had), waiting (not asked for yet).",
        &["account", "state"],
    );
    let limit = labelled(
        "draftkeep_quota_limit_calls",
        "Calls a day that the platform takes, of all systems together.",
        &["account", "interface"],
    );
    let left = labelled(
        "draftkeep_quota_left_calls",
        "Of these, calls that it would still take on this day of the platform.",
        &["account", "interface"],
    );
    let ready =
        labelled("draftkeep_account_fresh", "Whether an account is as fresh as its polls promise.", &["account"]);
    let staleness =
        seconds_gauge("draftkeep_staleness_seconds", "How long ago the last poll without a failure ended.", "account");
    let success = seconds_gauge(
        "draftkeep_last_success_timestamp_seconds",
        "When the last poll without a failure ended, in Unix seconds.",
        "account",
    );
    for AccountSnapshot { stats, freshness } in &snapshot.accounts {
        let account = stats.account.as_str();
        for state in DraftState::ALL {
            drafts.with_label_values(&[account, state.as_str()]).set(to_i64(stats.in_state(state)));
        }
        versions.with_label_values(&[account]).set(to_i64(stats.versions));
        let pictures = &stats.pictures;
        for (state, count) in [("held", pictures.held), ("missing", pictures.missing), ("waiting", pictures.waiting)] {
            assets.with_label_values(&[account, state]).set(to_i64(count));
        }
        let called = stats.usage.iter().map(|line| line.endpoint).filter(|each| !BASELINE_ENDPOINTS.contains(each));
        for line in BASELINE_ENDPOINTS.into_iter().chain(called).map(|endpoint| stats.usage_of(endpoint)) {
            let labels = [account, line.endpoint.as_str()];
            limit.with_label_values(&labels).set(to_i64(line.limit()));
            left.with_label_values(&labels).set(to_i64(line.left()));
        }
        ready.with_label_values(&[account]).set((*freshness == Freshness::Fresh).into());
        if let Some(last) = stats.last_ok {
            staleness.with_label_values(&[account]).set((snapshot.at - last).num_milliseconds() as f64 / 1000.0);
            success.with_label_values(&[account]).set(last.timestamp_millis() as f64 / 1000.0);
        }
    }
    vec![
        Box::new(drafts),
        Box::new(versions),
        Box::new(assets),
        Box::new(limit),
        Box::new(left),
        Box::new(ready),
        Box::new(staleness),
        Box::new(success),
    ]
}

fn target_gauges(snapshot: &StatusSnapshot) -> Gauges {
    let waiting = labelled("draftkeep_notify_waiting", "Matters that wait to be sent to a target.", &["target"]);
    let parked = labelled("draftkeep_notify_parked", "Whether a target refused messages for good.", &["target"]);
    let sent = seconds_gauge(
        "draftkeep_notify_last_sent_timestamp_seconds",
        "When a target accepted a message last, in Unix seconds.",
        "target",
    );
    for target in &snapshot.targets {
        let labels = [target.name.as_str()];
        waiting.with_label_values(&labels).set(to_i64(target.waiting));
        parked.with_label_values(&labels).set(target.parked_at.is_some().into());
        if let Some(at) = target.last_sent_at {
            sent.with_label_values(&labels).set(at.timestamp_millis() as f64 / 1000.0);
        }
    }
    vec![Box::new(waiting), Box::new(parked), Box::new(sent)]
}

fn copy_gauges(snapshot: &StatusSnapshot) -> Gauges {
    let made = seconds_gauge(
        "draftkeep_copy_last_good_timestamp_seconds",
        "The instant that the newest proven copy of the archive holds, in Unix seconds.",
        "place",
    );
    let proven = seconds_gauge(
        "draftkeep_copy_last_proven_timestamp_seconds",
        "When that copy was read from its place last and was as it was written, in Unix seconds.",
        "place",
    );
    let size = labelled("draftkeep_copy_size_bytes", "How large the newest proven copy is.", &["place"]);
    let failing = labelled("draftkeep_copy_failing", "Whether the last copy failed.", &["place"]);
    for state in &snapshot.copies {
        let labels = [state.place.as_str()];
        failing.with_label_values(&labels).set(state.failure.is_some().into());
        if let Some(good) = &state.good {
            made.with_label_values(&labels).set(good.made_at.timestamp_millis() as f64 / 1000.0);
            proven.with_label_values(&labels).set(good.proven_at.timestamp_millis() as f64 / 1000.0);
            size.with_label_values(&labels).set(to_i64(good.size));
        }
    }
    vec![Box::new(made), Box::new(proven), Box::new(size), Box::new(failing)]
}

fn proof_gauges(snapshot: &StatusSnapshot) -> Gauges {
    let labels = &["kind", "account"];
    let help = "When the last proof of a kind began that found nothing wrong, in Unix seconds.";
    let options = Opts::new("draftkeep_proof_last_good_timestamp_seconds", help);
    let good = GaugeVec::new(options, labels).expect(VALID);
    let failing = labelled("draftkeep_proof_failing", "Whether the last proof found something wrong.", labels);
    let recent = labelled("draftkeep_proof_recent", "How many were proven within the last 30 days.", labels);
    let total = labelled("draftkeep_proof_objects", "How many there are.", labels);
    for record in &snapshot.proofs {
        let of_appid = |account: &&AccountSnapshot| account.stats.appid == record.key.appid;
        let account = snapshot.accounts.iter().find(of_appid).map_or("", |account| account.stats.account.as_str());
        let labels = [record.key.kind.as_str(), account];
        failing.with_label_values(&labels).set(record.failure.is_some().into());
        if let Some(at) = record.proven_at {
            good.with_label_values(&labels).set(at.timestamp_millis() as f64 / 1000.0);
        }
        if let Some((proven, all)) = record.recent {
            recent.with_label_values(&labels).set(to_i64(proven));
            total.with_label_values(&labels).set(to_i64(all));
        }
    }
    vec![Box::new(good), Box::new(failing), Box::new(recent), Box::new(total)]
}

/// Names and labels are constants of this file, and every metrics test creates all of them.
const VALID: &str = "a valid name and valid labels";

fn counter(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    IntCounterVec::new(Opts::new(name, help), labels).expect(VALID)
}

fn labelled(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    IntGaugeVec::new(Opts::new(name, help), labels).expect(VALID)
}

fn seconds_gauge(name: &str, help: &str, label: &str) -> GaugeVec {
    GaugeVec::new(Opts::new(name, help), &[label]).expect(VALID)
}

fn gauge(name: &str, help: &str, value: i64) -> Box<dyn Collector> {
    let gauge = IntGauge::new(name, help).expect(VALID);
    gauge.set(value);
    Box::new(gauge)
}

fn to_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
