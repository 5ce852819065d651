//! The rows of a damaged file, brought into an empty archive of the same schema.
//!
//! A page belongs to the table from whose root it is reached. The way to it may be damaged; then the rows tell by what they look like,
//! and their checksums. Pages that are free hold rows that were deleted: of those only a checksum of today proves one.

use std::collections::BTreeSet;
use std::io;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};

use super::super::document;
use super::super::pages::{Image, Page, PageKind, Trees, decode, free_pages};
use super::evidence::Evidence;
use super::shape::{CHECKSUM, Shape, Values};
use super::sums::{Proof, Sums};
use crate::canonical;

/// Tables whose rows are taken by their look alone, where there is no checksum: what they say is proven by hashes later.
const HASHED: [&str; 6] = ["account", "draft", "version", "whole", "delta", "received"];

/// Tables whose rows look like entries of an index: they are taken only where the way to them is whole.
const LIKE_AN_INDEX: [&str; 1] = ["lost_version"];

/// How a page is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing<'a> {
    /// It is reached from the root of this tree.
    Reached(&'a str),
    /// No way leads to it.
    Orphan,
    /// It holds rows that were deleted.
    Free,
}

/// Why rows could not be brought over.
#[derive(Debug)]
pub(super) enum RowError {
    File(io::Error),
    Sqlite(rusqlite::Error),
}

impl From<io::Error> for RowError {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl From<rusqlite::Error> for RowError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The pages of a damaged file.
pub(super) struct Pages {
    pub(super) image: Image,
    /// The pages as transactions behind a damage in the journal left them, and which ones these are.
    behind_damage: Option<(Image, Vec<u32>)>,
    pub(super) trees: Trees,
    free: BTreeSet<u32>,
}

impl Pages {
    pub(super) fn of(image: Image) -> io::Result<Self> {
        let behind_damage = image.behind_damage()?;
        let free = free_pages(&image)?;
        let trees = Trees::read(&image, &free)?;
        Ok(Self { image, behind_damage, trees, free })
    }
}

/// A file whose rows are brought over.
pub(super) struct Rows<'a> {
    pub(super) of: &'a Pages,
    pub(super) shapes: &'a [Shape],
    /// The kinds of checksums that there are.
    pub(super) kinds: &'a BTreeSet<&'static str>,
}

/// A row as it is in a page: its number, where it has one, and its values.
type Found = (Option<i64>, Values);

