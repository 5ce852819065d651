//! What is wrong with an account, with the service or with a target of notifications, in words. Each in both languages.

use chrono_tz::Tz;

use crate::archive::Event;
use crate::health::{copy_faults, failed_proofs};
use crate::model::{ActiveCondition, Condition, ConditionDetails, FailureKind, Language};
use crate::notify::Reason;
use crate::wechat::{failure_sentence, next_step};

/// Says what is wrong: `mag: the platform refuses the credentials`.
pub(super) fn began(event: &Event, condition: Condition, language: Language) -> String {
    about(event, words(condition, language)[0], language)
}

/// Says that it is over.
pub(super) fn ended(event: &Event, condition: Condition, language: Language) -> String {
    about(event, words(condition, language)[1], language)
}

/// Says what is known besides.
pub(super) fn details(event: &Event, language: Language, zone: Tz) -> Vec<String> {
    let Some(condition) = event.kind.condition() else { return Vec::new() };
    let details = &event.details;
    let mut lines = Vec::new();
    if let Some(address) = &details.address {
        lines.push(match language {
            Language::Chinese => format!("要加入白名单的 IP：{address}"),
            Language::English => format!("The address to add: {address}"),
        });
    }
    if let Some(until) = details.until {
        let until = until.with_timezone(&zone).format("%m-%d %H:%M");
        lines.push(match language {
            Language::Chinese => format!("预计 {until} 恢复"),
            Language::English => format!("Until {until}"),
        });
    }
    if let Some(count) = details.quantity {
        lines.extend(quantity(condition, count, language));
    }
    let copies = copy_faults(event.kind, details).unwrap_or_default();
    let proofs = failed_proofs(event.kind, details).unwrap_or_default();
    if copies.is_empty() && proofs.is_empty() {
        lines.extend(cause(condition, details, language));
    }
    lines.extend(copies.iter().map(|place| place.sentence(language)));
    lines.extend(proofs.iter().map(|proof| proof.fault.sentence(language)));
    lines
}

/// Says why. What the program or the platform said is for the operator, and stands in `draftkeep notify log`.
fn cause(condition: Condition, details: &ConditionDetails, language: Language) -> Option<String> {
    if details.target.is_some() {
        let words = Reason::read(details.reason.as_ref()?)?.meaning.words(language);
        return Some(words.trim_end_matches(['.', '。']).to_owned());
    }
    let Some(failure) = details.failure else {
        return match language {
            Language::Chinese => details.reason.as_ref().map(|_| "具体原因见 draftkeep status".to_owned()),
            Language::English => details.reason.clone(),
        };
    };
    match condition {
        // When it is over has been said.
        Condition::Quota if details.until.is_some() => None,
        // What is wrong has been said, too.
        Condition::Whitelist | Condition::Verification | Condition::Blocked if failure != FailureKind::SecurityMode => {
            Some(next_step(failure, details.code, language).to_owned())
        }
        _ => Some(failure_sentence(failure, details.code, language)),
    }
}

/// Says how many there are. How many bytes are free on a disk is nothing for a chat.
fn quantity(condition: Condition, count: u64, language: Language) -> Option<String> {
    let (chinese, english) = match condition {
        Condition::BoxEmptied => ("篇草稿", "drafts"),
        Condition::PicturesLost => ("张图片", "pictures"),
        Condition::RestoreCutOff => ("次恢复", "restores"),
        _ => return None,
    };
    Some(match language {
        Language::Chinese => format!("共 {count} {chinese}"),
        Language::English => format!("Number of {english}: {count}"),
    })
}

fn about(event: &Event, text: &str, language: Language) -> String {
    let whom = event.account.as_deref().unwrap_or("draftkeep");
    match (&event.details.target, language) {
        (Some(target), Language::Chinese) => format!("通知目标 {target}：{text}"),
        (Some(target), Language::English) => format!("Target {target}: {text}"),
        (None, Language::Chinese) => format!("{whom}：{text}"),
        (None, Language::English) => format!("{whom}: {text}"),
    }
}

