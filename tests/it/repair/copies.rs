//! Copies that are damaged themselves: what they prove is taken, and the rest is not certified.

use super::*;

/// Changes the text of a time in a file, where there is only one like it.
fn alter(world: &World, file: &str, from: &str, to: &str) {
    let mut bytes = fs::read(world.path(file)).unwrap();
    let found = places(&bytes, from.as_bytes());
    assert!(!found.is_empty());
    for at in found {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    fs::write(world.path(file), bytes).unwrap();
}

/// The content of a version has its hash, its times have a checksum only.
#[test]
fn a_time_that_is_altered_in_a_copy_is_not_certified() {
    let world = kept();
    fs::copy(world.path("archive.db"), world.path("copy.db")).unwrap();
    let at = "2026-08-03T02:00:00.000Z";
    alter(&world, "copy.db", at, "2026-08-03T09:00:00.000Z");
    let from_copy = [REPAIR, &["--from", "copy.db"]].concat();

    // A row of ours that holds stays, and the copy gives the document.
    let sound = fs::read(world.path("archive.db")).unwrap();
    lose(&world, "whole", "");
    let report = json(&world, &from_copy, 0);
    assert_eq!(report["versions"], 12, "{report}");
    let observed = |archive: &str| -> String {
        let sql = "SELECT observed_at FROM version WHERE draft = 2 AND number = 3";
        database(world.path(archive)).query_row(sql, (), |row| row.get(0)).unwrap()
    };
    assert_eq!(observed("new.db"), at);

    // Nothing of ours is left.
    fs::remove_file(world.path("new.db")).unwrap();
    fs::write(world.path("archive.db"), sound).unwrap();
    for table in ["version", "whole", "delta", "checksum"] {
        lose(&world, table, "");
    }
    let report = json(&world, &from_copy, 3);
    assert_eq!(report["versions"], 12, "{report}");
    assert_eq!(report["doubtful"][0]["id"], "mag/#2@3", "{report}");
    assert_eq!(report["doubtful"].as_array().unwrap().len(), 1, "{report}");
    // A second copy that is whole gives it as it was.
    fs::remove_file(world.path("new.db")).unwrap();
    alter(&world, "copy.db", "2026-08-01T01:00:00.000Z", "2026-08-01T09:00:00.000Z");
    let mut whole = fs::read(world.path("copy.db")).unwrap();
    for (from, to) in [("2026-08-03T09:00:00.000Z", at), ("2026-08-01T09:00:00.000Z", "2026-08-01T01:00:00.000Z")] {
        places(&whole.clone(), from.as_bytes())
            .into_iter()
            .for_each(|at| whole[at..at + to.len()].copy_from_slice(to.as_bytes()));
    }
    fs::write(world.path("whole.db"), whole).unwrap();
    let report = json(&world, &[&from_copy[..], &["--from", "whole.db"]].concat(), 3);
    assert_eq!(report["doubtful"], Value::Array(Vec::new()), "{report}");
    assert_eq!(observed("new.db"), at);
}

/// What was lost without a name and came from a copy is not counted as lost.
#[test]
fn what_a_copy_gave_is_not_counted_as_lost() {
    let world = kept();
    fs::copy(world.path("archive.db"), world.path("copy.db")).unwrap();
    for tree in ["version", "sqlite_autoindex_version_1", "whole", "delta", "event"] {
        lose(&world, tree, "");
    }
    let alone = json(&world, &[REPAIR, &["--from", "copy.db"]].concat(), 0);
    assert_eq!((&alone["versions"], &alone["lost_without_name"]), (&12.into(), &0.into()), "{alone}");
    let ids = |archive: &str| -> Vec<(i64, i64, i64)> {
        let database = database(world.path(archive));
        let mut query = database.prepare("SELECT id, draft, number FROM version ORDER BY id").unwrap();
        query.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(ids("new.db"), ids("copy.db"), "each has the number of its row again");
}

#[test]
fn a_pruning_that_a_copy_does_not_prove_is_not_believed() {
    let world = kept();
    database(world.path("archive.db")).execute("VACUUM INTO ?1", [world.path("whole.db").to_str().unwrap()]).unwrap();
    let prune = ["prune", "--keep-last", "1", "--drop-session-ends", "--apply", "--archive", "archive.db"];
    assert_eq!(world.run(&prune).code(), Some(0));
    database(world.path("archive.db")).execute("VACUUM INTO ?1", [world.path("copy.db").to_str().unwrap()]).unwrap();
    flush(&world);
    // The row of draft 1 in the copy says that more was pruned than was.
    let copy = database(world.path("copy.db"));
    let triggers: Vec<String> = {
        let mut query =
            copy.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'pruned'").unwrap();
        query.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    triggers.iter().for_each(|trigger| copy.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap());
    copy.execute("UPDATE pruned SET pruned_at = '2020-01-01T00:00:00.000Z' WHERE draft = 1", ()).unwrap();
    copy.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(copy);
    lose(&world, "pruned", "");
    let report = json(&world, &[REPAIR, &["--from", "copy.db"]].concat(), 3);
    assert_eq!(report["lost"].as_array().unwrap().len(), 3, "{report}");
    assert!(report["lost"][0]["reason"].as_str().unwrap().ends_with("it is lost, or was pruned before"), "{report}");
    let unused = report["not_used"].as_array().unwrap();
    assert!(unused.iter().any(|unused| unused["reason"].as_str().unwrap().contains("table pruned")), "{report}");
}

#[test]
fn a_packed_copy_that_is_cut_off_gives_what_comes_out_of_it() {
    let world = kept();
    let before = versions(&world, "archive.db");
    let mut packer = draftkeep::copies::Packer::new(Vec::new()).unwrap();
    // Each is a block of its own, as of a large archive.
    for bytes in fs::read(world.path("archive.db")).unwrap().chunks(PAGE) {
        packer.write_all(bytes).unwrap();
        packer.flush().unwrap();
    }
    let packed = packer.finish().unwrap();
    fs::write(world.path("copy.db.zst"), &packed[..packed.len() - 3]).unwrap();
    lose(&world, "whole", "");
    let report = json(&world, &[REPAIR, &["--from", "copy.db.zst"]].concat(), 3);
    assert_eq!(versions(&world, "new.db"), before, "{report}");
    assert_eq!((&report["complete"], &report["lost"]), (&false.into(), &Value::Array(Vec::new())), "{report}");
    let reason = report["not_used"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("it is cut off or damaged, and was used as far as it could be unpacked"), "{report}");
    assert_eq!(files(&world), ["archive.db", "copy.db.zst", "new.db"]);
}