impl Rows<'_> {
    /// Finds the checksums. Those in free pages are older, and those behind a damage of the journal are newer: they prove what is new.
    pub(super) fn sums(&self) -> Result<Sums, RowError> {
        let mut sums = Sums::default();
        for is_reached in [true, false] {
            for number in 1..=self.of.image.pages() {
                match self.standing(number) {
                    Standing::Reached(tree) if is_reached && tree == CHECKSUM => {}
                    Standing::Orphan if !is_reached => {}
                    _ => continue,
                }
                self.add_sums(&self.of.image, number, &mut sums)?;
            }
        }
        for (image, number) in self.pages_behind_damage() {
            self.add_sums(image, number, &mut sums)?;
        }
        Ok(sums)
    }

    fn add_sums(&self, image: &Image, number: u32, sums: &mut Sums) -> Result<(), RowError> {
        for (_, values) in found(image, number)?.map(|(_, rows)| rows).unwrap_or_default() {
            if let [Value::Text(kind), Value::Integer(owner), Value::Integer(sum)] = &values[..]
                && self.kinds.contains(kind.as_str())
            {
                sums.add(kind, *owner, *sum);
            }
        }
        Ok(())
    }

    fn pages_behind_damage(&self) -> impl Iterator<Item = (&Image, u32)> {
        self.of.behind_damage.iter().flat_map(|(image, changed)| changed.iter().map(move |number| (image, *number)))
    }

    /// Brings the rows into the tables of `to`; `on_page` is called with how many pages were read and how many there are. Returns what
    /// the indexes know.
    pub(super) fn bring(
        &self,
        to: &Connection,
        sums: &Sums,
        on_page: &mut dyn FnMut(u64, u64),
    ) -> Result<Evidence, RowError> {
        let pages = self.of.image.pages();
        let (mut evidence, mut read) = (Evidence::default(), 0);
        let is_of: [fn(Standing<'_>) -> bool; 3] = [
            |standing| matches!(standing, Standing::Reached(_)),
            |standing| standing == Standing::Orphan,
            |standing| standing == Standing::Free,
        ];
        for is_of in is_of {
            for number in (1..=pages).filter(|number| is_of(self.standing(*number))) {
                read += 1;
                on_page(read, u64::from(pages));
                let Some((kind, rows)) = found(&self.of.image, number)? else { continue };
                let standing = self.standing(number);
                self.learn(kind, standing, &rows, &mut evidence);
                for (shape, row) in self.tables_of(kind, standing, &rows, sums) {
                    put(to, shape, &row, sums.proof(shape, &row), standing == Standing::Free)?;
                }
            }
        }
        // What was written with them is lost, so each row must be proven, as those that were deleted.
        for (image, number) in self.pages_behind_damage() {
            let Some((kind, rows)) = found(image, number)? else { continue };
            for (shape, row) in self.tables_of(kind, Standing::Free, &rows, sums) {
                put(to, shape, &row, sums.proof(shape, &row), true)?;
            }
        }
        Ok(evidence)
    }

    fn standing(&self, number: u32) -> Standing<'_> {
        match self.of.trees.of(number) {
            Some(tree) => Standing::Reached(tree),
            None if self.of.free.contains(&number) => Standing::Free,
            None => Standing::Orphan,
        }
    }

    fn learn(&self, kind: PageKind, standing: Standing<'_>, rows: &[Found], evidence: &mut Evidence) {
        let index = match standing {
            Standing::Reached(index) => Some(index),
            Standing::Orphan => None,
            Standing::Free => return,
        };
        if matches!(kind, PageKind::IndexLeaf | PageKind::IndexInterior) {
            rows.iter().for_each(|(_, values)| evidence.add(index, values));
        }
    }

    /// Returns the rows of a page, each with its table.
    fn tables_of(&self, kind: PageKind, standing: Standing<'_>, rows: &[Found], sums: &Sums) -> Vec<(&Shape, Values)> {
        let shapes: Vec<&Shape> = self.shapes.iter().filter(|shape| shape.is_in(kind)).collect();
        if let Standing::Reached(tree) = standing {
            let shape = shapes.iter().find(|shape| shape.name == tree);
            let fitting = |shape: &'_ &&'_ Shape| -> Vec<_> {
                let row = |(rowid, values): &Found| shape.row(*rowid, values);
                rows.iter().filter_map(row).collect()
            };
            match (shape, shape.as_ref().map(fitting)) {
                (Some(shape), Some(of_tree)) if !of_tree.is_empty() => {
                    return of_tree.into_iter().map(|row| (*shape, row)).collect();
                }
                // An index, or a table that is not brought over.
                (None, _) if !self.shapes.iter().any(|shape| shape.name == tree) => return Vec::new(),
                // What led here was damaged.
                _ => {}
            }
        }
        let shapes: Vec<_> = shapes.into_iter().filter(|shape| !LIKE_AN_INDEX.contains(&shape.name)).collect();
        let look = |(rowid, values): &Found| -> Vec<(&Shape, Values)> {
            shapes.iter().filter_map(|shape| Some((*shape, shape.row(*rowid, values)?))).collect()
        };
        let looks: Vec<_> = rows.iter().map(look).filter(|look| !look.is_empty()).collect();
        let of_page = table_of_page(&looks, sums);
        looks.into_iter().filter_map(|look| table_of_row(look, of_page, sums)).collect()
    }
}

