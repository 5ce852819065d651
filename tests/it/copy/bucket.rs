//! Copies in a bucket. `.ci/s3` tries the same with a server that others wrote, which checks signatures.

use std::fs;

use insta::assert_snapshot;

use super::bad_places::large;
use super::{id, keep, kept, shown, versions};
use crate::harness::{Run, World};
use crate::s3_double::{Bucket, Fault};
use crate::tls;

/// Writes a configuration with a bucket, of which one copy stays.
fn configure(world: &World, bucket: &Bucket) {
    let account = "[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret.command = ['false']\n";
    let copy = format!(
        "[[copy]]\nto = 's3://keep/draftkeep'\nendpoint = '{}'\nkey_id.command = ['printf', 'AKID']\nsecret_key.command = ['printf', 'hush']\nkeep = {{ daily = 1 }}\n\n",
        bucket.endpoint
    );
    fs::write(world.path("config.toml"), format!("archive = 'archive.db'\n\n{copy}{account}")).unwrap();
}

/// Runs a command while the store answers.
async fn at(world: &World, time: &str, args: &[&str]) -> Run {
    let mut command = world.command(&[args, &["--config", "config.toml"]].concat());
    command.env("DRAFTKEEP_CLOCK", time);
    tokio::task::block_in_place(|| world.finish(command))
}

const DAYS: [&str; 3] = ["2026-09-01T02:00:00Z", "2026-09-02T02:00:00Z", "2026-09-03T02:00:00Z"];

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_in_a_bucket_is_made_proven_listed_and_brought_back() {
    let (world, bucket) = (kept(), Bucket::start().await);
    configure(&world, &bucket);
    bucket.put("draftkeep/notes.txt", b"a stranger's");
    bucket.put("draftkeep/draftkeep-0123456789ab-20260801T000000Z.db.zst", b"another archive's");
    for day in &DAYS[..2] {
        let run = at(&world, day, &["copy"]).await;
        assert_eq!(run.code(), Some(0), "{run}");
        keep(&world, 3..5);
    }
    let name = format!("draftkeep/draftkeep-{}-20260902T020000Z.db.zst", id(&world));
    let mut expected = vec!["draftkeep/notes.txt", "draftkeep/draftkeep-0123456789ab-20260801T000000Z.db.zst", &name];
    expected.sort_unstable();
    assert_eq!(bucket.keys(), expected);
    let listed = at(&world, DAYS[1], &["copy", "list", "--json"]).await.json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["own"]), (2, &true.into()), "{listed}");
    let fetched = at(&world, DAYS[1], &["copy", "fetch", "s3://keep/draftkeep", "new.db"]).await;
    assert_eq!(fetched.code(), Some(0), "{fetched}");
    assert_eq!(versions(&world.path("new.db")), 5);
}

