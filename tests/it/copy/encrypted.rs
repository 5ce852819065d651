//! An encrypted copy that is given as it lies: whoever gets it says that it is encrypted, and with what it is opened.

use std::fs;

use insta::assert_snapshot;

use super::kept;

const NAME: &str = "draftkeep-1f0c22d9a7b4-20260901T033000Z.db.zst";

/// A message for a key of Curve25519, as gpg begins it.
const OPENPGP: &[u8] = b"\x84\x5e\x03\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x01\x07\x40";
const AGE: &[u8] = b"age-encryption.org/v1\n-> X25519 ";

#[test]
fn every_command_that_gets_a_copy_says_that_it_is_encrypted() {
    let world = kept();
    let bytes = [&[0; 4096][..], b"noise"].concat();
    for (file, start, with) in [
        (format!("usb/{NAME}.gpg"), OPENPGP, "OpenPGP"),
        (format!("usb/{NAME}.age"), AGE, "age"),
        ("copy.db".to_owned(), OPENPGP, "OpenPGP"),
        ("text.asc".to_owned(), b"-----BEGIN PGP MESSAGE-----\n\nhF4D", "OpenPGP"),
        // Its first bytes are lost.
        ("lost.gpg".to_owned(), b"?", "OpenPGP"),
    ] {
        fs::write(world.path(&file), [start, &bytes].concat()).unwrap();
        for command in [
            &["import", &file, "--archive", "archive.db"][..],
            &["import-backup", &file, "--archive", "archive.db"],
            &["repair", "--to", "new.db", "--archive", &file],
            &["repair", "--to", "new.db", "--archive", "archive.db", "--from", &file],
            &["verify", "--archive", &file],
            &["list", "--archive", &file],
        ] {
            let run = world.run(command);
            let said = run.to_string();
            assert_eq!(run.code(), Some(2), "{command:?} {said}");
            assert!(said.contains(&format!("is encrypted with {with}\n")), "{command:?} {said}");
            let open = match (file.starts_with("usb/"), with) {
                (true, "age") => format!("fetch usb@{NAME}.age FILE --identity KEY"),
                (true, _) => format!("fetch usb@{NAME}.gpg FILE"),
                (false, _) => format!("gpg -d -o FILE {file}"),
            };
            assert!(said.replace('\'', "").contains(&open.replace('\'', "")), "{command:?} {said}");
        }
        assert!(!world.path("new.db").exists());
    }
    assert_snapshot!(world.run(&["verify", "--archive", "copy.db"]), @"
    ------- stderr -------
    Error: copy.db is a copy that is encrypted with OpenPGP
    Hint: Decrypt it: gpg -d -o FILE copy.db
    ------- exit 2 -------
    ");
}
