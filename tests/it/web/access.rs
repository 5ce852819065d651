//! Who is let in, and what is refused.

use super::{Site, autumn_archive, cookie, header, location, told};
use crate::harness::World;

/// The pages that show drafts.
const PAGES: [&str; 6] = ["/", "/a/mag", "/d/1", "/d/1/2", "/d/1/1..2", "/d/1/2/frame"];

async fn site(keys: &str) -> Site {
    let world = World::new();
    autumn_archive(&world);
    Site::start(world, keys).await
}

/// A site whose password is `four common words`.
async fn with_password() -> Site {
    let world = World::new();
    autumn_archive(&world);
    let run = world.finish({
        let mut command = world.command(&["web", "password"]);
        std::fs::write(world.path("typed"), "four common words\n").unwrap();
        command.stdin(std::fs::File::open(world.path("typed")).unwrap());
        command
    });
    assert_eq!(run.code(), Some(0), "{run}");
    std::fs::write(world.path("web.password"), run.stdout()).unwrap();
    Site::start(world, "password = { file = 'web.password' }").await
}

#[tokio::test]
async fn nobody_sees_a_draft_before_the_login_and_gets_to_the_page_after_it() {
    let site = site("").await;
    for page in PAGES {
        let answer = site.get(page).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, &*format!("/login?next={page}")));
        let answer = site.get(page).header("accept", "application/json").send().await.unwrap();
        assert_eq!(answer.status(), 401, "{page}");
    }
    let form = format!("link={}&next=%2Fd%2F1", site.link());
    let answer = site.post("/login", &form).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/d/1"));
    let cookie = cookie(&answer).unwrap();
    for page in PAGES {
        assert_eq!(site.page(page, &cookie).await.0, 200, "{page}");
    }
    for forged in ["dk=", "dk=AAAA", "__Host-dk=x"] {
        assert_eq!(site.page("/d/1", forged).await.0, 303, "{forged}");
    }
}

#[tokio::test]
async fn a_link_works_once_and_opening_it_changes_nothing() {
    let site = site("").await;
    let link = site.link();
    for _ in 0..2 {
        // As a chat program does for its preview.
        let (status, page) = told(site.get(&format!("/login?link={link}")).send().await.unwrap()).await;
        assert!(status == 200 && page.contains(&link), "{page}");
    }
    let form = format!("link={link}");
    assert_eq!(site.post("/login", &form).send().await.unwrap().status(), 303);
    let (status, page) = told(site.post("/login", &form).send().await.unwrap()).await;
    assert!(status == 403 && page.contains("已经用过"), "{status} {page}");

    let late = site.link();
    let mut site = site;
    site.restart("2026-09-01T02:11:00Z").await;
    assert_eq!(site.post("/login", &format!("link={late}")).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_link_leads_on_to_the_page_that_was_wanted() {
    let site = site("").await;
    for (wanted, expected) in [("/d/1/2/restore", "/d/1/2/restore"), ("//evil.example", "/"), ("/logout", "/")] {
        let form = site.get(&format!("/login?is_old=true&next={wanted}")).send().await.unwrap();
        let kept = header(&form, "set-cookie").split(';').next().unwrap().to_owned();
        let request = site.post("/login", &format!("link={}", site.link())).header("cookie", kept);
        let answer = request.send().await.unwrap();
        assert_eq!(location(&answer), expected, "{wanted}");
        assert!(cookie(&answer).is_some());
    }
    // What a browser sends is not believed.
    let request = site.post("/login", &format!("link={}", site.link())).header("cookie", "dk-next=//evil.example");
    assert_eq!(location(&request.send().await.unwrap()), "/");
}

#[tokio::test]
async fn a_session_ends_by_itself_by_its_user_and_by_the_operator() {
    let mut site = site("").await;
    let [first, second, third] = [site.log_in().await, site.log_in().await, site.log_in().await];
    let request = site.post("/logout", "").header("cookie", &first);
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), cookie(&answer)), (303, None));
    assert_eq!(site.page("/", &first).await.0, 303);
    assert_eq!(site.page("/", &second).await.0, 200, "the others go on");

    site.restart("2026-09-01T13:59:00Z").await;
    assert_eq!(site.page("/", &second).await.0, 200, "a restart ends none");
    site.restart("2026-09-01T14:01:00Z").await;
    assert_eq!(site.page("/", &third).await.0, 303, "idle for twelve hours");
    site.restart("2026-08-31T02:00:00Z").await;
    assert_eq!(site.page("/", &third).await.0, 303, "from the future");

    let fourth = site.log_in().await;
    assert_eq!(site.page("/", &fourth).await.0, 200);
    let run = site.world.run(&["web", "logout", "--all", "--config", "config.toml"]);
    assert_eq!(run.code(), Some(0), "{run}");
    assert_eq!(site.page("/", &fourth).await.0, 303);
}

