//! What should be known before a restore, in Chinese. The pages say it, and the page to paste from, which editors get as a file.

use chrono::Local;

use super::issue::{IssueKind, TextSize};
use crate::diff::name_in_chinese;
use crate::picture::Conversion;

impl IssueKind {
    /// Says it in a sentence without a full stop. `Display` says it in English.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::NoArticle => "里面没有文章".to_owned(),
            Self::ManyArticles { articles, limit } => {
                format!("有 {articles} 篇文章；超过 {limit} 篇的草稿曾被拒绝")
            }
            Self::NoCover { number } => format!(
                "微信不接受没有封面的文章，这一篇的封面既没有 media_id，也没有存下来；\
                 请管理员指定一张：--cover {number}=MEDIA_ID"
            ),
            Self::NoText => "没有正文，微信不接受".to_owned(),
            Self::NoCaption => "没有文字，微信可能不接受".to_owned(),
            Self::NoPictures => "微信不接受没有图片的图片消息，这一篇的图片都没有 media_id".to_owned(),
            Self::ManyPictures { pictures, limit } => format!("有 {pictures} 张图片，上限是 {limit} 张"),
            Self::LongField { field, size, limit } => {
                format!("{}有 {}，上限是 {limit} 字", name_in_chinese(field), length(*size))
            }
            Self::LongContent { size } => {
                format!("正文连同排版代码有 {}，官方文档的上限是 2 万字、1 MB", length(*size))
            }
            Self::LongCaption { size, limit } => format!("文字有 {}，超过 {limit} 字的曾被拒绝", length(*size)),
            Self::LongLink { size, limit } => format!("原文链接有 {} 字节，上限是 {limit} 字节", size.bytes),
            Self::Links(links) => format!("正文里的 {links} 个链接：微信会留下文字，去掉地址"),
            Self::Cards(cards) => {
                let cards = cards.iter().map(|(kind, count)| format!("{} {count} 个", name_in_chinese(kind)));
                format!("{}：只有公众平台的编辑器才能插入", cards.collect::<Vec<_>>().join("、"))
            }
            Self::OtherSites { pictures } => format!("{pictures} 张别的网站的图片，微信会去掉"),
            Self::RemovedStyles(styles) => {
                format!("{styles} 处样式里的 position 或 -webkit-overflow-scrolling，微信会去掉")
            }
            Self::Divs(divs) => format!("{divs} 个 <div> 的部分样式：微信会把它们改成段落"),
            Self::Crop => "封面的裁剪位置，接口读不到".to_owned(),
            Self::NotHeld { pictures, is_newspic: false } => {
                format!("{pictures} 张图片没有存下来，要微信那边还有才能带回去")
            }
            Self::NotHeld { pictures, is_newspic: true } => {
                format!("{pictures} 张图片没有存下来，要微信那边还有，这条图片消息才能恢复")
            }
            Self::Conversion { conversion, pictures } => {
                format!("如果微信那边的图片没有了，重新上传时{}", converted(*conversion, *pictures))
            }
            Self::OthersCover { owner, target, number } => format!(
                "封面没有存下来，它的 media_id 只有 {owner} 能用；请管理员从 {target} 的素材里指定一张：--cover {number}=MEDIA_ID"
            ),
            Self::OthersPictures { owner } => {
                format!("有图片没有存下来，它们的 media_id 只有 {owner} 能用")
            }
            Self::Blocked { account, until, .. } => {
                format!(
                    "微信暂时不让 {account} 调用接口，{} 再试",
                    until.with_timezone(&Local).format("%Y-%m-%d %H:%M")
                )
            }
            Self::NoCallsLeft { account, endpoint } => format!("{account} 今天的 {endpoint} 次数用完了"),
        }
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
