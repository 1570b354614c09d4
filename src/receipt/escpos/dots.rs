//! Pictures as printers get them, dot by dot, turned into rows.

use crate::error::{Error, Result};
use crate::picture::{Picture, png};

/// Widest picture: paper of 112 mm has 832 dots.
pub(super) const MAX_WIDTH: usize = 1_024;

/// Most dots of one picture: paper of 80 mm, about 80 cm long.
const MAX_DOTS: usize = 4 << 20;

/// A black and white picture: rows of whole bytes, the highest bit on the left, 1 is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dots {
    width: usize,
    height: usize,
    rows: Vec<u8>,
}

impl Dots {
    /// Takes rows as `GS v 0` sends them; rows that are not whole are left out. None where the size is absurd.
    pub(super) fn of_rows(width: usize, rows: &[u8]) -> Option<Dots> {
        let row_bytes = width.div_ceil(8);
        let height = rows.len().checked_div(row_bytes)?;
        let rows = rows.get(..height * row_bytes)?.to_vec();
        allowed(width, height).then_some(Dots {
            width,
            height,
            rows,
        })
    }

    /// Takes columns as `ESC *` sends them: so many bytes each, the highest bit on top.
    pub(super) fn of_columns(column_bytes: usize, columns: &[u8]) -> Option<Dots> {
        let width = columns.len().checked_div(column_bytes)?;
        let height = column_bytes * 8;
        if !allowed(width, height) {
            return None;
        }
        let mut dots = Dots::white(width, height);
        for (x, column) in columns.chunks_exact(column_bytes).enumerate() {
            for (byte_y, byte) in column.iter().enumerate() {
                (0..8)
                    .filter(|bit| byte & (0x80 >> bit) != 0)
                    .for_each(|bit| dots.blacken(x, byte_y * 8 + bit));
            }
        }
        Some(dots)
    }

    /// Draws each dot so many times across and down. None where it becomes too large.
    pub(super) fn scaled(self, across: usize, down: usize) -> Option<Dots> {
        if (across, down) == (1, 1) {
            return Some(self);
        }
        let (width, height) = (self.width * across, self.height * down);
        if !allowed(width, height) {
            return None;
        }
        let mut scaled = Dots::white(width, height);
        for y in 0..height {
            (0..width)
                .filter(|x| self.is_black(x / across, y / down))
                .for_each(|x| scaled.blacken(x, y));
        }
        Some(scaled)
    }

    /// Puts another picture right below, where they fit together; gives it back where they do not.
    pub(super) fn append(&mut self, below: Dots) -> Option<Dots> {
        if self.width != below.width || !allowed(self.width, self.height + below.height) {
            return Some(below);
        }
        self.height += below.height;
        self.rows.extend_from_slice(&below.rows);
        None
    }

    pub(super) fn area(&self) -> usize {
        self.width * self.height
    }

    /// Nothing of it can be seen.
    pub(super) fn is_white(&self) -> bool {
        self.rows.iter().all(|byte| *byte == 0)
    }

    pub(super) fn picture(&self) -> Result<Picture> {
        let width = u32::try_from(self.width).map_err(Error::bug)?;
        let height = u32::try_from(self.height).map_err(Error::bug)?;
        png::monochrome(width, height, &self.rows)
    }

    fn white(width: usize, height: usize) -> Dots {
        Dots {
            width,
            height,
            rows: vec![0; width.div_ceil(8) * height],
        }
    }

    fn is_black(&self, x: usize, y: usize) -> bool {
        let byte = self.rows.get(y * self.width.div_ceil(8) + x / 8);
        byte.is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    fn blacken(&mut self, x: usize, y: usize) {
        if let Some(byte) = self.rows.get_mut(y * self.width.div_ceil(8) + x / 8) {
            *byte |= 0x80 >> (x % 8);
        }
    }
}

fn allowed(width: usize, height: usize) -> bool {
    (1..=MAX_WIDTH).contains(&width) && (1..=MAX_DOTS / width).contains(&height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_rows() {
        // A slash of 16 by 8 dots, one column after the other.
        let columns: Vec<u8> = (0..8).map(|x| 0x80 >> (7 - x)).collect();
        let slash = Dots::of_columns(1, &columns).unwrap();
        let rows: Vec<u8> = (0..8).map(|y| 1 << y).collect();
        assert_eq!(Dots::of_rows(8, &rows).unwrap(), slash);
        let double = slash.scaled(2, 1).unwrap();
        assert_eq!((double.width, double.height), (16, 8));
        assert_eq!(&double.rows[..4], [0, 0b11, 0, 0b1100]);
    }

    #[test]
    fn absurd_sizes_are_no_picture() {
        assert_eq!(Dots::of_rows(0, &[]), None);
        assert_eq!(Dots::of_rows(8, &[]), None);
        assert_eq!(Dots::of_rows(MAX_WIDTH + 8, &[0; 1_000]), None);
        assert_eq!(Dots::of_columns(0, &[1]), None);
        let tall = Dots::of_rows(8, &vec![1; MAX_DOTS / 16]).unwrap();
        assert_eq!(tall.clone().scaled(2, 2), None);
        let mut twice = tall.clone();
        assert_eq!(twice.append(tall.clone()), None, "just fits");
        assert_eq!(twice.append(tall.clone()), Some(tall), "one too many");
    }
}