#[tokio::test]
async fn a_password_lets_in_and_wrong_ones_cost_time_after_a_restart_as_well() {
    let mut site = with_password().await;
    let wrong = "password=four+common+wards";
    for _ in 0..5 {
        assert_eq!(site.post("/login", wrong).send().await.unwrap().status(), 403);
    }
    let answer = site.post("/login", wrong).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let seconds: i64 = header(&answer, "retry-after").parse().unwrap();
    assert!((1..=3).contains(&seconds), "{seconds}");
    let right = "password=four+common+words";
    site.restart("2026-09-01T02:00:00.500Z").await;
    assert_eq!(site.post("/login", right).send().await.unwrap().status(), 429, "too early");
    site.restart("2026-09-01T02:00:30Z").await;
    let answer = site.post("/login", right).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let set = header(&answer, "set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && !set.contains("Secure"), "{set}");
    assert_eq!(site.page("/", &cookie(&answer).unwrap()).await.0, 200);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let site = site("").await;
    let cookie = site.log_in().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ] {
        let request = super::browser().post(site.url("/logout")).header("cookie", &cookie).header(name, value);
        assert_eq!(request.send().await.unwrap().status(), 403, "{name}: {value}");
    }
    let request = super::browser().post(site.url("/logout")).header("cookie", &cookie);
    assert_eq!(request.send().await.unwrap().status(), 403, "says nothing");
    assert_eq!(site.page("/", &cookie).await.0, 200, "still logged in");
    let origin = site.url("");
    let request = super::browser().post(site.url("/logout")).header("cookie", &cookie).header("origin", origin);
    assert_eq!(request.send().await.unwrap().status(), 303);
}

#[tokio::test]
async fn only_a_trusted_proxy_says_who_the_user_is() {
    let keys = "public_url = 'https://drafts.example.com'\nuser_header = 'Remote-User'\ntrusted_proxies = ['TRUSTED']";
    for (trusted, status) in [("127.0.0.1/32", 200), ("10.9.9.9", 303)] {
        let site = site(&keys.replace("TRUSTED", trusted)).await;
        let request = site.get("/").header("remote-user", "wang<b>").header("x-forwarded-for", "9.9.9.9");
        let (told_status, page) = told(request.send().await.unwrap()).await;
        assert_eq!(told_status, status, "{trusted}");
        assert!(status != 200 || page.contains("wang&lt;b&gt;"), "{page}");
        let request = site.get("/").header("x-forwarded-proto", "https");
        assert_eq!(request.send().await.unwrap().status(), 303, "no user");
        let request = site.get("/").header("remote-user", "wang").header("host", "evil.example");
        assert_eq!(request.send().await.unwrap().status(), 421, "a page whose name leads here can set headers, too");
    }
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let site = site("public_url = 'https://drafts.example.com'").await;
    let run = site.world.run(&["web", "link", "--config", "config.toml"]);
    let told = String::from_utf8(run.stdout().to_vec()).unwrap();
    let link = told.trim().strip_prefix("https://drafts.example.com/login?link=").unwrap();
    let request = site.post("/login", &format!("link={link}")).header("host", "drafts.example.com");
    let answer = request.send().await.unwrap();
    let set = header(&answer, "set-cookie");
    assert!(set.starts_with("__Host-dk=") && set.contains("; Secure; HttpOnly; SameSite=Lax"), "{set}");
}

#[tokio::test]
async fn what_is_too_large_too_long_or_not_for_us_is_refused() {
    let site = site("").await;
    let large = format!("password={}", "x".repeat(65 << 10));
    assert_eq!(site.post("/login", &large).send().await.unwrap().status(), 413);
    assert_eq!(site.post("/login", "link=%zz&link=2").send().await.unwrap().status(), 400);
    assert_eq!(site.get("/").header("host", "evil.example").send().await.unwrap().status(), 421);
    let flood = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X-A: 1234567890\r\n".repeat(5000));
    assert!(site.raw(flood.as_bytes()).starts_with("HTTP/1.1 431"));
    let answer = site.raw(b"GET /static/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("root:"), "{answer}");
    let answer = site.raw(b"GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("evil"), "{answer}");
    let answer = site.raw(b"GET /static/%2e%2e%2fconfig.toml HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("appid"), "{answer}");
    assert_eq!(
        super::browser().put(site.url("/")).header("sec-fetch-site", "same-origin").send().await.unwrap().status(),
        405
    );
}
