//! Which table or index the pages belong to, as far as the way from its root to them is whole; and which pages are free.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rusqlite::types::Value;

use super::super::wal;
use super::image::Image;
use super::page::{Page, PageKind};
use super::values;

/// The number of the page where the list of tables begins.
const SCHEMA_ROOT: u32 = 1;

/// The kinds of pages in the map of an archive that can give pages back (`auto_vacuum`).
const MAP_KINDS: std::ops::RangeInclusive<u8> = 0..=5;
const FREE: u8 = 2;
const MAP_ENTRY: usize = 5;

/// An object of the schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct SchemaObject {
    pub(in super::super) kind: String,
    pub(in super::super) name: String,
    pub(in super::super) root: u32,
    pub(in super::super) sql: Option<String>,
}

/// The b-trees of a database.
#[derive(Debug, Default)]
pub(in super::super) struct Trees {
    pub(in super::super) schema: Vec<SchemaObject>,
    /// The pages that are reached from the root of a tree, with the name of that tree; `None` where two trees claim one.
    reached: BTreeMap<u32, Option<String>>,
}

impl Trees {
    /// Follows every tree from its root. Where the list of tables cannot be reached, its pages are looked for; those in `free` are older.
    pub(in super::super) fn read(image: &Image, free: &BTreeSet<u32>) -> io::Result<Self> {
        let mut pages = BTreeSet::new();
        walk(image, SCHEMA_ROOT, &mut pages)?;
        let mut schema = Vec::new();
        for number in &pages {
            schema.extend(schema_of(image, *number)?);
        }
        for number in (1..=image.pages()).filter(|number| !pages.contains(number) && !free.contains(number)) {
            let found = schema_of(image, number)?;
            schema.extend(
                found
                    .into_iter()
                    .filter(|object| schema.iter().all(|known| known.name != object.name))
                    .collect::<Vec<_>>(),
            );
        }
        let mut trees =
            Self { schema, reached: pages.into_iter().map(|page| (page, Some("sqlite_schema".to_owned()))).collect() };
        for object in trees.schema.clone().iter().filter(|object| object.root > 0) {
            let mut pages = BTreeSet::new();
            walk(image, object.root, &mut pages)?;
            for page in pages {
                let name = Some(object.name.clone());
                trees
                    .reached
                    .entry(page)
                    .and_modify(|known| {
                        if *known != name {
                            *known = None;
                        }
                    })
                    .or_insert(name);
            }
        }
        Ok(trees)
    }

    /// Returns the tree that a page belongs to.
    pub(in super::super) fn of(&self, page: u32) -> Option<&str> {
        self.reached.get(&page)?.as_deref()
    }
}

/// Collects the pages below a page and itself.
fn walk(image: &Image, root: u32, pages: &mut BTreeSet<u32>) -> io::Result<()> {
    let mut waiting = vec![root];
    while let Some(number) = waiting.pop() {
        if number == 0 || number > image.pages() || pages.contains(&number) {
            continue;
        }
        let bytes = image.page(number)?;
        if let Some(page) = Page::parse(&bytes, number) {
            pages.insert(number);
            if matches!(page.kind, PageKind::TableInterior | PageKind::IndexInterior) {
                waiting.extend(page.children());
            }
        }
    }
    Ok(())
}

/// Returns the objects of the schema in a page.
fn schema_of(image: &Image, number: u32) -> io::Result<Vec<SchemaObject>> {
    let bytes = image.page(number)?;
    let Some(page) = Page::parse(&bytes, number).filter(|page| page.kind == PageKind::TableLeaf) else {
        return Ok(Vec::new());
    };
    let mut objects = Vec::new();
    for cell in page.cells() {
        objects.extend(page.row(image, &cell)?.as_deref().and_then(values::decode).and_then(schema_object));
    }
    Ok(objects)
}

fn schema_object(values: Vec<Value>) -> Option<SchemaObject> {
    let [Value::Text(kind), Value::Text(name), Value::Text(_), Value::Integer(root), sql]: [Value; 5] =
        values.try_into().ok()?
    else {
        return None;
    };
    let sql = match sql {
        Value::Text(sql) => Some(sql),
        Value::Null => None,
        _ => return None,
    };
    let is_known = ["table", "index", "view", "trigger"].contains(&kind.as_str());
    Some(SchemaObject { kind, name, root: u32::try_from(root).ok()?, sql }).filter(|_| is_known)
}

/// Returns the pages that hold nothing, or rows that were deleted: those of the list of free pages, and those that the map of pages calls
/// free.
pub(in super::super) fn free_pages(image: &Image) -> io::Result<BTreeSet<u32>> {
    let mut free = listed_as_free(image)?;
    free.extend(mapped_as_free(image)?);
    Ok(free)
}

fn listed_as_free(image: &Image) -> io::Result<BTreeSet<u32>> {
    let mut free = BTreeSet::new();
    let mut trunk = image.header()?.map_or(0, |header| header.free_list);
    while (2..=image.pages()).contains(&trunk) && free.insert(trunk) {
        let page = image.page(trunk)?;
        let count = (wal::number(&page, 4) as usize).min(page.len() / 4 - 2);
        let leaves = (0..count).map(|leaf| wal::number(&page, 8 + 4 * leaf));
        free.extend(leaves.filter(|leaf| (2..=image.pages()).contains(leaf)));
        trunk = wal::number(&page, 0);
    }
    Ok(free)
}

/// The map begins in page 2, and has a page for each `size / 5` pages behind it.
fn mapped_as_free(image: &Image) -> io::Result<BTreeSet<u32>> {
    let entries = image.page_size() / MAP_ENTRY;
    let mut free = BTreeSet::new();
    for map in (2..=image.pages()).step_by(entries + 1) {
        let page = image.page(map)?;
        let kinds: Vec<u8> = page.chunks_exact(MAP_ENTRY).map(|entry| entry[0]).collect();
        // Not every database has one.
        if !kinds.iter().all(|kind| MAP_KINDS.contains(kind)) {
            continue;
        }
        let mapped = (map + 1..).zip(kinds).filter(|(page, kind)| *kind == FREE && *page <= image.pages());
        free.extend(mapped.map(|(page, _)| page));
    }
    Ok(free)
}
