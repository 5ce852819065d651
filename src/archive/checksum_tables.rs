//! The tables that have checksums: what their rows belong to, and what of it is in doubt where a row is damaged.

use super::damage::DamageKind;

/// A table, and what is told of a row of it.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The column, or SQL, that says what a row belongs to: the rows of one owner have one sum in the table `checksum`.
    pub(super) owner: &'static str,
    pub(super) kind: DamageKind,
    /// SQL that names the owner as [`super::Damage::id`] does; `owner.id` is the value of the column.
    pub(super) id: &'static str,
    /// What cannot be trusted any more where the row is not as it was written.
    pub(super) doubtful: &'static str,
}

impl Table {
    /// Returns whether it holds versions or their documents, which are looked at draft by draft.
    pub(super) fn is_of_versions(&self) -> bool {
        ["version", "whole", "delta", "received"].contains(&self.name)
    }
}

const ACCOUNT: &str =
    "coalesce((SELECT name FROM account WHERE account.id = owner.id), 'account ' || owner.id, 'no account')";

/// Events of the service belong to no account, which is 0.
const EVENT_ACCOUNT: &str = "coalesce((SELECT name FROM account WHERE account.id = owner.id), iif(owner.id, 'account ' || owner.id, 'no account'))";

const DRAFT: &str = "coalesce((SELECT account.name FROM draft JOIN account ON account.id = draft.account WHERE draft.id = owner.id), '?')
     || '/#' || coalesce(owner.id, '?')";

const VERSION: &str = "coalesce((SELECT coalesce(account.name, '?') || '/#' || version.draft || '@' || version.number
               FROM version LEFT JOIN draft ON draft.id = version.draft LEFT JOIN account ON account.id = draft.account
               WHERE version.id = owner.id), 'version ' || owner.id, 'no version')";

const PLAN: &str = "coalesce((SELECT coalesce(account.name, '?') || '/#' || version.draft || '@' || version.number
               FROM plan JOIN version ON version.id = plan.version
               LEFT JOIN draft ON draft.id = version.draft LEFT JOIN account ON account.id = draft.account
               WHERE plan.id = owner.id), 'plan ' || owner.id)";

const PICTURE: &str = "coalesce((SELECT coalesce(account.name, '?') || '/' || identity
               FROM picture LEFT JOIN account ON account.id = picture.account
               WHERE picture.id = owner.id), 'picture ' || owner.id)";

const ASSET: &str = "coalesce((SELECT lower(hex(sha256)) FROM asset WHERE asset.id = owner.id), 'asset ' || owner.id)";

const REASON: &str = "'reason ' || coalesce(owner.id, '?')";

const REPAIR: &str = "'repair ' || coalesce(owner.id, '?')";

/// Polls and restores are named by their numbers.
const NUMBER: &str = "coalesce(CAST(owner.id AS TEXT), '?')";

#[rustfmt::skip]
pub(super) const TABLES: &[Table] = &[
    Table { name: "account", owner: "id", kind: DamageKind::Account, id: ACCOUNT, doubtful: "its name, its appid and the time of its first poll" },
    Table { name: "habit", owner: "account", kind: DamageKind::Account, id: ACCOUNT, doubtful: "what was learned of it" },
    Table { name: "volatile", owner: "account", kind: DamageKind::Account, id: ACCOUNT, doubtful: "the fields that change although nobody saves" },
    Table { name: "flip", owner: "account", kind: DamageKind::Account, id: ACCOUNT, doubtful: "the fields that change although nobody saves" },
    Table { name: "closed", owner: "account", kind: DamageKind::Account, id: ACCOUNT, doubtful: "which of its interfaces is closed, and until when," },
    Table { name: "looked", owner: "account", kind: DamageKind::Account, id: ACCOUNT, doubtful: "how far its versions were searched for pictures" },
    Table { name: "call", owner: "account", kind: DamageKind::Ledger, id: ACCOUNT, doubtful: "the number of calls that were made" },
    Table { name: "quota", owner: "account", kind: DamageKind::Ledger, id: ACCOUNT, doubtful: "what the platform told of its limits" },
    Table { name: "upload", owner: "account", kind: DamageKind::Account, id: ACCOUNT, doubtful: "where the platform has the pictures that were uploaded" },
    Table { name: "version_count", owner: "account", kind: DamageKind::Account, id: ACCOUNT, doubtful: "the number of its versions" },
    Table { name: "event", owner: "coalesce(account, 0)", kind: DamageKind::Account, id: EVENT_ACCOUNT, doubtful: "what happened to its drafts, and when," },
    Table { name: "draft", owner: "id", kind: DamageKind::Draft, id: DRAFT, doubtful: "its media_id, its state and when it was seen" },
    Table { name: "draft_time", owner: "draft", kind: DamageKind::Draft, id: DRAFT, doubtful: "when the platform says it was made and saved" },
    Table { name: "missed", owner: "draft", kind: DamageKind::Draft, id: DRAFT, doubtful: "when it was missed" },
    Table { name: "held_back", owner: "draft", kind: DamageKind::Draft, id: DRAFT, doubtful: "since when it is held back" },
    Table { name: "version", owner: "id", kind: DamageKind::Version, id: VERSION, doubtful: "its times" },
    Table { name: "whole", owner: "version", kind: DamageKind::Version, id: VERSION, doubtful: "its document" },
    Table { name: "delta", owner: "version", kind: DamageKind::Version, id: VERSION, doubtful: "its document" },
    Table { name: "received", owner: "version", kind: DamageKind::Version, id: VERSION, doubtful: "its document" },
    Table { name: "pruned", owner: "draft", kind: DamageKind::Draft, id: DRAFT, doubtful: "which of its versions were pruned" },
    Table { name: "picture_use", owner: "draft", kind: DamageKind::Draft, id: DRAFT, doubtful: "which pictures its versions need" },
    Table { name: "pin", owner: "version", kind: DamageKind::Version, id: VERSION, doubtful: "that it is pinned, and by whom," },
    Table { name: "plan", owner: "id", kind: DamageKind::Version, id: PLAN, doubtful: "what its draft said when its restore was planned" },
    Table { name: "poll", owner: "id", kind: DamageKind::Poll, id: NUMBER, doubtful: "its times and what it counted" },
    Table { name: "poll_error", owner: "poll", kind: DamageKind::Poll, id: NUMBER, doubtful: "what failed in it" },
    Table { name: "picture", owner: "id", kind: DamageKind::Picture, id: PICTURE, doubtful: "its address and its bytes" },
    Table { name: "picture_reason", owner: "id", kind: DamageKind::Picture, id: REASON, doubtful: "why pictures are not held" },
    Table { name: "asset", owner: "id", kind: DamageKind::Asset, id: ASSET, doubtful: "its type, its size and when it was fetched" },
    Table { name: "restore", owner: "id", kind: DamageKind::Restore, id: NUMBER, doubtful: "what was restored, when and with which choices" },
    Table { name: "repair", owner: "id", kind: DamageKind::Database, id: REPAIR, doubtful: "when the archive was repaired" },
    Table { name: "lost_version", owner: "draft", kind: DamageKind::Draft, id: DRAFT, doubtful: "which of its versions are lost for good" },
    Table { name: "gate_write", owner: "id", kind: DamageKind::Write, id: NUMBER, doubtful: "what a program wrote, and what came of it" },
    Table { name: "write_origin", owner: "id", kind: DamageKind::Write, id: NUMBER, doubtful: "which program asked for it, and why" },
    Table { name: "restore_step", owner: "restore", kind: DamageKind::Restore, id: NUMBER, doubtful: "what it asked of the platform" },
];
