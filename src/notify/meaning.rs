//! What a refusal or a failure means, in words: what happened, and what to do.

use crate::model::Language;

/// What a refusal or a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The target is busy or has an error of its own.
    Busy,
    /// Too many messages in a short time.
    TooOften,
    /// No connection, so nothing was sent.
    NotReached,
    /// The server's certificate is not trusted.
    Certificate,
    /// The request was sent, and no answer came.
    NoAnswer,
    /// Something else than the target answered, such as a gateway.
    NotUnderstood,
    /// The target sends its callers to another address, which is never followed.
    Redirected,
    /// There is nothing under the address, or it was removed.
    AddressWrong,
    /// The robot does not know the key, or was removed.
    RobotUnknown,
    /// The robot is stopped.
    RobotStopped,
    /// The signature does not match: the secret, or the clock.
    SignatureWrong,
    /// The target's keyword is not in the message.
    KeywordMissing,
    /// This machine's address is not allowed.
    IpNotAllowed,
    /// The target asks for a login.
    NotAuthorized,
    /// The message is too long.
    TooLong,
    /// The target refuses what the message says.
    ContentRefused,
    /// The target does not understand the message.
    InvalidRequest,
    /// The target passes messages on, and knows nowhere to pass them to.
    NothingConfigured,
    /// The target passes messages on, and did not get it to all.
    PartlySent,
    /// The server offers no encryption.
    NoEncryption,
    /// The mail server refuses the user name or the password.
    LoginRefused,
    /// The mail server refuses the sender.
    SenderRefused,
    /// The mail server refuses a recipient.
    RecipientRefused,
    /// The command cannot be started.
    CommandNotStarted,
    /// The command ended with an error.
    CommandFailed,
    /// The command did not end in time.
    CommandTimedOut,
    /// What is configured for the target cannot work.
    Misconfigured,
    /// The address or the secret of the target cannot be read.
    SecretNotReadable,
    /// The archive is damaged where it holds what the message tells of.
    FactsDamaged,
    /// A code that nobody listed.
    Unknown,
}