/// A store renames nothing, so what was sent and is not proven has the name of a copy.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_killed_before_its_proof_is_none() {
    let (world, bucket) = (kept(), Bucket::start().await);
    configure(&world, &bucket);
    assert_eq!(at(&world, DAYS[0], &["copy"]).await.code(), Some(0));
    keep(&world, 3..5);
    bucket.fail(Some(Fault::Silent));
    let mut command = world.command(&["copy", "--config", "config.toml"]);
    let mut copy = command.env("DRAFTKEEP_CLOCK", DAYS[1]).spawn().unwrap();
    bucket.silence().await;
    copy.kill().unwrap();
    copy.wait().unwrap();
    bucket.fail(None);
    let of_another = ".draftkeep-0123456789ab-20260801T000000Z.db.zst.unfinished";
    bucket.put(&format!("draftkeep/{of_another}"), b"");
    let name = |day: &str| format!("draftkeep-{}-{day}.db.zst", id(&world));
    assert!(bucket.keys().contains(&format!("draftkeep/{}", name("20260902T020000Z"))), "{:?}", bucket.keys());
    let listed = at(&world, DAYS[1], &["copy", "list", "--json"]).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let fetched = at(&world, DAYS[1], &["copy", "fetch", "s3://keep/draftkeep", "new.db"]).await;
    assert_eq!((fetched.code(), versions(&world.path("new.db"))), (Some(0), 3), "{fetched}");
    // The same second is no reason to take it for a stranger's.
    for day in &DAYS[1..] {
        let run = at(&world, day, &["copy"]).await;
        assert_eq!(run.code(), Some(0), "{run}");
    }
    let left = [of_another.to_owned(), name("20260903T020000Z")].map(|name| format!("draftkeep/{name}"));
    assert_eq!(bucket.keys(), left);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_copy_goes_in_parts_and_one_that_fails_leaves_none() {
    let (world, bucket) = (large(), Bucket::start().await);
    configure(&world, &bucket);
    for _ in 0..3 {
        // Beyond the size of one part.
        super::bad_places::add_noise(&world);
    }
    bucket.fail(Some(Fault::SecondPart));
    let run = at(&world, DAYS[0], &["copy"]).await;
    assert_eq!(run.code(), Some(1), "{run}");
    assert_eq!((bucket.keys().len(), bucket.open_uploads()), (0, 0), "it was aborted");
    bucket.fail(None);
    let run = at(&world, DAYS[0], &["copy"]).await;
    assert_eq!(run.code(), Some(0), "{run}");
    assert_eq!((bucket.keys().len(), bucket.open_uploads()), (1, 0));
    assert_eq!(bucket.largest_body(), 8 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_store_refuses_is_told_with_the_next_command() {
    let (world, bucket) = (kept(), Bucket::start().await);
    configure(&world, &bucket);
    assert_eq!(at(&world, DAYS[0], &["copy"]).await.code(), Some(0));
    let before = bucket.keys();
    let mut told = String::new();
    for fault in
        [Fault::Forbidden, Fault::Unavailable, Fault::OtherRegion, Fault::NoBucket, Fault::Truncated, Fault::Flipped]
    {
        bucket.fail(Some(fault));
        let run = at(&world, DAYS[1], &["copy"]).await;
        assert!(!run.to_string().contains("hush"), "{run}");
        told.push_str(&format!("{fault:?}: {}\n", without_sizes(&shown(&world, &run))));
        bucket.fail(None);
        assert_eq!(bucket.keys(), before, "{fault:?}");
    }
    assert_snapshot!(told, @"
    Forbidden: ------- stderr -------
    Error: s3://keep/draftkeep refuses it: InvalidAccessKeyId: The key is not known
    Hint: Let the key list, read, write and delete objects there; see that it is the right one, and that this machine's clock is right: date -u; then: draftkeep --config $TMP/config.toml copy s3://keep/draftkeep
    ------- exit 1 -------

    Unavailable: ------- stderr -------
    Error: s3://keep/draftkeep fails: SlowDown: Please reduce your request rate
    Hint: See that the store is in order and reached from here, then: draftkeep --config $TMP/config.toml copy s3://keep/draftkeep
    ------- exit 1 -------

    OtherRegion: ------- stderr -------
    Error: s3://keep/draftkeep is in another region: AuthorizationHeaderMalformed: the region 'us-east-1' is wrong; expecting 'eu-west-1'
    Hint: Write its region into the [[copy]], or into AWS_REGION where no [[copy]] names it; then: draftkeep --config $TMP/config.toml copy s3://keep/draftkeep
    ------- exit 1 -------

    NoBucket: ------- stderr -------
    Error: s3://keep/draftkeep is not there: NoSuchBucket: The specified bucket does not exist
    Hint: Make the bucket where the store is managed, or correct its name; then: draftkeep --config $TMP/config.toml copy s3://keep/draftkeep
    ------- exit 4 -------

    Truncated: ------- stderr -------
    Error: s3://keep/draftkeep fails: Requested 0..SIZE, got 0..HALF
    Hint: See that the store is in order and reached from here, then: draftkeep --config $TMP/config.toml copy s3://keep/draftkeep
    ------- exit 1 -------

    Flipped: ------- stderr -------
    Error: draftkeep-ID-20260902T020000Z.db.zst did not come back from s3://keep/draftkeep as it was written: Restored data doesn't match checksum
    Hint: See that the store is in order and reached from here, then: draftkeep --config $TMP/config.toml copy s3://keep/draftkeep
    ------- exit 1 -------
    ");
}

/// The size of a copy depends on SQLite's version.
fn without_sizes(text: &str) -> String {
    let line = |line: &str| match line.split_once("Requested 0..") {
        Some((start, _)) => format!("{start}Requested 0..SIZE, got 0..HALF\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// A bucket that the configuration does not name is reached as other programs reach it.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_a_configuration() {
    let (world, bucket) = (kept(), Bucket::start().await);
    let run = |endpoint: &str, key: Option<&str>, args: &[&str]| {
        let mut command = world.command(&[args, &["--archive", "archive.db"]].concat());
        command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_ACCESS_KEY_ID", "AKID");
        if let Some(key) = key {
            command.env("AWS_SECRET_ACCESS_KEY", key);
        }
        tokio::task::block_in_place(|| world.finish(command))
    };
    let made = run(&bucket.endpoint, Some("hush"), &["copy", "s3://keep/by-hand/"]);
    assert_eq!(made.code(), Some(0), "{made}");
    assert_eq!(bucket.keys(), [format!("by-hand/draftkeep-{}-20260901T020000Z.db.zst", id(&world))]);
    let fetched = run(&bucket.endpoint, Some("hush"), &["copy", "fetch", "s3://keep/by-hand", "new.db"]);
    assert_eq!((fetched.code(), versions(&world.path("new.db"))), (Some(0), 3), "{fetched}");
    assert_snapshot!(run(&bucket.endpoint, None, &["copy", "s3://keep"]), @"
    ------- stderr -------
    Error: the keys of s3://keep cannot be used: on this machine: the environment variable AWS_SECRET_ACCESS_KEY is not set, or is no text
    Hint: A [[copy]] says where they are: draftkeep --config PATH config check; without one, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; then: draftkeep copy --archive $TMP/archive.db s3://keep
    ------- exit 2 -------
    ");
    assert_snapshot!(run("http://minio.example", Some("hush"), &["copy", "s3://keep"]), @"
    ------- stderr -------
    Error: AWS_ENDPOINT_URL is no address of a store: plain http:// is taken for a loopback address only (127.0.0.1, [::1], localhost): others could read what is sent
    Hint: Set it as docs/copies.md shows: export AWS_ENDPOINT_URL=https://HOST
    ------- exit 2 -------
    ");
}

/// A store of one's own may have a certificate that no system knows.
#[tokio::test(flavor = "multi_thread")]
async fn the_authorities_of_ca_file_are_trusted_for_a_bucket() {
    let (world, mut bucket) = (kept(), Bucket::start().await);
    bucket.endpoint = tls::before(&bucket.endpoint);
    configure(&world, &bucket);
    let copy = || {
        let mut command = world.command(&["copy", "--config", "config.toml"]);
        command.env("SSL_CERT_FILE", tls::fixture("other.pem"));
        tokio::task::block_in_place(|| world.finish(command))
    };
    let run = copy();
    assert_eq!(run.code(), Some(1), "{run}");
    let ca_file = format!("archive = 'archive.db'\nca_file = '{}'", tls::fixture("ca.pem").display());
    world.replace("config.toml", "archive = 'archive.db'", &ca_file);
    let run = copy();
    assert_eq!(run.code(), Some(0), "{run}");
    assert_eq!(bucket.keys().len(), 1);
}
