//! What is wrong with an account or with the service, in words. Each in both languages.

use chrono_tz::Tz;

use crate::archive::Event;
use crate::model::{ActiveCondition, Condition, Language};

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
    let details = &event.details;
    let mut lines = Vec::new();
    if let Some(address) = &details.address {
        lines.push(match language {
            Language::Chinese => format!("请在公众平台的 IP 白名单里加入 {address}"),
            Language::English => format!("Enter {address} in the IP whitelist of the account"),
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
        lines.extend(quantity(event, count, language));
    }
    lines.extend(details.reason.as_ref().map(|reason| match (event.kind.condition(), language) {
        (Some(Condition::TargetParked), Language::Chinese) => {
            format!("目标：{reason}（原因见 draftkeep notify list）")
        }
        (Some(Condition::TargetParked), Language::English) => {
            format!("Target: {reason}. See why: draftkeep notify list")
        }
        _ => reason.clone(),
    }));
    lines
}

/// Says how many there are. How many bytes are free on a disk is nothing for a chat.
fn quantity(event: &Event, count: u64, language: Language) -> Option<String> {
    let (chinese, english) = match event.kind.condition()? {
        Condition::BoxEmptied => ("篇草稿", "drafts"),
        Condition::PicturesLost => ("张图片", "pictures"),
        Condition::RestoreCutOff => ("次恢复", "restores"),
        _ => return None,
    };
    Some(match language {
        Language::Chinese => format!("涉及 {count} {chinese}"),
        Language::English => format!("Number of {english}: {count}"),
    })
}

fn about(event: &Event, text: &str, language: Language) -> String {
    let whom = event.account.as_deref().unwrap_or("draftkeep");
    match language {
        Language::Chinese => format!("{whom}：{text}"),
        Language::English => format!("{whom}: {text}"),
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
            Condition::Credentials => ["平台拒绝了 AppSecret 或 access_token", "AppSecret 或 access_token 又可以用了"],
            Condition::Whitelist => ["本机 IP 不在公众号的 IP 白名单里", "IP 白名单问题已解决"],
            Condition::Quota => ["今天的接口调用次数已用完", "接口调用次数已恢复"],
            Condition::Verification => ["公众号没有草稿箱的接口权限", "草稿箱的接口权限已恢复"],
            Condition::Blocked => ["平台暂停了公众号的接口调用", "接口调用已恢复"],
            Condition::Late => ["草稿没有按时读取", "草稿又能按时读取了"],
            Condition::BoxEmptied => ["草稿箱突然少了很多草稿，正在核实", "草稿箱数量异常已核实"],
            Condition::PicturesLost => ["有图片无法下载", "图片又可以下载了"],
            Condition::RestoreCutOff => ["有一次恢复中断，等待处理", "中断的恢复已处理"],
            Condition::ArchiveTrouble => ["有内容无法写入存档", "存档写入已恢复"],
            Condition::DiskNearlyFull => ["存档所在的磁盘快满了", "磁盘空间已恢复"],
            Condition::TargetParked => ["有通知目标拒收消息", "通知目标又能收到消息了"],
            Condition::CopyFailed => ["存档的异地副本没有做成", "存档的异地副本又能做成了"],
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
            Condition::TargetParked => ["a target of notifications refuses them", "notifications are accepted again"],
            Condition::CopyFailed => ["the archive could not be copied", "the archive is copied again"],
        },
    }
}
