//! The draft box of 《巷口》, an invented magazine about an invented river town: the initial content of the simulator.

use super::account::Draft;
use super::account_handle::AccountHandle;
use super::article::Article;
use super::ids;
use super::pictures;
use super::random::Random;

const HOUR: i64 = 3600;

impl AccountHandle<'_> {
    /// Adds the drafts of the magazine, the oldest three weeks old. Their media_ids are the same in every run.
    pub fn load_sample_drafts(&mut self) {
        self.put("watch", 510, 31, |account| vec![account.covered(watchmaker())]);
        self.put("water-tower", 430, 402, |account| vec![water_tower().with("thumb_url", account.new_picture())]);
        self.put("breakfast", 300, 52, |account| vec![account.covered(breakfast())]);
        self.put("week", 170, 20, |account| week().map(|article| account.covered(article)).into());
        self.put("rain", 98, 97, |account| vec![account.rain()]);
        self.put("tangerines", 73, 26, |account| vec![account.covered(tangerines())]);
        self.put("market", 30, 6, |account| vec![account.covered(market())]);
        self.put("untitled", 3, 2, |_| vec![untitled()]);
    }

    /// Adds a draft that was created and last saved this many hours ago.
    fn put(&mut self, name: &str, made: i64, saved: i64, articles: impl FnOnce(&mut Self) -> Vec<Article>) {
        let articles = articles(self);
        let media_id = ids::media_id(&self.state.appid, &mut Random::of(name));
        let mut draft = Draft::new(media_id, articles, self.now - made * HOUR);
        draft.update_time = self.now - saved * HOUR;
        self.state.drafts.push(draft);
    }

    /// Gives an article a cover from the library, as the API does.
    fn covered(&mut self, article: Article) -> Article {
        let (media_id, url) = self.add_picture("cover.jpg");
        article.with("thumb_media_id", media_id).with("thumb_url", url)
    }

    fn rain(&mut self) -> Article {
        let pictures = ["rain-1.jpg", "rain-2.jpg", "rain-3.jpg", "rain-4.jpg"].map(|name| self.add_picture(name));
        let ids = pictures.each_ref().map(|(media_id, _)| media_id.as_str());
        let text =
            "雨停在下午四点。\n石板路把天收了一半下来，另一半挂在晾衣绳上。\n照片：沈屿 / 地点：糖坊巷、水门、旧码头";
        Article::newspic("雨后的石板路", text, &ids).with("thumb_url", pictures[0].1.as_str())
    }
}

/// A paragraph as the web editor writes it.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p style=\"margin-bottom: 16px;line-height: 1.75em;\"><span leaf=\"\">{text}</span></p>")
}

/// A picture with a caption, as the web editor writes it.
pub(super) fn figure(address: &str, caption: &str) -> String {
    let address = address.replace("/0?", "/640?").replace("http:", "https:");
    format!(
        "<section style=\"text-align: center;\"><img class=\"rich_pages wxw-img\" data-ratio=\"0.625\" data-type=\"jpeg\" data-w=\"960\" \
         data-src=\"{address}&amp;from=appmsg\"></section><p style=\"text-align: center;color: rgb(136, 136, 136);font-size: 14px;\">\
         <span leaf=\"\">{caption}</span></p>"
    )
}

fn heading(text: &str) -> String {
    format!(
        "<h2 style=\"font-size: 18px;border-left: 3px solid rgb(180, 83, 9);padding-left: 8px;\"><span leaf=\"\">{text}</span></h2>"
    )
}

/// Builds a body from lines: `# ` begins a heading, `! ` a picture, anything else is a paragraph.
fn body(name: &str, lines: &[&str]) -> String {
    let mut random = Random::of(name);
    let mut html = String::from("<section data-role=\"outer\" style=\"font-size: 16px;\">");
    for line in lines {
        html += &match line.split_once(' ') {
            Some(("#", text)) => heading(text),
            Some(("!", caption)) => figure(&pictures::new_address(&mut random), caption),
            _ => paragraph(line),
        };
    }
    html + "</section><p style=\"display: none;\"><mp-style-type data-value=\"3\"></mp-style-type></p>"
}

