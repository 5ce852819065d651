//! `draftkeep assets`: the pictures that a version needs, and which of them are held.

use owo_colors::Style;
use serde_json::{Value, json};

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::output::size;
use super::table::{Align, Column, TableRow};
use crate::archive::{AssetInfo, VersionPicture};
use crate::lookup::{self, VersionRef};
use crate::model::{article_number, counted};

/// List the pictures of a version (covers, pictures of 图片消息, pictures in the text), and which are archived
#[derive(Debug, clap::Args)]
#[command(
    name = "assets",
    after_help = "\
Examples:
  draftkeep assets 3                 of the newest version
  draftkeep assets 3@2 --json | jq '.[] | select(.held | not)'"
)]
pub(super) struct AssetsCommand {
    /// Draft: its number, media_id (or the first 8 characters), or title (or a part); with @N, that version
    #[arg(value_name = "DRAFT[@N]", allow_hyphen_values = true)]
    version: VersionRef,
    #[command(flatten)]
    archive: ArchivePath,
}

impl AssetsCommand {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&self.archive)?;
        let (draft, version) = lookup::find_version(&reader, &self.version)?;
        context.warn_of_doubts(&draft, [reader.doubt_of_version(draft.id, version.number)?]);
        let number = version.number;
        let document = lookup::read_document(&reader, &draft, &version)?;
        let pictures = reader.pictures(&draft, &document).map_err(|error| lookup::unreadable(&draft, number, error))?;
        if context.ui.json {
            context.ui.document(&pictures.iter().map(json).collect::<Vec<_>>())?;
            return Ok(Exit::Done);
        }
        let held = pictures.iter().filter(|picture| picture.is_held()).count();
        let name = lookup::version_label(&draft, number);
        context.ui.status(&format!("{name} needs {}, {held} of them held", counted(pictures.len() as u64, "picture")));
        if !pictures.is_empty() {
            print(context, &pictures)?;
        }
        Ok(Exit::Done)
    }
}

fn print(context: &CommandContext, pictures: &[VersionPicture]) -> Result<(), CommandError> {
    let columns = [
        Column { heading: "ARTICLE", align: Align::Right },
        Column { heading: "PLACE", align: Align::Left },
        Column { heading: "TYPE", align: Align::Left },
        Column { heading: "PIXELS", align: Align::Right },
        Column { heading: "SIZE", align: Align::Right },
        Column { heading: "SHA-256", align: Align::Left },
        Column { heading: "ADDRESS, OR WHY IT IS NOT HELD", align: Align::Shortened },
    ];
    context.ui.table(&columns, &pictures.iter().map(line).collect::<Vec<_>>())
}

fn line(picture: &VersionPicture) -> TableRow {
    let needed = &picture.needed;
    let place = [article_number(needed.position).to_string(), needed.place.as_str().to_owned()];
    let (about, style) = match &picture.asset {
        Some(asset) => (held(asset), Style::new()),
        None => ([const { String::new() }; 4], Style::new().yellow()),
    };
    let held = match (&picture.asset, &picture.trouble) {
        (None, None) => "not asked for yet".to_owned(),
        (None, Some(reason)) => reason.clone(),
        (Some(_), _) => needed.address.as_ref().or(needed.media_id.as_ref()).unwrap_or(&needed.identity).clone(),
    };
    TableRow { values: place.into_iter().chain(about).chain([held]).collect(), style }
}

fn held(asset: &AssetInfo) -> [String; 4] {
    let pixels = asset.width.zip(asset.height).map(|(width, height)| format!("{width}×{height}"));
    let kind = asset.kind.trim_start_matches("image/").to_owned();
    [kind, pixels.unwrap_or_default(), size(asset.bytes), asset.sha256.short()]
}

fn json(picture: &VersionPicture) -> Value {
    let (needed, asset) = (&picture.needed, picture.asset.as_ref());
    json!({
        "position": needed.position,
        "place": needed.place.as_str(),
        "identity": needed.identity,
        "media_id": needed.media_id,
        "address": needed.address,
        "held": picture.is_held(),
        "sha256": asset.map(|asset| asset.sha256),
        "type": asset.map(|asset| &asset.kind),
        "width": asset.map(|asset| asset.width),
        "height": asset.map(|asset| asset.height),
        "bytes": asset.map(|asset| asset.bytes),
        "trouble": picture.trouble,
    })
}
