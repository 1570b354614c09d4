//! Where everything stands: rows, pictures and codes on their pages.
//!
//! All lengths are points; `y` is counted from the upper edge of the page.

use super::cells::{Row, cells, row_height, rows};
use super::mark;
use crate::picture::codes::{self, Modules};
use crate::picture::{Picture, logo};
use crate::receipt::model::PdfForm;
use crate::receipt::printed::{Align, Block, Code, Line, Printed, Style, Symbology};

const MILLIMETRE: f32 = 72.0 / 25.4;
/// Advance of a glyph for its size (DejaVu Sans Mono).
pub(super) const ADVANCE: f32 = 0.602;
const LINE_HEIGHT: f32 = 1.32;
/// Receipts are 32 to 48 columns; what is wider makes the letters smaller, to here, and is then broken.
const MOST_COLUMNS: usize = 80;
const FEWEST_COLUMNS: usize = 32;
/// ISO 32000-1, annex C: a page is at most 14400 units high. Longer receipts get a second roll.
const LONGEST_ROLL: f32 = 14_000.0;
const ROLL_WIDTH: f32 = 80.0 * MILLIMETRE;
/// Printers of 80 mm print 72 of them.
const PRINTED_WIDTH: f32 = 72.0 * MILLIMETRE;
/// Dots of a receipt printer on an inch.
const DOTS_PER_INCH: f32 = 203.0;
const A4: (f32, f32) = (210.0 * MILLIMETRE, 297.0 * MILLIMETRE);
const A4_SIZE: f32 = 10.0;
const A4_MARGIN: f32 = 16.0 * MILLIMETRE;
const ROLL_BOTTOM: f32 = 6.0 * MILLIMETRE;
const BAR_HEIGHT: f32 = 40.0;
/// Widths of a module: 0.35 mm of a bar code; QR codes are about 30 mm wide.
const BAR_MODULE: f32 = 1.0;
const QR_WIDTH: f32 = 86.0;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item<'a> {
    Row(Row),
    Picture {
        picture: &'a Picture,
        x: f32,
        width: f32,
        height: f32,
    },
    Code {
        modules: Modules,
        x: f32,
        width: f32,
        height: f32,
        caption: Vec<Row>,
    },
    Cut,
}

/// The measures of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    pub(super) width: f32,
    pub(super) form: PdfForm,
    pub(super) left: f32,
    pub(super) inner: f32,
    /// Size of the letters.
    pub(super) size: f32,
    pub(super) columns: usize,
}

impl Paper {
    pub(super) fn new(printed: &Printed, form: PdfForm) -> Self {
        let widest = printed.blocks.iter().map(|block| match block {
            Block::Line(line) => cells(line).1,
            _ => 0,
        });
        let widest = widest.max().unwrap_or_default();
        // Lines beyond any paper are prose: they are broken at the paper's width.
        let columns = match widest > MOST_COLUMNS {
            true => printed.columns,
            false => printed.columns.max(widest),
        };
        let columns = columns.clamp(FEWEST_COLUMNS, MOST_COLUMNS);
        let count = length(columns);
        let (width, size) = match form {
            PdfForm::A4 => (
                A4.0,
                A4_SIZE.min((A4.0 - 2.0 * A4_MARGIN) / (count * ADVANCE)),
            ),
            _ => (ROLL_WIDTH, PRINTED_WIDTH / (count * ADVANCE)),
        };
        let inner = count * ADVANCE * size;
        Paper {
            width,
            form,
            left: (width - inner) / 2.0,
            inner,
            size,
            columns,
        }
    }

    pub(super) fn line_height(&self) -> f32 {
        self.size * LINE_HEIGHT
    }

    fn top(&self) -> f32 {
        match self.form {
            PdfForm::A4 => A4_MARGIN,
            _ => mark::ROOM + 2.0,
        }
    }

    /// Upper edge of the mark: it stands right above the receipt.
    pub(super) fn mark_top(&self) -> f32 {
        self.top() - mark::ROOM - 2.0
    }

    fn bottom(&self) -> f32 {
        match self.form {
            PdfForm::A4 => A4_MARGIN,
            _ => ROLL_BOTTOM,
        }
    }

    /// Height of what one page holds.
    fn room(&self) -> f32 {
        let page = match self.form {
            PdfForm::A4 => A4.1,
            _ => LONGEST_ROLL,
        };
        page - self.top() - self.bottom()
    }

    fn aligned(&self, align: Align, width: f32) -> f32 {
        self.left
            + match align {
                Align::Left => 0.0,
                Align::Centre => (self.inner - width) / 2.0,
                Align::Right => self.inner - width,
            }
    }

    fn height(&self, item: &Item) -> f32 {
        let line = self.line_height();
        match item {
            Item::Row(row) => row_height(row) * line,
            Item::Picture { height, .. } => height + line,
            Item::Code {
                height, caption, ..
            } => height + (length(caption.len()) + 1.0) * line,
            Item::Cut => 2.0 * line,
        }
    }
}

