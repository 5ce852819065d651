//! How a picture was converted for an upload.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::inspect::ImageFormat;

/// How a picture was converted. Its `Display` is a text for people: `a PNG became a JPG, scaled from 600 × 500 to 320 × 267`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageChange {
    pub from: ImageFormat,
    pub to: ImageFormat,
    /// Width and height before and after, if they are not the same.
    pub scaled: Option<[(u32, u32); 2]>,
    /// Whether its colour profile was left out.
    pub loses_profile: bool,
}

impl ImageChange {
    /// Returns whether only the first picture of an animation is left.
    pub fn is_stopped(&self) -> bool {
        self.from == ImageFormat::Gif
    }
}

impl fmt::Display for ImageChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} became a {}", self.from.name(), self.to.name())?;
        if let Some([before, after]) = self.scaled {
            write!(f, ", scaled from {} × {} to {} × {}", before.0, before.1, after.0, after.1)?;
        }
        if self.is_stopped() {
            f.write_str(", its first picture alone")?;
        }
        if self.loses_profile {
            f.write_str(", without its colour profile")?;
        }
        Ok(())
    }
}
