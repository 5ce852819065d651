//! Generated pictures of coloured tiles: small, valid, and different for every seed. Encoders of a library would compute every
//! pixel, which slows unoptimised tests; here a tile takes one number. For the same reason loops here are plain ones.

use std::io::Write as _;

use flate2::{Compression, Crc, write::ZlibEncoder};

use super::random::Random;

/// The size of a tile is that of a JPEG block, so that one number describes a block.
const TILE: usize = 8;

/// A gradient between two colours, tile by tile.
struct Tiles {
    from: [u8; 3],
    to: [u8; 3],
    across: usize,
    tilt: usize,
    grain: Random,
}

impl Tiles {
    fn of(random: &mut Random, width: usize) -> Self {
        let mut colour = || [0, 1, 2].map(|_| (random.below(200) + 40) as u8);
        let (from, to) = (colour(), colour());
        Self { from, to, across: width.div_ceil(TILE), tilt: random.below(5), grain: random.clone() }
    }

    /// Returns the colour of a tile: a slanted gradient with some noise.
    fn colour(&mut self, column: usize, row: usize) -> [u8; 3] {
        let part = ((column + row * self.tilt) * 256 / (self.across * 3).max(1) + self.grain.below(24)).min(256);
        let mix = |from: u8, to: u8| ((usize::from(from) * (256 - part) + usize::from(to) * part) / 256) as u8;
        [mix(self.from[0], self.to[0]), mix(self.from[1], self.to[1]), mix(self.from[2], self.to[2])]
    }
}

/// Generates a PNG (RFC 2083), 8 bits of red, green and blue.
pub(super) fn png(random: &mut Random, width: usize, height: usize) -> Vec<u8> {
    let mut tiles = Tiles::of(random, width);
    let mut lines = Vec::with_capacity(height * (width * 3 + 1));
    for row in 0..height.div_ceil(TILE) {
        let mut line = vec![0];
        for column in 0..width.div_ceil(TILE) {
            line.extend(tiles.colour(column, row).repeat(TILE));
        }
        line.truncate(1 + width * 3);
        for _ in row * TILE..height.min((row + 1) * TILE) {
            lines.extend_from_slice(&line);
        }
    }
    let header = [&(width as u32).to_be_bytes()[..], &(height as u32).to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let chunks = [chunk(*b"IHDR", &header), chunk(*b"IDAT", &deflate(&lines)), chunk(*b"IEND", &[])];
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(data);
    [&(data.len() as u32).to_be_bytes()[..], &kind, data, &sum.sum().to_be_bytes()].concat()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes all that is written")
}

/// Generates a GIF of one pixel; a random comment makes it unique.
pub(super) fn gif(random: &mut Random) -> Vec<u8> {
    let colour = [0, 1, 2].map(|_| random.below(256) as u8);
    let comment = random.text(16);
    [
        &b"GIF89a\x01\x00\x01\x00\x80\x00\x00"[..],
        &colour,
        b"\xff\xff\xff\x21\xfe\x10",
        comment.as_bytes(),
        b"\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b",
    ]
    .concat()
}

/// Generates a JPEG (ITU-T T.81, baseline): every block is one colour, so only its mean is coded.
pub(super) fn jpeg(random: &mut Random, width: usize, height: usize) -> Vec<u8> {
    let mut tiles = Tiles::of(random, width);
    let (mut bits, mut before) = (Bits::default(), [0; 3]);
    for row in 0..height.div_ceil(TILE) {
        for column in 0..width.div_ceil(TILE) {
            let means = luminance(tiles.colour(column, row));
            bits.mean(means[0] - before[0]);
            bits.mean(means[1] - before[1]);
            bits.mean(means[2] - before[2]);
            before = means;
        }
    }
    let [height, width] = [height, width].map(|side| (side as u16).to_be_bytes());
    let frame = [&[8][..], &height, &width, &[3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]].concat();
    [
        &b"\xff\xd8"[..],
        &segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        // Steps of 8 make a block's coefficient its mean.
        &segment(0xdb, &[&[0][..], &[8; 64]].concat()),
        &segment(0xc0, &frame),
        // Means: twelve sizes, four bits each. The rest: one symbol, "nothing more", one bit.
        &segment(0xc4, &[&[0x00][..], &[0, 0, 0, 12], &[0; 12], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]].concat()),
        &segment(0xc4, &[&[0x10, 1][..], &[0; 15], &[0]].concat()),
        &segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
        &bits.finish(),
        b"\xff\xd9",
    ]
    .concat()
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xff, marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat()
}

/// Luminance and the two colour differences (JFIF), around zero.
fn luminance([red, green, blue]: [u8; 3]) -> [i32; 3] {
    let [red, green, blue] = [i32::from(red), i32::from(green), i32::from(blue)];
    [
        (299 * red + 587 * green + 114 * blue) / 1000 - 128,
        (-169 * red - 331 * green + 500 * blue) / 1000,
        (500 * red - 419 * green - 81 * blue) / 1000,
    ]
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    /// Writes a block: the size of the difference, the difference, and that nothing more comes.
    fn mean(&mut self, difference: i32) {
        let size = i32::BITS - difference.unsigned_abs().leading_zeros();
        let magnitude = if difference < 0 { difference + (1 << size) - 1 } else { difference };
        self.push((size << size | magnitude as u32) << 1, 4 + size + 1);
    }

    fn push(&mut self, value: u32, length: u32) {
        self.pending = (self.pending << length) | value;
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.pending >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
        }
        self.pending &= (1 << self.count) - 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let padding = (8 - self.count) % 8;
        self.push((1 << padding) - 1, padding);
        self.bytes
    }
}