fn watchmaker() -> Article {
    let content = body(
        "watch",
        &[
            "糖坊巷口那棵梧桐的第三根枝桠下面，挂着一块铁皮招牌，“修表”两个字已经掉了一半的漆。方师傅说不用补，来的人都认得树。",
            "他今年七十一岁，左眼前面那只放大镜是一九八二年从上海带回来的，镜框断过两次，第二次用的是一截钟表发条。",
            "! 方师傅的工作台，宽四十二厘米，他坐了三十八年。摄影：沈屿",
            "# “表不走了，人还是要走的”",
            "上个月有个年轻人拿来一块上海牌，说是外公留下的，不求走得准，只求还能响。方师傅把机芯拆开，洗了两天，第三天早上它自己走了起来。",
            "“我问他收不收钱，他说收，收十五块。十五块是一九九四年的价。”年轻人后来给编辑部写信，信里夹了一张表盘的照片。",
            "! 洗净的机芯。从这里看过去，最小的一颗螺丝比盐粒还小。",
            "# 一条巷子的时间",
            "巷子里的钟从来没有对准过。理发店快五分钟，粮油店慢十分钟，只有方师傅墙上那十一只钟走得一样。他说，不是为了准，是为了夜里听着像一个人。",
            "梧桐明年要修枝。社区的通知贴在树干上，方师傅在旁边又贴了一张：“招牌照旧。”",
        ],
    );
    Article::news("梧桐树下的修表匠", &content)
        .with("author", "林晚")
        .with("digest", "七十一岁的方师傅在糖坊巷口修了三十八年表。巷子里的钟从来没有对准过。")
        .with("content_source_url", "https://alley.example.com/stories/watchmaker")
        .with("need_open_comment", 1)
}

fn water_tower() -> Article {
    let content = body(
        "water-tower",
        &[
            "水塔建成于一九五六年，停用于一九九一年，此后它做过鸽舍、广告牌和一部低成本电影里的灯塔。",
            "今年九月，它有了第三次生命：一间只能容纳十二个人的图书室。",
            "! 从水门方向看水塔。脚手架将在月底拆除。",
            "设计师没有加窗。原来的检修口被擦干净，正午前后有十七分钟，阳光会沿着内壁走半圈。",
            "“我们只是把水换成了书。”她说。",
        ],
    );
    Article::news("一座水塔的第三次生命", &content).with("author", "周也")
}

fn breakfast() -> Article {
    let content = body(
        "breakfast",
        &[
            "城南的早晨是从油锅开始的。凌晨三点四十，水门桥头第一家炉子点火；五点一刻，最后一家卷闸门拉起来。",
            "我们用了两个星期，吃了三十一家，记下其中的七家。没有排名，只有路线。",
            "# 一、水门桥头 · 糍饭团",
            "糯米要隔夜泡，油条要现炸，包进去的是榨菜、肉松和老板娘的一句“趁热”。六块钱，不找零。",
            "! 糍饭团要捏三下：一下定形，一下收口，一下是习惯。",
            "# 二、糖坊巷 · 咸豆浆",
            "虾皮、葱花、紫菜、酱油，最后一勺热豆浆冲下去，要看它慢慢结起花来。着急的人喝不到最好的那一口。",
            "# 三、旧码头 · 鱼汤面",
            "鲫鱼煎透，骨头熬白，面要细。师傅姓陶，一天只做八十碗，下雨天做六十碗，因为“下雨天汤不收口”。",
            "! 陶师傅的汤锅从来不见底。",
            "地图的纸质版随本期杂志附送，也可以在各书店免费领取。",
        ],
    );
    Article::news("老城南的早餐地图", &content)
        .with("author", "巷口编辑部")
        .with("digest", "三十一家里的七家，没有排名，只有路线。")
}

