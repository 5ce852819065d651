//! Copies that only those can read who have the key.

use std::fs;
use std::path::Path;

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use insta::assert_snapshot;

use super::{COPY, files, id, kept, shown, versions};
use crate::harness::World;

/// Makes a key, as a file that age-keygen would write. Returns its recipient.
fn key(world: &World, name: &str) -> String {
    let identity = Identity::generate();
    let recipient = identity.to_public().to_string();
    let text = format!("# public key: {recipient}\n{}\n", identity.to_string().expose_secret());
    fs::write(world.path(name), text).unwrap();
    recipient
}

#[test]
fn a_copy_is_opened_by_its_recipients_key_alone() {
    let world = kept();
    let (me, colleague) = (key(&world, "me.txt"), key(&world, "colleague.txt"));
    key(&world, "stranger.txt");
    let made = world.run(&[&COPY[..], &["--encrypt-to", &me, "--encrypt-to", &colleague]].concat());
    assert_snapshot!(shown(&world, &made), @"
    ------- stderr -------
    draftkeep-ID-20260901T020000Z.db.zst.age is at $TMP/usb: 1 draft, 3 versions, SIZES
    It was read back from there and proven.
    Warning: the copy is on the same disk as the archive, and is lost with it; choose another one
    Hint: Bring it back with: draftkeep copy --archive $TMP/archive.db fetch $TMP/usb FILE --identity KEY
    ");
    let name = files(&world.path("usb")).remove(0);
    assert!(name.ends_with(".db.zst.age"), "{name}");
    let bytes = fs::read(world.path("usb").join(&name)).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> X25519 "));
    for (key, file) in [("me.txt", "mine.db"), ("colleague.txt", "theirs.db")] {
        assert_eq!(world.run(&["copy", "fetch", "usb", file, "--identity", key]).code(), Some(0));
        assert_eq!(versions(&world.path(file)), 3);
    }
    let fetch = |more: &[&str]| shown(&world, &world.run(&[&["copy", "fetch", "usb", "no.db"], more].concat()));
    assert_snapshot!(fetch(&[]), @"
    ------- stderr -------
    Error: the copy cannot be decrypted: it is encrypted with age, and no key was named
    Hint: Name the file that age-keygen wrote with its key: draftkeep copy fetch usb no.db --identity KEY
    ------- exit 1 -------
    ");
    assert_snapshot!(fetch(&["--identity", "stranger.txt"]), @"
    ------- stderr -------
    Error: the copy cannot be decrypted: it was encrypted for another key than this
    Hint: Name the file that age-keygen wrote with its key: draftkeep copy fetch usb no.db --identity KEY
    ------- exit 1 -------
    ");
    assert_snapshot!(fetch(&["--identity", "usb"]), @"
    ------- stderr -------
    Error: the copy cannot be decrypted: usb cannot be used: Is a directory (os error 21)
    Hint: Name the file that age-keygen wrote with its key: draftkeep copy fetch usb no.db --identity KEY
    ------- exit 1 -------
    ");
    fs::write(world.path("word.txt"), "AGE-SECRET-KEY-1SECRET\n").unwrap();
    let refused = fetch(&["--identity", "word.txt"]);
    assert!(refused.contains("line 1") && !refused.contains("1SECRET"), "{refused}");
    assert!(!Path::new(&world.path("no.db")).exists());
    // One that was changed on its way is refused.
    let mut flipped = bytes;
    let last = flipped.len() - 40;
    flipped[last] ^= 1;
    fs::write(world.path("usb").join(&name), flipped).unwrap();
    let refused = fetch(&["--identity", "me.txt"]).replace(&id(&world), "ID");
    assert_snapshot!(refused, @"
    ------- stderr -------
    Error: draftkeep-ID-20260901T020000Z.db.zst.age did not come back from $TMP/usb as it was written: decryption error
    Hint: The disk or the network there is not to be trusted. Look at its log, then: draftkeep copy fetch usb no.db
    ------- exit 1 -------
    ");
}

/// Of what is encrypted for somebody, the older ones go as others do.
#[test]
fn encrypted_copies_go_by_the_same_rule() {
    let world = kept();
    let me = key(&world, "me.txt");
    let text = format!(
        "archive = 'archive.db'\n[[copy]]\nto = 'usb'\nkeep = {{ daily = 1 }}\nencrypt_to = ['{me}']\n\
         [[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret = {{ file = 'mag.secret' }}\n"
    );
    fs::write(world.path("config.toml"), text).unwrap();
    fs::write(world.path("mag.secret"), "0123456789abcdef0123456789abcdef").unwrap();
    for hour in 1..4 {
        let made = super::at(&world, &format!("2026-09-01T{hour:02}:00:00Z"), &["--config", "config.toml", "copy"]);
        assert_eq!(made.code(), Some(0), "{made}");
    }
    assert_eq!(files(&world.path("usb")), [format!("draftkeep-{}-20260901T030000Z.db.zst.age", id(&world))]);
    let listed = world.run(&["--config", "config.toml", "copy", "list", "--json"]).json();
    assert_eq!((&listed[0]["encrypted"], &listed[0]["own"]), (&true.into(), &true.into()));
}

#[test]
fn a_recipient_that_is_none_is_refused() {
    let world = kept();
    let copy = |to: &str| shown(&world, &world.run(&[&COPY[..], &["--encrypt-to", to]].concat()));
    assert_snapshot!(copy("me@example.com"), @"
    ------- stderr -------
    Error: --encrypt-to names nobody: this is a recipient of age (age1…), or a file with an OpenPGP key (me.asc)
    Hint: docs/copies.md shows how a key is made, and what of it goes here
    ------- exit 2 -------
    ");
    let missing = copy("missing.asc");
    assert!(missing.contains("missing.asc': No such file") || missing.contains("gnupg"), "{missing}");
    assert!(files(&world.path("usb")).is_empty());
}
