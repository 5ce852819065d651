//! The texts of the pages, each in both languages. `{}` stands for what is filled in.

use std::ops::RangeInclusive;

use crate::diff::{Counts, name_in_chinese, value_in_chinese};
use crate::model::{DraftState, Language};

impl Language {
    /// Chooses by the header `Accept-Language`: the first one of ours; Chinese where there is none.
    pub(super) fn of_browser(accepted: &str) -> Self {
        let languages = accepted.split(',').filter_map(|language| language.trim().get(..2));
        languages.filter_map(|code| Self::of_code(&code.to_ascii_lowercase())).next().unwrap_or_default()
    }

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }
}

macro_rules! texts {
    ($($name:ident: $chinese:literal, $english:literal;)*) => {
        /// All texts of one language.
        pub(super) struct Texts {
            $(pub(super) $name: &'static str,)*
        }
        static CHINESE: Texts = Texts { $($name: $chinese,)* };
        static ENGLISH: Texts = Texts { $($name: $english,)* };
        #[cfg(test)]
        const BOTH: &[(&str, &str, &str)] = &[$((stringify!($name), $chinese, $english),)*];
    };
}

texts! {
    language: "中文", "English";
    skip: "跳到正文", "Skip to the content";
    accounts: "公众号", "Accounts";
    log_in: "登录", "Log in";
    log_out: "退出登录", "Log out";
    enter: "进入", "Enter";
    password: "密码", "Password";
    link_works_once: "这个链接只能用一次。", "This link works once.";
    ask_for_link: "请向管理员要一个登录链接。管理员在服务器上运行：", "Ask the operator for a login link. The operator runs on the server:";
    wrong_password: "密码不对。", "The password is wrong.";
    used_link: "这个链接已经用过，或者过期了。请再要一个。", "This link was used, or its time is over. Ask for a new one.";
    no_password: "没有设置密码，请用登录链接。", "There is no password; use a login link.";
    password_not_readable: "服务器读不到密码设置，请告诉管理员。", "The server cannot read its password; tell the operator.";
    wait: "输错的次数太多，请过 {} 秒再试。", "Too many wrong passwords. Try again in {} seconds.";
    not_found: "没有这个页面", "There is no such page";
    not_allowed: "这个页面不接受这种请求", "This page does not take such a request";
    not_logged_in: "请先登录", "Log in first";
    other_site: "这个请求不是从本站的页面发出的，没有执行", "This request did not come from a page of this site, so nothing was done";
    bad_form: "表单不完整，没有执行", "The form is not complete, so nothing was done";
    too_large: "提交的内容太大，没有执行", "What was sent is too large, so nothing was done";
    too_slow: "提交得太慢，没有执行", "The form took too long, so nothing was done";
    damaged: "存档的这一部分损坏了，其余的可以照常看", "This part of the archive is damaged; the rest can be read";
    archive_not_readable: "现在读不了存档，请稍后再试，或告诉管理员", "The archive cannot be used now. Try again later, or tell the operator";
    internal: "程序出错了，请告诉管理员", "The program made a mistake; tell the operator";
    back_to_start: "回到首页", "Back to the start";
    other_versions: "看看这篇草稿的其他版本", "See the other versions of this draft";
    all_is_well: "一切正常，草稿都在保存。", "All is well: the drafts are being kept.";
    not_watched: "配置里已经没有这个公众号；保存过的草稿还在。", "The configuration has no such account any more; the drafts that were kept are here.";
    no_accounts: "还没有公众号。", "There are no accounts yet.";
    tell_operator: "请告诉管理员", "Tell the operator";
    drafts_in_box: "草稿箱里 {} 篇", "{} in the draft box";
    drafts_lost: "不在了 {} 篇", "{} lost";
    drafts_published: "已发表 {} 篇", "{} published";
    last_read: "上次读取：", "Last read: ";
    show_all: "全部", "All";
    show_today: "今天改过", "Changed today";
    show_lost: "不在草稿箱里", "Lost";
    show_published: "已发表", "Published";
    no_drafts: "没有这样的草稿。", "There are no such drafts.";
    unreadable_drafts: "有 {} 篇草稿读不出来。", "{} drafts cannot be read.";
    no_title: "（无标题）", "(no title)";
    live: "在草稿箱里", "in the draft box";
    missing: "刚才没找到，正在确认", "not found, to be confirmed";
    published: "已发表", "published";
    deleted: "已删除", "deleted";
    gone: "不在草稿箱里了", "gone from the draft box";
    taken_back: "撤销恢复时删掉了", "deleted by an undo";
    versions: "{} 个版本", "{} versions";
    one_version: "1 个版本", "1 version";
    changed: "最后修改：", "Last change: ";
    version: "第 {} 版", "Version {}";
    newest: "最新", "newest";
    saved_often: "这段时间还保存了 {} 次", "Saved {} more times in this while";
    older_versions: "更早的版本", "Older versions";
    first_version: "第一版", "First version";
    change_after_damage: "看不出改了什么：前一版读不出来", "What changed is not known: the version before cannot be read";
    change_after_pruned: "看不出改了什么：前一版已清理", "What changed is not known: the version before was pruned";
    change_after_lost: "看不出改了什么：前一版已丢失", "What changed is not known: the version before is lost";
    change_after_missing: "看不出改了什么：前一版不在存档里", "What changed is not known: the version before is not in the archive";
    lost_version: "第 {} 版已丢失：存档损坏过，修复时没能找回", "Version {}: lost. The archive was damaged, and its repair did not find it";
    lost_version_range: "第 {}–{} 版已丢失：存档损坏过，修复时没能找回", "Versions {}–{}: lost. The archive was damaged, and its repair did not find them";
    doubtful: "存档损坏了：草稿的状态、时间等信息可能不对，也可能缺了某些版本，请告诉管理员", "The archive is damaged: states, times and other facts about a draft may be wrong, and versions may be missing. Tell the operator";
    version_damaged: "这一版损坏了：", "This version is damaged: ";
    restored_from: "从第 {} 版恢复", "Restored from version {}";
    restored_elsewhere: "从别的草稿恢复", "Restored from another draft";
    writes: "等待同意的写入", "Writes that wait for a yes";
    writes_waiting: "有 {} 个写入等待同意", "Writes that wait for a yes: {}";
    no_writes: "没有等待同意的写入。", "No write waits.";
    write_number: "第 {} 号写入", "Write {}";
    write_until: "有效到：", "Waits until: ";
    write_reason: "理由：", "Reason: ";
    write_changes: "会改动什么", "What it would change";
    write_text: "新草稿的内容", "What the new draft would say";
    write_stale: "提出请求以后，草稿又有改动。", "The draft was changed since this was asked for.";
    say_yes: "同意，现在写入", "Yes, write it now";
    say_no: "拒绝", "No";
    approval_is_off: "从网页同意没有打开。管理员可以在配置里打开：[web] allow_restore = true。", "Saying yes from the page is off. The operator can allow it with [web] allow_restore = true.";
    how_to_approve: "管理员可以在服务器上运行：", "The operator can run on the server:";
    how_to_undo: "要撤销，请管理员在服务器上运行：", "To take it back, the operator runs on the server:";
    write_runs: "正在写入", "It is being written";
    write_goes_on: "可以关掉这个页面，写入会继续；这个地址会告诉您结果。", "You may close this page; the write goes on, and this address tells how it ended.";
    write_done: "已写入", "Written";
    write_cut_off: "写入中断了，结果还不清楚", "It was cut off, and how far it came is not known yet";
    write_partly: "只写入了一部分", "Only a part was written";
    write_failed: "微信没有接受，什么都没有写入", "WeChat refused it, and nothing was written";
    write_unknown: "微信的回答没有收到，不知道有没有写入", "WeChat's answer was lost, so nobody knows whether it was written";
    write_refused: "没有写入：草稿已经不是程序看到的样子，或者内容不合要求", "Nothing was written: the draft is not what the program saw, or what it sent cannot be written";
    write_denied: "已拒绝，什么都没有写入", "Denied, and nothing was written";
    write_lapsed: "已过期，什么都没有写入", "Its time is over, and nothing was written";
    decided_by: "决定人：", "Decided by: ";
    nothing_written: "没有写入", "Nothing was written";
    back_to_write: "回到这个写入", "Back to the write";
    failed_no_write: "现在不能写入。", "It cannot be written now.";
    written_by: "由程序写入：", "Written by a program: ";
    pruned: "第 {} 版已于 {} 清理，内容不再保留。", "Version {} was pruned on {}; its content is not kept any more.";
    pinned: "已标记保留", "Pinned";
    see_changes: "看改动", "See what changed";
    compare_newest: "和最新一版比较", "Compare with the newest version";
    previous: "← 上一版", "← Older";
    next: "下一版 →", "Newer →";
    next_page: "下一页", "Next page";
    observed: "看到的时间：", "Seen: ";
    draft_below: "以下是草稿内容", "What follows is the draft";
    full_screen: "全屏看", "Full screen";
    restorable_fully: "可以完整恢复到草稿箱", "It can be restored to the draft box in full";
    restorable_with_losses: "可以恢复到草稿箱，但有些内容带不回去：", "It can be restored to the draft box, but not all of it:";
    restorable_not: "不能用接口恢复，只能手工粘贴：", "It cannot be restored through the API, only pasted by hand:";
    how_to_restore: "要恢复这一版，请管理员在服务器上运行：", "To restore this version, the operator runs on the server:";
    wrong_hash: "内容和保存时的指纹不一致，请告诉管理员。", "The content does not have the hash that it was kept with; tell the operator.";
    from_to: "第 {} 版 → 第 {} 版", "Version {} → version {}";
    nothing_differs: "没有不同。", "Nothing differs.";
    article_added: "新增的文章", "Article added";
    article_removed: "删掉的文章", "Article removed";
    article_moved: "换了位置", "Moved";
    formatting_only: "文字没变，只改了排版", "The text is the same; only its look changed";
    paragraphs_moved: "挪动了 {} 段", "{} paragraphs moved";
    picture: "［图］", "[picture]";
    picture_not_held: "没有存下来", "picture not held";
    source_link: "原文链接", "link";
    empty: "（空）", "(empty)";
    left_out: "……没有改动的 {} 字……", "… {} characters that did not change …";
    legend_added: "新增", "added";
    legend_removed: "删除", "removed";
    legend_replaced: "替换", "replaced";
    legend_moved_here: "移到这里", "moved here";
    legend_moved_away: "从这里移走", "moved away";
    legend_look: "排版：", "look: ";
    legend_look_alone: "排版", "look";
    legend_moved: "移动", "moved";
    comma: "、", ", ";
    colon: "：", ": ";
    blocks_unchanged: "有 {} 段没有改动", "{} blocks did not change";
    view_merged: "合并", "Merged";
    view_sides: "左右对照", "Side by side";
    view_changes: "只看改动", "Only changes";
    view_newer: "只看新的", "Only the new";
    view_older: "只看旧的", "Only the old";
    view_text: "文字", "Text";
    only_tags: "公众平台的编辑器改写了 {} 处标签，文字没有变。", "The platform's editor rewrote {} tags; the text is the same.";
    rough: "文章太长，只比较了整段。", "The article is so long that only whole blocks were compared.";
    all_changes: "{} 处改动", "{} changes";
    one_change: "1 处改动", "1 change";
    more_changes: "另外 {} 处没有列出。", "{} more are not listed.";
    times_in: "时间都按 {}", "Times are {}";
    keys: "快捷键", "Keys";
    key_versions: "← → 上一版、下一版", "← → older and newer version";
    key_changes: "n p 下一处、上一处改动", "n p next and previous change";
    key_sides: "空格 只看新、只看旧、都看", "space: only the new text, only the old text, both";
    key_items: "j k 下一项、上一项", "j k next and previous item";
    key_help: "? 快捷键", "? keys";
    today: "今天", "Today";
    yesterday: "昨天", "Yesterday";
    shared_until: "这个链接不用登录，只显示这里的内容，有效期至：", "This link needs no login and shows only this, until ";
    shared_over: "这个链接已经过期，或者不完整", "This link is over, or not complete";
    by_link: "链接登录", "link";
    by_password: "密码登录", "password";
    count_characters: "{} 字", "{} characters";
    count_pictures: "图 {}", "pictures {}";
    count_articles: "文章 {}", "articles {}";
    count_order: "文章换了顺序", "articles reordered";
    count_nothing: "没有看得见的改动", "nothing that shows";
    count_field: "{}改了", "{} changed";
    restore_this: "恢复第 {} 版…", "Restore version {} …";
    restore_version: "恢复第 {} 版", "Restore version {}";
    restore_number: "恢复记录 {}", "Restore {}";
    draft_number: "草稿 {}", "Draft {}";
    goes_to: "恢复到公众号 {} 的草稿箱，会发送：", "It goes to the draft box of {}. What is sent:";
    needs_pictures: "需要 {} 张图片，存档里有 {} 张；微信那边没有的会重新上传。", "Pictures that it needs: {}; in the archive: {}. Those that WeChat no longer has are uploaded.";
    finding_stop: "微信一定会拒绝：", "WeChat would refuse it:";
    finding_risk: "微信可能会拒绝：", "WeChat may refuse it:";
    finding_loss: "这些内容带不回去：", "This cannot come through:";
    as_new_draft: "恢复为一篇新草稿", "As a new draft";
    as_new_draft_how: "草稿箱里会多出一篇，现有的草稿不变。可以撤销。", "The draft box gets another draft; the present ones stay as they are. It can be undone.";
    restore_as_new: "恢复为新草稿", "Restore as a new draft";
    restore_again: "再恢复一篇", "Make another draft";
    made_before: "这一版已经恢复过，那篇草稿还在草稿箱里：", "This version was restored before, and that draft is still in the draft box:";
    in_place: "覆盖现在的草稿", "Over the present draft";
    in_place_how: "先读取草稿现在的内容并存档，再让您确认。可以撤销。", "The present content is read and kept first, and you confirm it then. It can be undone.";
    in_place_plan: "读取现在的内容…", "Read the present content …";
    live_is: "草稿现在的内容已存为第 {} 版。", "The present content is kept as version {}.";
    nothing_to_write: "草稿现在就是这一版的内容，不用恢复。", "The draft has this content already; there is nothing to restore.";
    articles_to_write: "会覆盖 {} 篇文章（共 {} 篇）。", "{} of {} articles are overwritten.";
    restore_in_place: "覆盖现在的草稿", "Overwrite the present draft";
    as_files: "下载文件，手工粘贴", "As files, to paste by hand";
    as_files_how: "粘贴用的网页带着图片，下载后用浏览器打开，按按钮复制，再粘贴到公众平台的编辑器里。", "Open the page to paste from in a browser: its buttons copy each article with its pictures for WeChat's editor.";
    file_to_paste: "粘贴用的网页（带图片）", "Page to paste from, with its pictures";
    file_text: "纯文字", "Plain text";
    file_original: "微信接口的原始内容", "The platform's answer as it was";
    login_is_old: "您的登录超过 15 分钟了。恢复到草稿箱之前，请再登录一次；登录后会回到原来的页面。", "Your login is more than 15 minutes old. To restore into the draft box, log in once more; you come back to the same page then.";
    restore_is_off: "这里不能恢复到草稿箱", "Restoring to the draft box is off";
    restore_is_off_why: "从网页恢复到草稿箱没有打开。管理员可以在配置里打开：[web] allow_restore = true。文件随时可以下载。", "Restoring from the page is off. The operator can allow it with [web] allow_restore = true. Files can always be downloaded.";
    back_to_plan: "返回", "Back";
    look_again: "再看一次", "Look again";
    nothing_restored: "没有恢复", "Nothing was restored";
    nothing_undone: "没有撤销", "Nothing was undone";
    article_number: "第 {} 篇：", "article {}: ";
    details: "详细原因", "Details";
    operator_details: "给管理员的技术信息", "Details";
    restore_kind_new: "新草稿", "a new draft";
    restore_kind_in_place: "覆盖原草稿", "over its draft";
    restore_kind_undo: "撤销", "undoes";
    restore_runs: "正在恢复……", "The restore runs …";
    page_may_be_closed: "可以关掉这个页面，恢复会继续；这个地址会告诉您结果。", "You may close this page; the restore goes on, and this address tells how it ended.";
    restore_done: "恢复好了，已经在草稿箱里。", "Done: it is in the draft box.";
    restore_deleted: "已撤销：那篇草稿从草稿箱里删掉了，内容还在存档里。", "Undone: the draft was deleted from the draft box. The archive has its content.";
    restore_cut_off: "恢复中断了，没有做完。可以接着做，不会重复。", "It was interrupted. It can be completed; nothing is done twice.";
    restore_delete_unknown: "微信没有答复，不知道草稿删掉了没有。可以接着做完，不会重复。", "WeChat did not answer, and nobody knows whether the draft was deleted. Complete it; nothing is done twice.";
    restore_failed: "没有恢复成功，草稿箱没有变。", "It failed, and the draft box is as it was.";
    see_result: "看恢复后的草稿", "See the restored draft";
    not_read_back: "草稿已经做好，但没能读回来检查。如果不要它，请在公众平台的草稿箱里删除：", "The draft was made, but could not be read back. If nobody needs it, delete it in WeChat's draft box:";
    content_before: "恢复之前的内容：", "What the draft said before: ";
    try_again: "再试一次", "Try again";
    complete: "接着做完", "Complete it";
    undo: "撤销这次恢复", "Undo this restore";
    undo_new_how: "撤销会删掉恢复出来的那篇草稿；如果有人改过它，就不删。", "Undo deletes the draft that was made, unless somebody has edited it since.";
    undo_in_place_how: "撤销会放回恢复之前的内容；如果有人又改过，就不放回。", "Undo puts back what the draft said before, unless somebody has edited it since.";
    was_undone: "这次恢复已经撤销：", "It was undone: ";
    read_back: "读回来检查的结果", "What was read back";
    all_came_through: "全部恢复了。", "All of it came through.";
    not_all_came_through: "有些内容和存档不一样：", "Some of it is not as it was:";
    verdict_same: "相同", "same";
    verdict_rewritten: "写法不同，意思一样", "written in another way";
    verdict_changed: "变了", "changed";
    verdict_lost: "没有了", "lost";
    not_announced: "（事先没有说）", " (the plan did not say so)";
    failed_refused: "微信不接受这份内容，草稿箱没有变。可以下载文件，手工粘贴。", "WeChat does not accept this content; the draft box is as it was. Download the files and paste it by hand.";
    failed_not_allowed: "微信不让这台服务器或这个公众号调用接口（例如 IP 白名单）。请告诉管理员。", "WeChat refuses this server or this account, for example by its IP whitelist. Tell the operator.";
    failed_quota: "今天的接口次数用完了，请明天再试，或者下载文件手工粘贴。", "Today's calls are used up. Try again tomorrow, or paste the files by hand.";
    failed_unreachable: "连不上微信，或者微信太忙。请过几分钟再试。", "WeChat cannot be reached, or is too busy. Try again in some minutes.";
    failed_unknown: "微信没有答复，不知道草稿做好了没有。请过五分钟再试：会先找，不会重复。", "WeChat did not answer, and nobody knows whether the draft was made. Try again in five minutes: it is looked for first.";
    failed_made_before: "这一版已经恢复过，没有再做一篇。", "This version was restored before; no other draft was made.";
    failed_picture: "有一张必需的图片找不到了，没有恢复。可以下载文件，手工粘贴。", "A picture that it needs is lost, so nothing was restored. Download the files and paste it by hand.";
    failed_changed: "刚刚有人又改了这份草稿，请再看一次。什么都没有覆盖，新的内容已经存档。", "Somebody has just edited this draft; look again. Nothing was overwritten, and the new content is kept.";
    failed_plan_ended: "这个确认页已经用过，或者过期了，请再看一次。", "This plan was carried out already, or has ended. Look again.";
    failed_not_there: "这篇草稿已经不在草稿箱里。可以恢复为一篇新草稿。", "The draft is not in the draft box any more. Restore it as a new draft.";
    failed_other_shape: "文章的篇数或类型变了，不能覆盖。可以恢复为一篇新草稿。", "The draft has other articles now and cannot be overwritten. Restore it as a new draft.";
    failed_partly: "只写好了一部分文章。可以接着做完，也可以撤销。", "Only some of the articles were written. Complete it, or undo it.";
    failed_locked: "另一次恢复正在进行，请过一会儿再试。", "Another restore runs. Try again in a moment.";
    failed_archive: "存档现在用不了，请稍后再试，或告诉管理员。", "The archive cannot be used now. Try again later, or tell the operator.";
    failed_not_watched: "配置里已经没有这个公众号，不能恢复到草稿箱。请告诉管理员。", "The configuration has no such account any more. Tell the operator.";
    failed_not_deleted: "有人改过恢复出来的那篇草稿，所以没有删掉。如果不要它，请在公众平台的草稿箱里删除。", "Somebody has edited the restored draft, so it was not deleted. If nobody needs it, delete it in WeChat's draft box.";
    failed_gone_already: "恢复出来的那篇草稿已经不在草稿箱里，不用撤销。", "The restored draft is not in the draft box any more; there is nothing to undo.";
    failed_never_read_back: "恢复出来的草稿没能读回来检查，不知道有没有人改过，所以不会删掉。如果不要它，请在公众平台的草稿箱里删除。", "The restored draft could not be read back, and nobody knows whether it was edited, so it is not deleted. If nobody needs it, delete it in WeChat's draft box.";
    failed_not_put_back: "恢复之后有人又改过这份草稿，所以没有放回原来的内容。要放回，请返回后打开恢复之前的那一版，从那里恢复。", "Somebody has edited the draft since, so what it said before was not put back. To put it back, go back, open the version from before, and restore that.";
    failed_not_completed: "恢复中断之后有人又改过这份草稿，所以没有接着做，新的内容已经存档。请打开想要的那一版，从那里恢复。", "Somebody has edited the draft since the interruption, so the restore does not go on, and the new content is kept. Open the version that you want, and restore that.";
    failed_complete_first: "还不知道草稿做好了没有，不能撤销。请返回后先“接着做完”，再撤销。", "Nobody knows yet whether the draft was made, so it cannot be undone. Go back, complete the restore, and undo it then.";
    failed_not_possible: "这次恢复不能撤销，也不能接着做。", "This restore cannot be undone or completed.";
    told: "通知", "Notifications";
    told_targets: "发给谁", "Who is told";
    told_waiting: "等待发送", "What waits";
    told_messages: "消息", "Messages";
    told_nobody: "还没有设置通知。管理员可以在配置里添加 [[notify]]。", "Nobody is told of anything. The operator can add a [[notify]] to the configuration.";
    told_nothing: "还没有发过消息。", "No message was sent yet.";
    told_nothing_older: "没有更早的消息。", "There are no older messages.";
    told_to: "发给 {}", "to {}";
    told_due: "预计发送：", "Due: ";
    told_tries: "试了 {} 次", "tried {} times";
    told_more: "另有 {} 项", "{} more";
    told_older: "更早的消息", "Older messages";
    target_ok: "正常", "works";
    target_failing: "未送达，会自动重试", "not delivered; it is tried again";
    target_parked: "对方拒收，从 {} 起停止发送", "It refuses everything; nothing is sent since {}";
    target_new: "刚刚设置，尚未启用", "not in use yet";
    target_last_sent: "上次送达：", "Last delivered: ";
    target_waiting: "待发 {} 项", "{} waiting";
    target_wecom: "企业微信", "WeCom";
    target_feishu: "飞书", "Feishu";
    target_dingtalk: "钉钉", "DingTalk";
    target_mail: "邮件", "mail";
    target_exec: "程序", "program";
    target_ping: "监控服务", "outside monitor";
    ping_none: "还没有报告过", "nothing was sent yet";
    ping_proven: "上次报告正常：", "Last proof sent: ";
    ping_failed: "上次没有送达：", "Last failure: ";
    message_sent: "已送达", "delivered";
    message_partly: "已送达，但有人没收到", "delivered, but not to everybody";
    message_waiting: "等待发送", "waiting";
    message_parked: "等待对方恢复", "waiting until the target accepts messages";
    message_sending: "正在发送", "being sent";
    message_uncertain: "不确定是否送达，不再重发", "perhaps delivered; not sent again";
    message_rejected: "对方拒收", "refused";
    severity_warning: "注意", "warning";
    severity_alarm: "警报", "alarm";
    problem_other_appid: "没有读取：存档里这个名字属于另一个 appid", "It is not read: in the archive, this name belongs to another appid";
    problem_config: "新的配置没有通过检查，还在用原来的", "The new configuration was refused; the one before is in force";
    problem_never_polled: "还没有读取过草稿箱", "The draft box was never read";
    problem_overdue: "从 {} 起没有再读取草稿箱", "The draft box was not read since {}";
    problem_drafts_overdue: "有 {} 篇草稿太久没有读取", "{} drafts were not read for too long";
    problem_drafts_failing: "有 {} 篇草稿一直读取失败", "{} drafts could not be read for too long";
    problem_list_overdue: "草稿列表太久没有读取，新建的草稿可能还没有存档", "The list of drafts was not read for too long: new drafts may not be kept yet";
    search: "搜索", "Search";
    search_words: "搜索所有版本", "Search all versions";
    search_help: "搜的是每一篇草稿的每一个版本，删掉的也能搜到。一两个字也行；空格表示都要有，OR 表示有一个就行，减号表示不要。", "Searches each version of each draft, also what was deleted. Blanks mean and, OR means one of both, a minus leaves out.";
    search_empty: "至少要有一个字、字母或数字。", "There has to be at least one letter or digit.";
    search_only_excluded: "不能只写不要的词，还要有一个要找的词。", "There are only words to leave out; add one to look for.";
    search_too_long: "太长了，请只搜几个词或者一句话。", "That is too long; search for a few words or one sentence.";
    search_not_ready: "搜索还在准备，请过一会儿再试。", "The search is being prepared; try again in a while.";
    search_nothing: "没有找到。", "Nothing found.";
    search_type_and: "空格就表示都要有，不用写 AND。", "Blanks mean and: leave out AND.";
    search_type_or: "有一个就行，请用大写的 OR 隔开：早市 OR 菜场", "For one of both, write OR in capitals between them: market OR hall";
    search_type_not: "不要的词，前面加减号：价格 -涨", "To leave out a word, put a minus before it: market -price";
    search_type_field: "这里不分标题和正文，请去掉冒号和它前面的字。标题里有的会排在前面。", "Titles and texts are searched together: leave out the colon and what is before it. Titles come first.";
    search_type_wildcard: "不用写星号，字母和数字本来就从词头找起。", "No star is needed: letters and digits are found from the beginning of a word.";
    search_inside_words: "没有以它开头的单词，以下是在单词中间找到的。", "No word begins like that; it was found inside of words.";
    search_more: "这里是最相关的 {} 篇，可能还有更多；多写几个字会更准。", "These are the best {} drafts; there may be more. More words make it more exact.";
    search_through: "搜索包括到这时为止的所有版本：", "Searched all versions up to ";
    search_unread: "有 {} 个版本读不出来，没有搜索，请告诉管理员。", "{} versions cannot be read, so what they say is not found; tell the operator.";
    search_one_place: "1 处", "1 place";
    search_places: "{} 处", "{} places";
    search_last: "现在没有了，最后在第 {} 版", "lost; last in version {}";
    search_lost: "已经没有的", "Lost";
    search_live: "现在还有的", "Still there";
    search_caption: "图片说明", "picture";
    when: "这句话什么时候没的？", "When did this go?";
    when_sentence: "输入一句话", "A sentence";
    when_never: "这篇草稿的所有版本里都没有这句话。", "No version of this draft says that.";
    when_came: "第 {} 版开始有", "Came with version {}";
    when_came_pruned: "第 {} 版里已经有了（之前的 {} 已清理，最早从哪一版开始有已无从查起）", "In version {} already; {} before it went when old versions were pruned";
    when_went_pruned: "第 {} 版之后、最晚到第 {} 版没有了（中间的 {} 已清理）", "Went between versions {} and {}; {} between them went when old versions were pruned";
    version_number: "第 {} 版", "version {}";
    version_range: "第 {}–{} 版", "versions {}–{}";
    search_pruned: "（另有 {} 个版本已清理，无法搜索）", " (but for {} that were pruned)";
    when_went: "第 {} 版没有了", "Went with version {}";
    when_still: "最新一版（第 {} 版）还有", "The newest version ({}) still has it";
    problem_broken: "从 {} 起读取一再中断", "Reading has broken off since {}";
    problem_clock: "服务器的时钟不准", "The server's clock is wrong";
    problem_blocked: "微信暂时不让读取，{} 再试", "WeChat refuses to be read for now; the next try is at {}";
    problem_not_stored: "有 {} 篇草稿没能保存", "{} drafts could not be kept";
    problem_damaged: "存档有损坏", "The archive is damaged";
    problem_held_back: "有 {} 篇草稿同时不见了，正在确认；请看看公众平台的草稿箱", "{} drafts vanished at once, to be confirmed; look into the draft box";
    problem_restore: "有一次恢复没有做完", "A restore is not complete";
    problem_failing: "从 {} 起读取失败", "Reading has failed since {}";
    problem_spent: "今天的接口次数用完了", "Today's calls are used up";
    problem_target_parked: "通知发不到 {}：对方拒收，修好并重试之前不再发送", "Notifications do not reach {}: it refuses them, and nothing more is sent until that is mended";
    problem_target_stuck: "发往 {} 的通知积压超过 15 分钟", "Notifications to {} have waited for more than 15 minutes";
    problem_copy: "存档的异地副本没有做成，最近一份是 {} 的", "The archive could not be copied to another place; the newest copy is of {}";
    problem_no_copy: "存档的异地副本没有做成，目前一份都没有", "The archive could not be copied to another place, and there is no copy yet";
    copied: "存档最近一次异地备份：", "The archive was last copied to another place ";
    problem_proof: "{} 的每晚自检发现，存档里有内容损坏", "At {}, the proof of the night found that something in the archive is damaged";
    problem_drill: "从 {} 起，恢复演练没有成功", "Since {}, the restore drill fails";
    problem_no_proof: "{} 的每晚自检没能完成", "At {}, the proof of the night could not be made";
    proven: "近 30 天内校验过的版本：{}", "Versions proven within 30 days: {}";
    last_proof: "最近一次校验：", "last proof ";
    compared: "最近一次与草稿箱核对：", "Drafts of the box were last compared with the archive ";
    problem_ping: "没能向监控服务 {} 报告运行状态", "The outside monitor {} could not be told that the service works";
}

impl Texts {
    pub(super) fn is_chinese(&self) -> bool {
        std::ptr::eq(self, &CHINESE)
    }

    pub(super) fn state(&self, state: DraftState) -> &'static str {
        match state {
            DraftState::Live => self.live,
            DraftState::Missing => self.missing,
            DraftState::Published => self.published,
            DraftState::Deleted => self.deleted,
            DraftState::Gone => self.gone,
        }
    }

    pub(super) fn version_count(&self, versions: u64) -> String {
        if versions == 1 { self.one_version.to_owned() } else { filled(self.versions, versions) }
    }

    pub(super) fn lost_versions(&self, run: &RangeInclusive<u64>) -> String {
        match (run.start(), run.end()) {
            (first, last) if first == last => filled(self.lost_version, first),
            (first, last) => filled(&filled(self.lost_version_range, first), last),
        }
    }

    /// Returns the name of a field of a comparison, or of what is compared after a restore.
    pub(super) fn field<'a>(&self, name: &'a str) -> &'a str {
        match name.strip_prefix("other: ") {
            Some(name) => name,
            // The link below the article, not one in it.
            None if name == "link" => self.source_link,
            None => self.name(name),
        }
    }

    /// Returns the name of what is compared in a body.
    pub(super) fn name<'a>(&self, name: &'a str) -> &'a str {
        if self.is_chinese() { name_in_chinese(name) } else { name }
    }

    /// Returns a value of such a field, as people read it.
    pub(super) fn value<'a>(&self, field: &str, value: &'a str) -> &'a str {
        if self.is_chinese() { value_in_chinese(field, value) } else { value }
    }

    /// Names somebody who asked for a restore: a user of the proxy, or the way in.
    pub(super) fn user<'a>(&self, name: &'a str) -> &'a str {
        match name {
            "link" => self.by_link,
            "password" => self.by_password,
            other => other,
        }
    }

    /// Says how much changed, in a line.
    pub(super) fn counts(&self, counts: &Counts) -> String {
        let characters = signed(counts.added, counts.removed).map(|count| filled(self.count_characters, count));
        let pictures =
            signed(counts.pictures_added, counts.pictures_removed).map(|count| filled(self.count_pictures, count));
        let articles =
            signed(counts.articles_added, counts.articles_removed).map(|count| filled(self.count_articles, count));
        let order = counts.reordered.then(|| self.count_order.to_owned());
        let fields = counts.fields.iter().map(|field| filled(self.count_field, self.field(field)));
        let look = (counts.formatting && characters.is_none()).then(|| self.formatting_only.to_owned());
        let all: Vec<String> =
            articles.into_iter().chain(order).chain(fields).chain(characters).chain(pictures).chain(look).collect();
        if all.is_empty() { self.count_nothing.to_owned() } else { all.join(" · ") }
    }
}