/// A page with its items, each with its upper edge.
#[derive(Debug, Default)]
pub(super) struct PageItems<'a> {
    pub(super) height: f32,
    pub(super) items: Vec<(f32, Item<'a>)>,
}

/// Sets all blocks on pages.
pub(super) fn pages<'a>(
    printed: &'a Printed,
    logo: Option<&'a Picture>,
    paper: &Paper,
) -> Vec<PageItems<'a>> {
    let mut pages = vec![PageItems::default()];
    let mut y = 0.0;
    let logo = logo.map(|logo| on_top(logo, paper));
    let blocks = trimmed(&printed.blocks).iter();
    for item in logo
        .into_iter()
        .chain(blocks.flat_map(|block| items(block, paper)))
    {
        let height = paper.height(&item);
        if y > 0.0 && y + height > paper.room() {
            pages.push(PageItems::default());
            y = 0.0;
        }
        if let Some(page) = pages.last_mut() {
            page.items.push((paper.top() + y, item));
            y += height;
            page.height = match paper.form {
                PdfForm::A4 => A4.1,
                _ => paper.top() + y + paper.bottom(),
            };
        }
    }
    for page in &mut pages {
        page.height = page
            .height
            .max(paper.top() + paper.line_height() + paper.bottom());
    }
    pages
}

/// Leaves out the feed before the first line and behind the last one, and the last cut.
fn trimmed(blocks: &[Block]) -> &[Block] {
    let is_blank = |block: &Block| match block {
        Block::Line(line) => line.spans.iter().all(|span| {
            !span.style.inverse && !span.style.underline && span.text.trim().is_empty()
        }),
        Block::Cut => true,
        _ => false,
    };
    let first = blocks
        .iter()
        .position(|block| !is_blank(block))
        .unwrap_or(blocks.len());
    let last = blocks
        .iter()
        .rposition(|block| !is_blank(block))
        .map_or(first, |last| last + 1);
    blocks.get(first..last).unwrap_or_default()
}

fn items<'a>(block: &'a Block, paper: &Paper) -> Vec<Item<'a>> {
    match block {
        Block::Line(line) => rows(line, paper.columns)
            .into_iter()
            .map(Item::Row)
            .collect(),
        Block::Picture { picture, align } => vec![placed(picture, *align, paper)],
        Block::Code { code, align } => drawn(code, *align, paper),
        Block::Cut => vec![Item::Cut],
    }
}

/// A picture of the till's at the size that a receipt printer gives it: a dot for a pixel.
fn placed<'a>(picture: &'a Picture, align: Align, paper: &Paper) -> Item<'a> {
    let dots = PRINTED_WIDTH / 72.0 * DOTS_PER_INCH;
    let wide = paper.inner * pixels(picture.width) / dots;
    sized(picture, wide, align, paper)
}

/// The shop's logo, which takes as much of the paper as it takes of a phone.
fn on_top<'a>(logo: &'a Picture, paper: &Paper) -> Item<'a> {
    let (shown, _) = logo::shown(logo);
    let wide = paper.inner * pixels(shown) / pixels(logo::ROOM.0);
    sized(logo, wide, Align::Centre, paper)
}

/// A picture of this width, smaller where the paper does not hold it.
fn sized<'a>(picture: &'a Picture, wide: f32, align: Align, paper: &Paper) -> Item<'a> {
    let high = wide * pixels(picture.height) / pixels(picture.width);
    let shrink = (paper.inner / wide)
        .min((paper.room() - paper.line_height()) / high)
        .min(1.0);
    let (width, height) = (wide * shrink, high * shrink);
    Item::Picture {
        picture,
        x: paper.aligned(align, width),
        width,
        height,
    }
}

/// A code, or its payload in words where it cannot be drawn.
fn drawn<'a>(code: &Code, align: Align, paper: &Paper) -> Vec<Item<'a>> {
    let words = Line {
        align,
        spans: vec![crate::receipt::printed::Span {
            text: code.payload.clone(),
            style: Style::default(),
        }],
    };
    let Ok(modules) = codes::modules(code) else {
        return rows(&words, paper.columns)
            .into_iter()
            .map(Item::Row)
            .collect();
    };
    let wide = length(modules.width());
    let module = match code.symbology {
        Symbology::Qr => QR_WIDTH / wide,
        _ => BAR_MODULE,
    };
    let module = module.min(paper.inner / wide);
    let width = module * wide;
    let height = match code.symbology {
        Symbology::Qr => width,
        _ => BAR_HEIGHT,
    };
    vec![Item::Code {
        modules,
        x: paper.aligned(align, width),
        width,
        height,
        caption: match code.shows_text {
            true => rows(&words, paper.columns),
            false => Vec::new(),
        },
    }]
}

/// Counts of a receipt, as lengths: far below the 2^16 that a float holds exactly.
pub(super) fn length(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

fn pixels(count: u32) -> f32 {
    f32::from(u16::try_from(count.max(1)).unwrap_or(u16::MAX))
}
