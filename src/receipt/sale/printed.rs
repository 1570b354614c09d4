//! Prints a sale as a receipt printer would: 42 columns, aligned by what each text takes on a screen.
//!
//! The text part and the PDF are made from it.

use super::columns::{self, COLUMNS};
use super::words::{self, Words};
use crate::receipt::printed::{Align, Block, Code, Line, PLAIN, Printed, Span, Style, Symbology};
use crate::receipt::view::{CodeView, CustomerView, Figure, LineView, ShopView, View};
use crate::text::Language;

const BOLD: Style = Style {
    bold: true,
    ..PLAIN
};
const LARGE: Style = Style {
    double_height: true,
    ..BOLD
};

/// What stands below a line, such as its quantity, is set in by so much.
const INDENT: &str = "  ";

/// Prints a view.
pub(crate) fn printed(view: &View) -> Printed {
    let mut paper = Paper {
        language: if view.language == "en" {
            Language::English
        } else {
            Language::French
        },
        blocks: Vec::with_capacity(view.lines.len() * 2 + 60),
    };
    paper.head(view);
    paper.sale(view);
    paper.sums(view);
    paper.vat(view);
    paper.figures(&view.loyalty, PLAIN);
    paper.figures(&view.voucher, BOLD);
    paper.codes(view);
    paper.foot(view);
    Printed {
        columns: COLUMNS,
        blocks: paper.blocks,
    }
}

struct Paper {
    language: Language,
    blocks: Vec<Block>,
}

impl Paper {
    fn head(&mut self, view: &View) {
        if let Some(mention) = &view.mention {
            self.centred(mention, BOLD);
            self.gap();
        }
        self.shop(&view.shop);
        self.rule();
        self.pair(&view.title, &view.date, BOLD);
        let who: Vec<&str> = [&view.till, &view.cashier]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        self.pair(&who.join(" · "), &view.time, PLAIN);
        if let Some(customer) = &view.customer {
            self.customer(customer);
        }
    }

    fn shop(&mut self, shop: &ShopView) {
        self.centred(&shop.sign, LARGE);
        for line in shop.company.iter().chain(&shop.address).chain(&shop.phone) {
            self.centred(line, PLAIN);
        }
        let registered: Vec<&str> = [&shop.siret, &shop.naf]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        self.centred(&registered.join(" · "), PLAIN);
        if let Some(number) = &shop.vat_number {
            self.centred(number, PLAIN);
        }
    }

    fn customer(&mut self, customer: &CustomerView) {
        self.rule();
        self.left(self.word(&words::CUSTOMER), "", PLAIN);
        self.left(&customer.name, INDENT, BOLD);
        for line in customer.address.iter().chain(&customer.vat_number) {
            self.left(line, INDENT, PLAIN);
        }
    }

    fn sale(&mut self, view: &View) {
        if view.lines.is_empty() {
            return;
        }
        self.rule();
        let codes = view.lines.iter().filter_map(|line| line.vat_code.as_ref());
        let code_width = codes.map(|code| columns::width(code)).max();
        for line in &view.lines {
            self.line(line, code_width);
        }
    }

    fn line(&mut self, line: &LineView, code_width: Option<usize>) {
        let count = line.quantity.as_deref().map(|count| self.counted(count));
        let (figure, count) = match &line.total {
            Some(total) => (
                with_code(total, line.vat_code.as_deref(), code_width),
                count,
            ),
            None => (count.unwrap_or_default(), None),
        };
        self.pair(&line.label, &figure, PLAIN);
        for below in [&count, &line.discount].into_iter().flatten() {
            self.left(below, INDENT, PLAIN);
        }
        for note in line.note.iter().flat_map(|note| note.lines()) {
            self.left(note, INDENT, PLAIN);
        }
    }

    /// Says of a bare count what it is; `2 × 1,20 €` does without a word.
    fn counted(&self, count: &str) -> String {
        if count.contains('×') {
            return count.to_owned();
        }
        format!("{}\u{a0}{count}", self.word(&words::QUANTITY))
    }