/// Reads the rows of a page; `None` where it has none.
fn found(image: &Image, number: u32) -> io::Result<Option<(PageKind, Vec<Found>)>> {
    let bytes = image.page(number)?;
    let Some(page) = Page::parse(&bytes, number).filter(|page| page.kind != PageKind::TableInterior) else {
        return Ok(None);
    };
    let mut rows = Vec::new();
    for cell in page.cells() {
        let values = page.row(image, &cell)?.as_deref().and_then(decode);
        rows.extend(values.map(|values| (cell.rowid, values)));
    }
    Ok(Some((page.kind, rows)))
}

/// Returns the table that has most of the rows of a page by their checksums; else the only one whose rows they can be.
fn table_of_page(looks: &[Vec<(&Shape, Values)>], sums: &Sums) -> Option<&'static str> {
    let proven = |name: &str| {
        let holds = |(shape, row): &(&Shape, Values)| shape.name == name && sums.proof(shape, row) == Proof::Holds;
        looks.iter().filter(|look| look.iter().any(holds)).count()
    };
    let mut common: Vec<&'static str> = looks.first()?.iter().map(|(shape, _)| shape.name).collect();
    common.retain(|name| looks.iter().all(|look| look.iter().any(|(shape, _)| shape.name == *name)));
    let best = common.iter().max_by_key(|name| proven(name)).copied()?;
    (common.len() == 1 || proven(best) > 0).then_some(best)
}

/// Chooses the table of a row among those whose row it can be.
fn table_of_row<'s>(look: Vec<(&'s Shape, Values)>, of_page: Option<&str>, sums: &Sums) -> Option<(&'s Shape, Values)> {
    // These two look the same, and have one checksum.
    if look.iter().all(|(shape, _)| shape.is_of_documents() && shape.name != "delta") {
        let name = if look.first().is_some_and(|(_, row)| is_strict(row)) { "whole" } else { "received" };
        return look.into_iter().find(|(shape, _)| shape.name == name);
    }
    let holds = |(shape, row): &(&Shape, Values)| sums.proof(shape, row) == Proof::Holds;
    if let Some(place) = look.iter().position(holds) {
        return look.into_iter().nth(place);
    }
    let (shape, row) = look.into_iter().find(|(shape, _)| Some(shape.name) == of_page)?;
    (!shape.is_single() || HASHED.contains(&shape.name)).then_some((shape, row))
}

/// Returns whether a document is strict JSON, which `whole` holds alone.
fn is_strict(row: &[Value]) -> bool {
    let [_, Value::Integer(length), Value::Blob(body)] = row else { return false };
    let document = usize::try_from(*length).ok().and_then(|length| document::unpack(body.clone(), length).ok());
    document.and_then(|document| canonical::canonicalise(&document).ok()).is_some_and(|canonical| canonical.strict)
}

/// Returns whether a document builds on itself or an older one: the base is the later version, so the row is damaged.
fn is_circle(shape: &Shape, row: &[Value]) -> bool {
    matches!(row, [Value::Integer(version), Value::Integer(base), ..] if shape.name == "delta" && base <= version)
}

/// Writes a row. One that is proven takes the place of those that are not; one that was deleted must be proven, or be a document that is
/// not there in another form.
fn put(to: &Connection, shape: &Shape, row: &[Value], proof: Proof, is_deleted: bool) -> Result<(), RowError> {
    if is_circle(shape, row) {
        return Ok(());
    }
    if is_deleted && proof != Proof::Holds {
        let stands_alone = shape.name == "whole"
            && !to
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM delta WHERE version = ?1)")?
                .query_row([&row[0]], |row| row.get(0))?;
        if !stands_alone {
            return Ok(());
        }
    }
    let written = to.prepare_cached(&shape.insert(proof == Proof::Holds))?.execute(params_from_iter(row));
    match written {
        // It breaks a rule of its table, so it was damaged.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}