/// Says what is wrong with an account or with the service, and why, in one line.
pub(super) fn line(whom: &str, active: &ActiveCondition, language: Language) -> String {
    let words = words(active.condition, language)[0];
    let colon = match language {
        Language::Chinese => "：",
        Language::English => ": ",
    };
    let reason = active.details.reason.iter().map(String::as_str);
    [whom, words].into_iter().chain(reason).collect::<Vec<_>>().join(colon)
}

fn words(condition: Condition, language: Language) -> [&'static str; 2] {
    match language {
        Language::Chinese => match condition {
            Condition::Credentials => {
                ["微信不接受 AppSecret 或 access_token", "微信又接受 AppSecret 或 access_token 了"]
            }
            Condition::Whitelist => ["这台服务器的 IP 不在 IP 白名单里", "这台服务器的 IP 已在白名单里"],
            Condition::Quota => ["今天的接口调用次数用完了", "接口又可以调用了"],
            Condition::Verification => ["公众号没有草稿箱的接口权限", "公众号又有草稿箱的接口权限了"],
            Condition::Blocked => ["微信不接受这个公众号的接口调用", "微信又接受接口调用了"],
            Condition::Late => ["草稿没有按时读取", "草稿又能按时读取了"],
            Condition::BoxEmptied => ["草稿箱里一下子少了很多草稿，正在核实", "少了的草稿已经核实清楚"],
            Condition::PicturesLost => ["有图片下载不了", "图片又能下载了"],
            Condition::RestoreCutOff => ["有一次恢复中断了，等待处理", "中断的恢复已经处理完"],
            Condition::ArchiveTrouble => ["有内容写不进存档", "存档又能正常写入了"],
            Condition::DiskNearlyFull => ["存档所在的磁盘快满了", "存档所在的磁盘又有空间了"],
            Condition::TargetParked => ["对方拒收消息", "消息又能送达了"],
            Condition::TargetStuck => ["消息积压超过 15 分钟，还没送达", "积压的消息已经送达"],
            Condition::CopyFailed => ["存档的异地副本没有做成", "存档的异地副本又能做成了"],
            Condition::ProofFailed => ["存档没有通过每晚的自检", "存档又通过了每晚的自检"],
            Condition::MirrorFailed => ["镜像目录没能同步", "镜像目录又同步好了"],
        },
        Language::English => match condition {
            Condition::Credentials => ["the platform refuses the credentials", "the credentials work again"],
            Condition::Whitelist => [
                "this machine's address is not in the IP whitelist",
                "this machine's address is in the IP whitelist again",
            ],
            Condition::Quota => ["a daily limit of calls is used up", "calls are possible again"],
            Condition::Verification => {
                ["the account may not use the draft box", "the account may use the draft box again"]
            }
            Condition::Blocked => ["the platform accepts no calls", "the platform accepts calls again"],
            Condition::Late => ["drafts were not read as promised", "drafts are read as promised again"],
            Condition::BoxEmptied => [
                "many drafts vanished at once; nothing is concluded yet",
                "the question of the vanished drafts is settled",
            ],
            Condition::PicturesLost => ["pictures cannot be downloaded", "pictures can be downloaded again"],
            Condition::RestoreCutOff => ["a restore was cut off, and waits", "the restore that was cut off is settled"],
            Condition::ArchiveTrouble => ["something could not be archived", "everything can be archived again"],
            Condition::DiskNearlyFull => ["the archive's disk is nearly full", "the archive's disk has room again"],
            Condition::TargetParked => ["it refuses messages", "it accepts messages again"],
            Condition::TargetStuck => {
                ["messages wait for more than 15 minutes and do not arrive", "the messages that waited have arrived"]
            }
            Condition::CopyFailed => ["the archive could not be copied", "the archive is copied again"],
            Condition::ProofFailed => {
                ["the archive did not pass the proof of the night", "the archive passes the proof of the night again"]
            }
            Condition::MirrorFailed => ["the mirror is not up to date", "the mirror is up to date again"],
        },
    }
}