    fn sums(&mut self, view: &View) {
        let amounts = !view.subtotals.is_empty() || view.total.is_some();
        if amounts || view.line_count.is_some() {
            self.rule();
        }
        for subtotal in &view.subtotals {
            self.pair(&subtotal.label, &subtotal.amount, PLAIN);
        }
        if let Some(total) = &view.total {
            let label = if view.vat.is_empty() {
                words::TOTAL
            } else {
                words::TOTAL_WITH_VAT
            };
            self.pair(self.word(&label), total, LARGE);
        }
        for payment in &view.payments {
            self.pair(&payment.label, &payment.amount, PLAIN);
        }
        if let Some(change) = &view.change {
            self.pair(self.word(&words::CHANGE), change, PLAIN);
        }
        if let Some(count) = &view.line_count {
            self.left(count, "", PLAIN);
        }
    }

    /// The VAT table, as columns where they fit and as one figure below the other where they do not.
    fn vat(&mut self, view: &View) {
        if view.vat.is_empty() {
            return;
        }
        self.rule();
        let heads = [words::RATE, words::NET, words::TAX, words::GROSS];
        let heads = heads.map(|head| self.word(&head).to_owned());
        let mut rows = vec![heads.clone()];
        rows.extend(view.vat.iter().map(|row| {
            let code = row.code.as_deref().map(|code| format!("{code} "));
            [
                format!("{}{}", code.unwrap_or_default(), row.rate),
                row.net.clone().unwrap_or_default(),
                row.tax.clone(),
                row.gross.clone().unwrap_or_default(),
            ]
        }));
        if let Some(lines) = columns::table(&rows) {
            for line in lines {
                self.put(Align::Left, line, PLAIN);
            }
            return;
        }
        for row in rows.iter().skip(1) {
            for (head, cell) in heads.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
                self.pair(head, cell, PLAIN);
            }
        }
    }

    fn figures(&mut self, figures: &[Figure], style: Style) {
        if figures.is_empty() {
            return;
        }
        self.rule();
        for figure in figures {
            let mut lines = figure.label.lines().peekable();
            while let Some(label) = lines.next() {
                let last = lines.peek().is_none();
                self.pair(label, if last { &figure.amount } else { "" }, style);
            }
        }
    }

    fn codes(&mut self, view: &View) {
        for code in [&view.barcode, &view.qr].into_iter().flatten() {
            self.gap();
            self.blocks.push(Block::Code {
                code: scanned(code),
                align: Align::Centre,
            });
        }
    }

    fn foot(&mut self, view: &View) {
        for words in [&view.footer, &view.privacy_notice] {
            if !words.is_empty() {
                self.gap();
            }
            for line in words {
                if line.is_empty() {
                    self.gap();
                }
                self.centred(line, PLAIN);
            }
        }
        if view.signature.is_some() || view.software.is_some() {
            self.gap();
        }
        for line in [&view.signature, &view.software].into_iter().flatten() {
            self.centred(line, PLAIN);
        }
    }

    /// Puts a label on the left and a figure on the right of its first line; a long label goes on below.
    fn pair(&mut self, label: &str, figure: &str, style: Style) {
        for line in columns::pair(label, figure) {
            self.put(Align::Left, line, style);
        }
    }

    fn left(&mut self, text: &str, indent: &str, style: Style) {
        for line in columns::wrap(text, COLUMNS - indent.len()) {
            self.put(Align::Left, [indent, &line].concat(), style);
        }
    }

    fn centred(&mut self, text: &str, style: Style) {
        for line in columns::wrap(text, COLUMNS) {
            self.put(Align::Centre, line, style);
        }
    }

    fn rule(&mut self) {
        self.put(Align::Left, "-".repeat(COLUMNS), PLAIN);
    }

    fn gap(&mut self) {
        self.blocks.push(Block::Line(Line::default()));
    }

    fn put(&mut self, align: Align, text: String, style: Style) {
        let spans = vec![Span { text, style }];
        self.blocks.push(Block::Line(Line { align, spans }));
    }

    fn word(&self, words: &Words) -> &'static str {
        words.get(self.language)
    }
}

/// Puts the letter of the VAT rate behind a total; all totals stand below each other.
fn with_code(total: &str, code: Option<&str>, width: Option<usize>) -> String {
    match width {
        Some(width) => format!(
            "{total} {}",
            columns::padded(code.unwrap_or_default(), width)
        ),
        None => total.to_owned(),
    }
}

fn scanned(code: &CodeView) -> Code {
    Code {
        symbology: code.symbology,
        payload: code.payload.clone(),
        // An address in a QR code is longer than the paper is wide, and nobody types it.
        shows_text: code.symbology != Symbology::Qr,
    }
}