impl Meaning {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::Busy,
        Self::TooOften,
        Self::NotReached,
        Self::Certificate,
        Self::NoAnswer,
        Self::NotUnderstood,
        Self::Redirected,
        Self::AddressWrong,
        Self::RobotUnknown,
        Self::RobotStopped,
        Self::SignatureWrong,
        Self::KeywordMissing,
        Self::IpNotAllowed,
        Self::NotAuthorized,
        Self::TooLong,
        Self::ContentRefused,
        Self::InvalidRequest,
        Self::NothingConfigured,
        Self::PartlySent,
        Self::NoEncryption,
        Self::LoginRefused,
        Self::SenderRefused,
        Self::RecipientRefused,
        Self::CommandNotStarted,
        Self::CommandFailed,
        Self::CommandTimedOut,
        Self::Misconfigured,
        Self::SecretNotReadable,
        Self::FactsDamaged,
        Self::Unknown,
    ];

    /// Returns the word for programs.
    pub fn as_str(self) -> &'static str {
        self.row()[0]
    }

    /// Finds the meaning with that word.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meaning| meaning.as_str() == word)
    }

    /// Says what happened and what to do.
    pub fn words(self, language: Language) -> &'static str {
        match language {
            Language::English => self.row()[1],
            Language::Chinese => self.row()[2],
        }
    }

    /// The word for programs, English and Chinese.
    fn row(self) -> [&'static str; 3] {
        match self {
            Self::Busy => {
                ["busy", "The target is busy or has an error. It is tried again.", "对方繁忙或出错，稍后自动重试。"]
            }
            Self::TooOften => [
                "too_often",
                "The target got too many messages in a short time. Messages wait, and are sent together later.",
                "发送过于频繁，消息先留存，稍后合并发送。",
            ],
            Self::NotReached => [
                "not_reached",
                "The target cannot be reached. It is tried again. Check the network, the proxy, and whether the server runs.",
                "连不上对方，稍后自动重试。请检查网络、代理，以及对方服务是否在运行。",
            ],
            Self::Certificate => [
                "certificate",
                "The certificate of the target is not trusted here. Check the clock of this machine, and that the CA is installed.",
                "对方的证书不受信任。请检查本机时间，以及是否已安装所需的 CA 证书。",
            ],
            Self::NoAnswer => [
                "no_answer",
                "The request was sent, and no answer came. The message may have arrived.",
                "请求已发出但没有收到应答，消息可能已经送达。",
            ],
            Self::NotUnderstood => [
                "not_understood",
                "The answer is not one of this kind of target; a gateway may have answered in its place. Check the address and the proxy.",
                "应答不像是此类目标发出的，可能是网关代答。请检查地址和代理设置。",
            ],
            Self::Redirected => [
                "redirected",
                "The target redirects to another address, which is not followed. Configure the final address.",
                "对方要求跳转到其他地址，程序不会跟随。请直接填写最终地址。",
            ],
            Self::AddressWrong => [
                "address_wrong",
                "Nothing takes messages at this address: it is wrong, or what was there has been removed. Copy the whole address again.",
                "这个地址收不了消息：地址不对，或接收端已被删除。请重新复制完整地址。",
            ],
            Self::RobotUnknown => [
                "robot_unknown",
                "The key in the address is wrong, or the robot was removed. Copy the whole address from the robot's settings again.",
                "地址中的密钥不对，或机器人已被移除。请到机器人设置里重新复制完整地址。",
            ],
            Self::RobotStopped => [
                "robot_stopped",
                "The robot is stopped, or its group is gone. Turn it on again in the group, or add a new robot.",
                "机器人已停用，或所在的群已解散。请在群里重新启用，或新建机器人。",
            ],
            Self::SignatureWrong => [
                "signature_wrong",
                "The signature does not match. Copy the robot's secret again, and check the clock of this machine.",
                "签名校验失败。请重新复制机器人的加签密钥，并检查本机时间。",
            ],
            Self::KeywordMissing => [
                "keyword_missing",
                "The robot only takes messages with its keyword. Remove the keyword in the robot's settings, or use a signature instead.",
                "机器人要求消息含有自定义关键词。请在机器人设置里去掉关键词，改用加签。",
            ],
            Self::IpNotAllowed => [
                "ip_not_allowed",
                "The address of this machine is not on the robot's list. Add it in the robot's settings.",
                "本机 IP 不在机器人的白名单里。请在机器人设置里加上。",
            ],
            Self::NotAuthorized => [
                "not_authorized",
                "The target refuses access. Check the user name, the password or the token in the address.",
                "对方拒绝访问。请检查地址里的用户名、密码或令牌。",
            ],
            Self::TooLong => ["too_long", "The message is too long for the target.", "消息太长，对方不接受。"],
            Self::ContentRefused => [
                "content_refused",
                "The target refuses what the message says, such as a word or a link.",
                "消息内容（如敏感词或链接）被对方拒绝。",
            ],
            Self::InvalidRequest => [
                "invalid_request",
                "The target does not accept the form of the message. Check that the address belongs to this kind of target.",
                "对方不接受这种消息格式。请确认地址与目标类型一致。",
            ],
            Self::NothingConfigured => [
                "nothing_configured",
                "The service has no receiver for this key. Add one in its configuration.",
                "该服务在此密钥下没有配置任何接收方，请先添加。",
            ],
            Self::PartlySent => [
                "partly_sent",
                "The service did not deliver to all of its receivers. See its log.",
                "该服务未能送达全部接收方，请查看它的日志。",
            ],
            Self::NoEncryption => [
                "no_encryption",
                "The mail server offers no encryption, so nothing was sent. Use its port for TLS (465), or one with STARTTLS (587).",
                "邮件服务器不支持加密，邮件未发送。请改用 TLS 端口（465）或支持 STARTTLS 的端口（587）。",
            ],
            Self::LoginRefused => [
                "login_refused",
                "The mail server refuses the login. Many providers want an authorisation code in place of the password.",
                "邮件服务器拒绝登录。许多邮箱要求用授权码代替密码。",
            ],
            Self::SenderRefused => [
                "sender_refused",
                "The mail server refuses the sender. With many providers it must be the address of the login.",
                "邮件服务器拒绝该发件人。许多邮箱要求发件人与登录账号一致。",
            ],
            Self::RecipientRefused => [
                "recipient_refused",
                "The mail server refuses a recipient. Check the address.",
                "邮件服务器拒绝某个收件人，请检查其地址。",
            ],
            Self::CommandNotStarted => [
                "command_not_started",
                "The command cannot be started. Check its path and that it may be executed.",
                "命令无法启动。请检查路径和执行权限。",
            ],
            Self::CommandFailed => [
                "command_failed",
                "The command ended with an error. Run it by hand to see why.",
                "命令执行失败。请手动运行查看原因。",
            ],
            Self::CommandTimedOut => [
                "command_timed_out",
                "The command did not end in time, and was ended with all that it had started.",
                "命令超时未结束，已连同其子进程一起终止。",
            ],
            Self::Misconfigured => [
                "misconfigured",
                "The target is not configured in a way that can work.",
                "该目标的配置有误，无法使用。",
            ],
            Self::SecretNotReadable => [
                "secret_not_readable",
                "The address or the secret of the target cannot be read. It is tried again. Check the file and who may read it.",
                "读不到该目标的地址或密钥，稍后自动重试。请检查所在的文件和读取权限。",
            ],
            Self::FactsDamaged => [
                "facts_damaged",
                "What the message tells of cannot be read from the archive. draftkeep verify says what is damaged.",
                "消息所说的内容在存档里已损坏，无法读取。请运行 draftkeep verify 查看。",
            ],
            Self::Unknown => [
                "unknown",
                "The target refuses the message for a reason that is not known here. It is tried again.",
                "对方以未知的原因拒绝了消息，稍后自动重试。",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_meaning_has_words_of_its_own() {
        let words: HashSet<_> = Meaning::ALL.iter().flat_map(|meaning| meaning.row()).collect();
        assert_eq!(words.len(), 3 * Meaning::ALL.len());
        for meaning in Meaning::ALL {
            assert!(!meaning.words(Language::English).is_empty() && meaning.words(Language::Chinese).contains('。'));
        }
    }
}
