//! What should be known before a restore.

use super::super::names::name_in_chinese;
use super::super::texts::Texts;
use super::super::time;
use crate::picture::Conversion;
use crate::restore::{IssueKind, TextSize};

/// Says it in a sentence without a full stop.
pub(in super::super) fn issue(kind: &IssueKind, texts: &Texts) -> String {
    if texts.is_chinese() { chinese(kind) } else { kind.to_string() }
}

fn chinese(kind: &IssueKind) -> String {
    match kind {
        IssueKind::NoArticle => "里面没有文章".to_owned(),
        IssueKind::ManyArticles { articles, limit } => {
            format!("有 {articles} 篇文章；超过 {limit} 篇的草稿曾被拒绝")
        }
        IssueKind::NoCover { number } => format!(
            "微信不接受没有封面的文章，这一篇的封面既没有 media_id，也没有存下来；\
             请管理员指定一张：--cover {number}=MEDIA_ID"
        ),
        IssueKind::NoText => "没有正文，微信不接受".to_owned(),
        IssueKind::NoCaption => "没有文字，微信可能不接受".to_owned(),
        IssueKind::NoPictures => "微信不接受没有图片的图片消息，这一篇的图片都没有 media_id".to_owned(),
        IssueKind::ManyPictures { pictures, limit } => format!("有 {pictures} 张图片，上限是 {limit} 张"),
        IssueKind::LongField { field, size, limit } => {
            format!("{}有 {}，上限是 {limit} 字", name_in_chinese(field), length(*size))
        }
        IssueKind::LongContent { size } => {
            format!("正文连同排版代码有 {}，官方文档的上限是 2 万字、1 MB", length(*size))
        }
        IssueKind::LongCaption { size, limit } => format!("文字有 {}，超过 {limit} 字的曾被拒绝", length(*size)),
        IssueKind::LongLink { size, limit } => format!("原文链接有 {} 字节，上限是 {limit} 字节", size.bytes),
        IssueKind::Links(links) => format!("正文里的 {links} 个链接：微信会留下文字，去掉地址"),
        IssueKind::Cards(cards) => {
            let cards = cards.iter().map(|(kind, count)| format!("{} {count} 个", name_in_chinese(kind)));
            format!("{}：只有公众平台的编辑器才能插入", cards.collect::<Vec<_>>().join("、"))
        }
        IssueKind::OtherSites { pictures } => format!("{pictures} 张别的网站的图片，微信会去掉"),
        IssueKind::RemovedStyles(styles) => {
            format!("{styles} 处样式里的 position 或 -webkit-overflow-scrolling，微信会去掉")
        }
        IssueKind::Divs(divs) => format!("{divs} 个 <div> 的部分样式：微信会把它们改成段落"),
        IssueKind::Crop => "封面的裁剪位置，接口读不到".to_owned(),
        IssueKind::NotHeld { pictures, is_newspic: false } => {
            format!("{pictures} 张图片没有存下来，要微信那边还有才能带回去")
        }
        IssueKind::NotHeld { pictures, is_newspic: true } => {
            format!("{pictures} 张图片没有存下来，要微信那边还有，这条图片消息才能恢复")
        }
        IssueKind::Conversion { conversion, pictures } => {
            format!("如果微信那边的图片没有了，重新上传时{}", converted(*conversion, *pictures))
        }
        IssueKind::OthersCover { owner, target, number } => format!(
            "封面没有存下来，它的 media_id 只有 {owner} 能用；请管理员从 {target} 的素材里指定一张：--cover {number}=MEDIA_ID"
        ),
        IssueKind::OthersPictures { owner } => {
            format!("有图片没有存下来，它们的 media_id 只有 {owner} 能用")
        }
        IssueKind::Blocked { account, until, .. } => {
            format!("微信暂时不让 {account} 调用接口，{} 再试", time::exact(*until))
        }
        IssueKind::NoCallsLeft { account, endpoint } => format!("{account} 今天的 {endpoint} 次数用完了"),
    }
}

fn length(size: TextSize) -> String {
    format!("{} 字（{} 字节）", size.characters, size.bytes)
}

fn converted(conversion: Conversion, pictures: usize) -> String {
    match conversion {
        Conversion::Converted => format!("会把 {pictures} 张图片转成 JPG 或 PNG"),
        Conversion::Still => format!("{pictures} 张超过 10 MB 的 GIF 动图会变成静图"),
        Conversion::Smaller => format!("会压缩或缩小 {pictures} 张太大的图片"),
        Conversion::Refused => format!("{pictures} 张图片传不上去：微信不接受这种格式"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;
    use crate::web::facts::tests::is_in_both_languages;

    #[test]
    fn every_issue_is_told_in_both_languages() {
        let size = TextSize { characters: 40, bytes: 120 };
        let mut kinds = vec![
            IssueKind::NoArticle,
            IssueKind::ManyArticles { articles: 9, limit: 8 },
            IssueKind::NoCover { number: 1 },
            IssueKind::NoText,
            IssueKind::NoCaption,
            IssueKind::NoPictures,
            IssueKind::ManyPictures { pictures: 21, limit: 20 },
            IssueKind::LongContent { size },
            IssueKind::LongCaption { size, limit: 1_000 },
            IssueKind::LongLink { size, limit: 1_024 },
            IssueKind::Links(2),
            IssueKind::Cards(vec![("audio clip".into(), 1), ("vote".into(), 2)]),
            IssueKind::OtherSites { pictures: 1 },
            IssueKind::RemovedStyles(1),
            IssueKind::Divs(1),
            IssueKind::Crop,
            IssueKind::NotHeld { pictures: 1, is_newspic: false },
            IssueKind::NotHeld { pictures: 1, is_newspic: true },
            IssueKind::OthersCover { owner: "mag".to_owned(), target: "other".to_owned(), number: 1 },
            IssueKind::OthersPictures { owner: "mag".to_owned() },
            IssueKind::Blocked {
                account: "mag".to_owned(),
                until: "2026-09-01T02:00:00Z".parse().unwrap(),
                message: "api unauthorized".to_owned(),
            },
            IssueKind::NoCallsLeft { account: "mag".to_owned(), endpoint: "draft/add".to_owned() },
        ];
        kinds.extend(["title", "author", "digest"].map(|field| IssueKind::LongField {
            field: field.into(),
            size,
            limit: 32,
        }));
        kinds.extend(Conversion::ALL.map(|conversion| IssueKind::Conversion { conversion, pictures: 2 }));
        for kind in kinds {
            let told = |language: Language| issue(&kind, language.texts());
            is_in_both_languages(&told(Language::Chinese), &told(Language::English));
        }
    }
}