fn week() -> [Article; 3] {
    let listings = body(
        "week-1",
        &[
            "# 展览",
            "“河流的背面”摄影展，旧码头三号仓，周二至周日 10:00–18:00，免费。",
            "# 演出",
            "评弹《白蛇》选段，水门茶馆，周五 19:30。门票三十元，含一杯茶。",
            "# 市集",
            "旧书与唱片市集，糖坊巷小学操场，周六 9:00–16:00，雨天顺延。",
        ],
    );
    let books = body(
        "week-2",
        &[
            "本周到店：两本关于桥的书，一本关于盐的书，还有一本谁也说不清是什么的书。",
            "“说不清”的那本放在靠窗第二层，读完请写一张卡片告诉我们它讲了什么。",
            "! 靠窗第二层。",
        ],
    );
    let letters = body(
        "week-3",
        &[
            "编辑同志：上期说水门的石狮子有四只，我数过，是五只。第五只在桥洞里面，涨水时看不见。——读者 老秦",
            "老秦您好：我们划船去看了，确实是五只。谨向第五只石狮子致歉。——编辑部",
        ],
    );
    [
        Article::news("本周去哪儿｜十一月第四周", &listings).with("author", "巷口编辑部"),
        Article::news("书店周历：说不清的那一本", &books).with("author", "周也"),
        Article::news("读者来信：第五只石狮子", &letters).with("author", "巷口编辑部"),
    ]
}

fn tangerines() -> Article {
    let content = body(
        "tangerines",
        &[
            "十一月的第二个星期，城外的橘子熟了 🍊。先是一辆三轮车，然后是五辆，到了周末，整条糖坊巷都是橘子皮的味道。",
            "卖橘子的阿姐姓顾，带着孙女 👩‍👧 坐在粮油店门口。小姑娘负责把叶子留下来：“有叶子的才是今天的。”",
            "! 有叶子的才是今天的。",
            "巷子里在聊什么？聊今年雨水少、橘子甜；聊理发店要搬；聊谁家的猫 🐈‍⬛ 又睡在了别人家的秤上。",
            "编辑部买了十斤，吃到截稿。🙏🏻",
        ],
    );
    Article::news("🍊 橘子熟了的时候，巷子里在聊什么", &content)
        .with("author", "林晚")
        .with("only_fans_can_comment", 1)
        .with("need_open_comment", 1)
}

fn market() -> Article {
    let content = body(
        "market",
        &[
            "城市声音档案第十二号：凌晨四点的菜市场。请戴上耳机。",
            "# 03:52",
            "卷闸门。铁在铁上走，很长的一声。",
            "# 04:05",
            "水。冲地的水，养鱼的水，从塑料桶倒进塑料桶的水。卖鱼的许哥说，听水声就知道鱼新不新鲜，我们没有听出来。",
            "! 许哥的鱼档。录音机放在秤的旁边。",
            "# 04:20",
            "讨价还价。没有一个字是清楚的，但谁也没有听错过数目。",
            "# 04:47",
            "第一辆公交车经过。市场安静了大约两秒钟，像是有人翻了一页。",
            "采访与录音：沈屿。文字：林晚。完整录音见杂志随刊卡片上的二维码。",
        ],
    );
    Article::news("城市声音档案：凌晨四点的菜市场", &content)
        .with("author", "沈屿 林晚")
        .with("digest", "卷闸门、水声、讨价还价，和第一辆公交车经过时的两秒钟。")
}

fn untitled() -> Article {
    let content = body(
        "untitled",
        &[
            "选题会记录（先放在这里）：",
            "一、桥洞里的石狮子，去拍一次退水。",
            "二、理发店搬家，跟一天。",
            "三、谁来写冬至？",
        ],
    );
    Article::news("", &content)
}