/// Puts a value into the place of `{}`.
pub(super) fn filled(text: &str, value: impl std::fmt::Display) -> String {
    text.replacen("{}", &value.to_string(), 1)
}

fn signed(added: usize, removed: usize) -> Option<String> {
    match (added, removed) {
        (0, 0) => None,
        (added, 0) => Some(format!("+{added}")),
        (0, removed) => Some(format!("−{removed}")),
        (added, removed) => Some(format!("+{added} −{removed}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages() {
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        for (name, chinese, english) in BOTH.iter().filter(|(name, ..)| !["comma", "colon"].contains(name)) {
            assert!(!chinese.is_empty() && !english.is_empty(), "{name}");
            assert!(chinese.chars().any(is_chinese), "{name}: {chinese}");
            assert!(!english.chars().any(is_chinese), "{name}: {english}");
            assert_eq!(chinese.matches("{}").count(), english.matches("{}").count(), "{name}");
        }
    }

    #[test]
    fn the_language_is_the_first_that_we_have() {
        for (accepted, expected) in [
            ("", Language::Chinese),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("en-GB,en;q=0.9", Language::English),
            ("fr-FR,fr;q=0.9,en;q=0.8", Language::English),
            ("fr", Language::Chinese),
            ("é", Language::Chinese),
        ] {
            assert_eq!(Language::of_browser(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn a_change_is_told_in_a_line() {
        let mut counts = Counts { added: 120, removed: 14, pictures_removed: 9, ..Counts::default() };
        counts.fields.insert("title".to_owned());
        assert_eq!(CHINESE.counts(&counts), "标题改了 · +120 −14 字 · 图 −9");
        assert_eq!(ENGLISH.counts(&counts), "title changed · +120 −14 characters · pictures −9");
        assert_eq!(CHINESE.counts(&Counts::default()), "没有看得见的改动");
    }
}
