//! Conditions: what is wrong for a while. Each begins and ends with an event.

use super::failure::FailureKind;
use super::severity::Severity;
use super::time::Timestamp;

/// What is wrong with an account, or with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// The platform refuses the credentials, or they cannot be read.
    Credentials,
    /// The platform does not accept calls from this machine's address.
    Whitelist,
    /// A daily limit is used up.
    Quota,
    /// The account may not use the draft box: it has lost its verification, or the platform never gave it the permission.
    Verification,
    /// The platform accepts no calls for the account: it is suspended, blocked, or in API security mode.
    Blocked,
    /// Drafts were not read within the promised time.
    Late,
    /// Too many drafts vanished at once, so nothing is concluded yet.
    BoxEmptied,
    /// Pictures of drafts in the box cannot be downloaded.
    PicturesLost,
    /// A restore was cut off, and waits.
    RestoreCutOff,
    /// The archive cannot be written, or cannot take the content of a draft.
    ArchiveTrouble,
    /// The disk of the archive is nearly full.
    DiskNearlyFull,
    /// A target of notifications refuses messages for good.
    TargetParked,
    /// What is to be sent to a target of notifications does not get there.
    TargetStuck,
    /// A copy of the archive at another place was not made, or did not come back sound.
    CopyFailed,
    /// What was kept is not proven: something of it is damaged, or the proof cannot be made.
    ProofFailed,
    /// The mirror is not up to date, or not pushed.
    MirrorFailed,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Credentials,
        Self::Whitelist,
        Self::Quota,
        Self::Verification,
        Self::Blocked,
        Self::Late,
        Self::BoxEmptied,
        Self::PicturesLost,
        Self::RestoreCutOff,
        Self::ArchiveTrouble,
        Self::DiskNearlyFull,
        Self::TargetParked,
        Self::TargetStuck,
        Self::CopyFailed,
        Self::ProofFailed,
        Self::MirrorFailed,
    ];

    /// Returns the kinds of its two events, as the archive and the JSON output write them: the begin and the end.
    pub(super) fn words(self) -> [&'static str; 2] {
        match self {
            Self::Credentials => ["account.credentials", "account.credentials.ended"],
            Self::Whitelist => ["account.whitelist", "account.whitelist.ended"],
            Self::Quota => ["account.quota", "account.quota.ended"],
            Self::Verification => ["account.verification", "account.verification.ended"],
            Self::Blocked => ["account.blocked", "account.blocked.ended"],
            Self::Late => ["account.late", "account.late.ended"],
            Self::BoxEmptied => ["box.emptied", "box.emptied.ended"],
            Self::PicturesLost => ["pictures.lost", "pictures.lost.ended"],
            Self::RestoreCutOff => ["restore.cut_off", "restore.cut_off.ended"],
            Self::ArchiveTrouble => ["archive.trouble", "archive.trouble.ended"],
            Self::DiskNearlyFull => ["archive.disk", "archive.disk.ended"],
            Self::TargetParked => ["notify.parked", "notify.parked.ended"],
            Self::TargetStuck => ["notify.stuck", "notify.stuck.ended"],
            Self::CopyFailed => ["copy.failed", "copy.failed.ended"],
            Self::ProofFailed => ["proof.failed", "proof.failed.ended"],
            Self::MirrorFailed => ["mirror.failed", "mirror.failed.ended"],
        }
    }

    /// Returns its name, which is the kind of the event that begins it.
    pub fn as_str(self) -> &'static str {
        self.words()[0]
    }

    /// Returns whether drafts are not archived, or not in time, while it holds.
    pub fn stops_archiving(self) -> bool {
        match self {
            Self::Credentials | Self::Whitelist | Self::Verification | Self::Blocked | Self::Late => true,
            Self::ArchiveTrouble => true,
            // Calls that are left over, or that come with the next day, still keep the promise, or the account is late.
            Self::Quota | Self::BoxEmptied | Self::PicturesLost | Self::RestoreCutOff => false,
            Self::DiskNearlyFull | Self::TargetParked | Self::TargetStuck => false,
            Self::CopyFailed | Self::ProofFailed | Self::MirrorFailed => false,
        }
    }

    /// Returns how much it matters: what keeps drafts from being archived is an alarm, and so is a box that was emptied.
    pub fn severity(self) -> Severity {
        match self {
            Self::Credentials | Self::Whitelist | Self::Verification | Self::Blocked | Self::Late => Severity::Alarm,
            // Who is told of alarms alone must hear that somebody else is not told.
            Self::BoxEmptied | Self::ArchiveTrouble | Self::TargetParked | Self::TargetStuck => Severity::Alarm,
            // What nobody can bring back is lost.
            Self::ProofFailed => Severity::Alarm,
            Self::Quota | Self::PicturesLost | Self::RestoreCutOff | Self::DiskNearlyFull => Severity::Warning,
            Self::CopyFailed | Self::MirrorFailed => Severity::Warning,
        }
    }
}

/// What is known of a condition besides its name. Which fields are set depends on the condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConditionDetails {
    /// The address to enter in the whitelist.
    pub address: Option<String>,
    /// How many drafts vanished, how many pictures or restores there are, or how many bytes are free; the number of a write that waits.
    pub quantity: Option<u64>,
    /// Until when the limit is used up, when the platform is called again, or until when a write waits.
    pub until: Option<Timestamp>,
    /// The target of notifications that it is about.
    pub target: Option<String>,
    /// What kind of failure it is; `None` where none is known.
    pub failure: Option<FailureKind>,
    /// The platform's errcode.
    pub code: Option<i64>,
    /// What failed, in the words of the program or the platform; what a target answered last, as `notify::Reason`
    /// writes it; what is wrong with copies, as `copies::PlaceFault` does; what proofs found, as `proof::FailedProof` does.
    pub reason: Option<String>,
}

/// What can be wrong once at a time: a condition of an account or of the service, or of one target of notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    pub condition: Condition,
    pub target: Option<String>,
}

impl From<Condition> for ConditionKey {
    fn from(condition: Condition) -> Self {
        Self { condition, target: None }
    }
}

/// A condition that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveCondition {
    pub condition: Condition,
    /// Since when, as far as known.
    pub since: Timestamp,
    pub details: ConditionDetails,
}

impl ActiveCondition {
    fn is(&self, key: &ConditionKey) -> bool {
        self.condition == key.condition && self.details.target == key.target
    }
}

/// Which conditions of an account, or of the service, hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConditionReport {
    pub active: Vec<ActiveCondition>,
    /// Those about which nothing is known now: where one holds, it goes on.
    pub unknown: Vec<ConditionKey>,
}

impl ConditionReport {
    /// Does not begin a condition now; where it is open, it goes on.
    pub fn defer(&mut self, condition: Condition) {
        let deferred = self.active.extract_if(.., |active| active.condition == condition).count();
        self.unknown.extend((deferred > 0).then_some(condition.into()));
    }

    /// Returns the conditions that begin, and those that end, where these are open.
    pub fn changes(&self, open: &[ConditionKey]) -> (Vec<&ActiveCondition>, Vec<ConditionKey>) {
        let begun = self.active.iter().filter(|active| !open.iter().any(|key| active.is(key))).collect();
        let has_ended =
            |key: &&ConditionKey| !self.active.iter().any(|active| active.is(key)) && !self.unknown.contains(key);
        (begun, open.iter().filter(has_ended).cloned().collect())
    }
}
