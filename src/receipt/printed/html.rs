//! The HTML part of a mail: printed lines, monospaced, in one size that fits the phone and one for the desktop.
//!
//! Everything a mail program needs stands in the tags themselves; the style sheet only adds the larger size and the
//! dark colours, and programs that drop it lose nothing else.

use super::{Align, Block, Code, Line, Printed, Span, Style, of_text};
use crate::draft::{Inline, Parts};
use crate::picture::{Picture, codes};
use crate::text::{self, Language};
use std::fmt::Write;

/// Gmail cuts a part at 102 kB; the mark of a copy is still to come.
const MAX_BYTES: usize = 98_000;

/// Width of a monospaced sign in thousandths of its size: DejaVu and Menlo have the widest.
const SIGN_WIDTH: usize = 605;

/// Pixels of the narrowest phone and of the usual one, without the margins that mail programs add.
const NARROW_PX: usize = 320 - 32;
const USUAL_PX: usize = 360 - 32;

/// Size of the text where there is room, in tenths of a pixel.
const FULL_TENTHS: usize = 140;

/// The HTML part, and the pictures it shows by cid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) html: String,
    pub(crate) pictures: Vec<Inline>,
}

/// Whether spans keep their style; a receipt that would be cut goes without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dress {
    Full,
    Bare,
}

/// Renders printed lines. Pictures are `cid:picture1`, codes `cid:code1` and so on.
pub(crate) fn html(printed: &Printed, title: &str, language: Language) -> Rendered {
    let full = Writer::new(printed, language, Dress::Full).write(printed, title);
    if full.html.len() <= MAX_BYTES || !is_styled(printed) {
        return full;
    }
    Writer::new(printed, language, Dress::Bare).write(printed, title)
}

fn is_styled(printed: &Printed) -> bool {
    let styled = |span: &Span| span.style != Style::default();
    printed
        .blocks
        .iter()
        .any(|block| matches!(block, Block::Line(line) if line.spans.iter().any(styled)))
}

/// Gives a mail of text alone an HTML part that keeps its columns.
pub(crate) fn with_html(parts: Parts, title: &str, language: Language) -> Parts {
    match parts {
        (Some(text), None) => {
            let html = html(&of_text(&text), title, language).html;
            (Some(text), Some(html))
        }
        given => given,
    }
}

/// Draws a code; where it cannot be drawn its words stand in its place.
fn drawn(code: &Code) -> Option<Picture> {
    codes::draw(code).ok()
}

struct Writer {
    language: Language,
    dress: Dress,
    columns: usize,
    /// Style of each `<pre>`.
    face: String,
    html: String,
    pictures: Vec<Inline>,
    drawn_pictures: usize,
    drawn_codes: usize,
    in_lines: bool,
}

impl Writer {
    fn new(printed: &Printed, language: Language, dress: Dress) -> Self {
        let columns = printed.columns.max(1);
        let is_prose = printed
            .blocks
            .iter()
            .any(|block| matches!(block, Block::Line(line) if line.columns() > columns));
        let wrap = if is_prose {
            "pre-wrap;overflow-wrap:anywhere"
        } else {
            "pre"
        };
        let face = format!(
            "margin:0;font-family:Consolas,Menlo,'DejaVu Sans Mono','Courier New',monospace;\
             font-size:{};line-height:1.35;white-space:{wrap}",
            pixels(size_for(columns, NARROW_PX))
        );
        Writer {
            language,
            dress,
            columns,
            face,
            html: String::new(),
            pictures: Vec::new(),
            drawn_pictures: 0,
            drawn_codes: 0,
            in_lines: false,
        }
    }

    fn write(mut self, printed: &Printed, title: &str) -> Rendered {
        self.head(title);
        for block in &printed.blocks {
            match block {
                Block::Line(line) => self.line(line),
                Block::Picture { picture, align } => self.picture(picture, *align),
                Block::Code { code, align } => self.code(code, *align),
                Block::Cut => {
                    self.end_lines();
                    self.html.push_str(
                        "<hr style=\"border:0;border-top:1px dashed #888;margin:16px 0\">\n",
                    );
                }
            }
        }
        self.end_lines();
        self.html
            .push_str("</td></tr>\n</table>\n</body>\n</html>\n");
        Rendered {
            html: self.html,
            pictures: self.pictures,
        }
    }

    fn head(&mut self, title: &str) {
        let language = match self.language {
            Language::French => "fr",
            Language::English => "en",
        };
        let columns = self.columns;
        let usual = pixels(size_for(columns, USUAL_PX));
        let full = pixels(FULL_TENTHS);
        let roomy = columns * SIGN_WIDTH * FULL_TENTHS / 10_000 + 48;
        let _ = write!(
            self.html,
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>"
        );
        escape(title, &mut self.html);
        let _ = write!(
            self.html,
            "</title>\n<style>\n:root{{color-scheme:light dark}}\n\
             @media (min-width:360px){{.r{{font-size:{usual}!important}}}}\n\
             @media (min-width:{roomy}px){{.r{{font-size:{full}!important}}}}\n\
             @media (prefers-color-scheme:dark){{body,.r{{background:#1c1c1e!important;color:#f2f2f2!important}}\
             .i{{background:#f2f2f2!important;color:#1c1c1e!important}}}}\n\
             </style>\n</head>\n\
             <body style=\"margin:0;padding:12px 8px;background:#fff;color:#111\">\n\
             <table role=\"presentation\" style=\"margin:0 auto;border-collapse:collapse\">\n\
             <tr><td class=\"r\" style=\"padding:0;width:{columns}ch;font-family:Consolas,Menlo,'DejaVu Sans Mono',\
             'Courier New',monospace;font-size:{}\">\n",
            pixels(size_for(columns, NARROW_PX))
        );
    }

    fn begin_lines(&mut self) {
        if !self.in_lines {
            self.in_lines = true;
            let _ = writeln!(self.html, "<pre class=\"r\" style=\"{}\">", self.face);
        }
    }

    fn end_lines(&mut self) {
        if self.in_lines {
            self.in_lines = false;
            self.html.push_str("</pre>\n");
        }
    }

    fn line(&mut self, line: &Line) {
        self.begin_lines();
        self.indent(line.align, line.columns());
        for span in &line.spans {
            self.span(span);
        }
        self.html.push('\n');
    }

    fn indent(&mut self, align: Align, columns: usize) {
        let indent = align.indent(columns, self.columns);
        self.html.extend(std::iter::repeat_n(' ', indent));
    }

    fn span(&mut self, span: &Span) {
        let style = match self.dress {
            Dress::Full => span.style,
            Dress::Bare => Style::default(),
        };
        let (tags, ends) = tags(style);
        self.html.push_str(&tags);
        escape(&span.text, &mut self.html);
        self.html.push_str(&ends);
    }

    fn picture(&mut self, picture: &Picture, align: Align) {
        self.drawn_pictures += 1;
        let cid = format!("picture{}", self.drawn_pictures);
        // A dot is as wide as on paper: twelve of them, nine on paper of smaller signs, make a column.
        let dots = if self.columns <= 48 { 12 } else { 9 };
        let width = usize::try_from(picture.width).unwrap_or(usize::MAX);
        let thousandths = width.saturating_mul(SIGN_WIDTH) / dots;
        let size = size_for(self.columns, NARROW_PX);
        let style = format!(
            "width:{}.{:03}em;max-width:100%;height:auto",
            thousandths / 1_000,
            thousandths % 1_000
        );
        let shown = (thousandths.saturating_mul(size) / 10_000).clamp(1, NARROW_PX);
        self.image(
            &cid,
            picture,
            align,
            text::picture_alt(self.language),
            (shown, &style),
            None,
        );
    }

    fn code(&mut self, code: &Code, align: Align) {
        let words = code.words(self.language);
        let Some(picture) = drawn(code) else {
            self.words(&words, align);
            return;
        };
        self.drawn_codes += 1;
        let cid = format!("code{}", self.drawn_codes);
        let width = usize::try_from(picture.width).unwrap_or(NARROW_PX);
        let style = "max-width:100%;height:auto;background:#fff";
        // A customer cannot scan the screen in their hand: an address can be followed.
        let is_link = ["https://", "http://"]
            .iter()
            .any(|scheme| code.payload.starts_with(scheme));
        let link = is_link.then_some(code.payload.as_str());
        self.image(
            &cid,
            &picture,
            align,
            &words,
            (width.min(NARROW_PX), style),
            link,
        );
        if code.shows_text {
            self.words(&code.payload, align);
        }
    }

    /// Writes what a code says: it may be longer than a line, and wraps.
    fn words(&mut self, words: &str, align: Align) {
        self.end_lines();
        let _ = write!(
            self.html,
            "<div style=\"line-height:1.35;text-align:{};overflow-wrap:anywhere\">",
            side(align)
        );
        escape(words, &mut self.html);
        self.html.push_str("</div>\n");
    }

    fn image(
        &mut self,
        cid: &str,
        picture: &Picture,
        align: Align,
        alt: &str,
        (width, style): (usize, &str),
        link: Option<&str>,
    ) {
        self.end_lines();
        let side = side(align);
        let _ = write!(self.html, "<div style=\"padding:8px 0;text-align:{side}\">");
        if let Some(link) = link {
            self.html.push_str("<a href=\"");
            escape(link, &mut self.html);
            self.html.push_str("\">");
        }
        let _ = write!(self.html, "<img src=\"cid:{cid}\" width=\"{width}\" alt=\"");
        escape(alt, &mut self.html);
        let _ = write!(self.html, "\" style=\"border:0;{style}\">");
        self.html.push_str(if link.is_some() {
            "</a></div>\n"
        } else {
            "</div>\n"
        });
        self.pictures.push(Inline {
            cid: cid.to_owned(),
            name: format!("{cid}.png"),
            picture: picture.clone(),
        });
    }
}

fn side(align: Align) -> &'static str {
    match align {
        Align::Left => "left",
        Align::Centre => "center",
        Align::Right => "right",
    }
}

/// Opening and closing tags of a style, the shortest that mail programs know: long receipts have thousands.
fn tags(style: Style) -> (String, String) {
    let mut css = String::new();
    if style.inverse {
        css.push_str("background:#111;color:#fff;");
    }
    // A sign of twice the size is two columns wide. Twice as high alone is stretched where a program can do that.
    match (style.double_width, style.double_height) {
        (true, _) => css.push_str("font-size:200%;line-height:1.2;"),
        (false, true) => css.push_str("display:inline-block;transform:scale(1,2);margin:.7em 0;"),
        (false, false) => {}
    }
    let (mut open, mut close) = (String::new(), String::new());
    if !css.is_empty() {
        let class = if style.inverse { " class=\"i\"" } else { "" };
        open = format!("<span{class} style=\"{}\">", css.trim_end_matches(';'));
        close.push_str("</span>");
    }
    for (is_set, name) in [(style.bold, "b"), (style.underline, "u")] {
        if is_set {
            let _ = write!(open, "<{name}>");
            close.insert_str(0, &format!("</{name}>"));
        }
    }
    (open, close)
}

/// Size in tenths of a pixel at which so many columns fill so many pixels, and no more.
fn size_for(columns: usize, pixels: usize) -> usize {
    (pixels * 10_000 / (columns * SIGN_WIDTH)).clamp(1, FULL_TENTHS)
}

fn pixels(tenths: usize) -> String {
    format!("{}.{}px", tenths / 10, tenths % 10)
}

fn escape(text: &str, html: &mut String) {
    for sign in text.chars() {
        match sign {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            // Printer control codes are not HTML.
            other if other.is_control() => {}
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::png::monochrome;
    use crate::receipt::printed::{PLAIN, Symbology};

    fn span(text: &str, style: Style) -> Span {
        Span {
            text: text.to_owned(),
            style,
        }
    }

    fn line(align: Align, spans: Vec<Span>) -> Block {
        Block::Line(Line { align, spans })
    }

    fn page(blocks: Vec<Block>) -> Rendered {
        let printed = Printed {
            columns: 48,
            blocks,
        };
        html(&printed, "Reçu <1>", Language::French)
    }

    #[test]
    fn text_keeps_its_columns_and_its_signs() {
        let parts = (Some("CAFÉ  1,20\r\n<b>&\"\t3\x1b\r\n".to_owned()), None);
        let (text, html) = with_html(parts, "Reçu <1>", Language::French);
        let html = html.unwrap();
        assert_eq!(text.unwrap(), "CAFÉ  1,20\r\n<b>&\"\t3\x1b\r\n", "as given");
        for expected in [
            "\">\nCAFÉ  1,20\n&lt;b&gt;&amp;&quot;   3\n</pre>",
            "<title>Reçu &lt;1&gt;</title>",
            "<html lang=\"fr\">",
            "white-space:pre\"",
        ] {
            assert!(html.contains(expected), "{expected}: {html}");
        }
        let given = (None, Some("<p>x".to_owned()));
        assert_eq!(with_html(given.clone(), "", Language::French), given);
    }

    #[test]
    fn prose_wraps() {
        let parts = (Some("mot ".repeat(30)), None);
        let html = with_html(parts, "", Language::English).1.unwrap();
        assert!(html.contains("white-space:pre-wrap;"), "{html}");
    }

    #[test]
    fn styles_and_places_are_shown() {
        let bold = Style {
            bold: true,
            underline: true,
            ..PLAIN
        };
        let large = Style {
            double_width: true,
            double_height: true,
            inverse: true,
            ..PLAIN
        };
        let high = Style {
            double_height: true,
            ..PLAIN
        };
        let html = page(vec![
            line(Align::Centre, vec![span("é語", large)]),
            line(Align::Right, vec![span("12,00", bold), span(" €", PLAIN)]),
            line(Align::Left, vec![span("haut", high)]),
            Block::Cut,
            line(Align::Left, vec![]),
            line(Align::Left, vec![span("fin", PLAIN)]),
        ])
        .html;
        let spaces = |count| " ".repeat(count);
        for expected in [
            format!(
                "\">\n{}<span class=\"i\" style=\"background:#111;color:#fff;font-size:200%;line-height:1.2\">é語</span>\n",
                spaces(21)
            ),
            format!("\n{}<b><u>12,00</u></b> €\n", spaces(41)),
            "scale(1,2);margin:.7em 0\">haut</span>\n</pre>\n<hr ".to_owned(),
            // The first line break behind <pre> is not shown, the second one is.
            "\">\n\nfin\n</pre>\n</td>".to_owned(),
        ] {
            assert!(html.contains(&expected), "{expected}: {html}");
        }
    }

    #[test]
    fn pictures_are_shown_by_their_cid() {
        let picture = monochrome(288, 2, &[0xf0; 72]).unwrap();
        let block = |align| Block::Picture {
            picture: picture.clone(),
            align,
        };
        let rendered = page(vec![block(Align::Centre), block(Align::Left)]);
        let cids: Vec<_> = rendered
            .pictures
            .iter()
            .map(|one| (&*one.cid, &*one.name))
            .collect();
        assert_eq!(
            cids,
            [("picture1", "picture1.png"), ("picture2", "picture2.png")]
        );
        // Half of the paper, which is 48 columns of 0.605 em.
        let expected = "<div style=\"padding:8px 0;text-align:center\">\
            <img src=\"cid:picture1\" width=\"143\" alt=\"Image du ticket\" \
            style=\"border:0;width:14.520em;max-width:100%;height:auto\"></div>";
        assert!(rendered.html.contains(expected), "{}", rendered.html);
    }

    #[test]
    fn a_code_says_what_it_holds_outside_the_lines_that_do_not_wrap() {
        let code = Code {
            symbology: Symbology::Qr,
            payload: "https://example.fr/?a=1&b=<2>".to_owned(),
            shows_text: false,
        };
        let align = Align::Left;
        let html = page(vec![Block::Code { code, align }]).html;
        let (before, _) = html
            .split_once("https://example.fr/?a=1&amp;b=&lt;2&gt;")
            .expect("what it says");
        assert_eq!(
            before.matches("<pre").count(),
            before.matches("</pre>").count(),
            "{html}"
        );
    }

    #[test]
    fn a_long_receipt_stays_below_what_gmail_cuts() {
        let loud = Style {
            bold: true,
            underline: true,
            inverse: true,
            double_width: true,
            ..PLAIN
        };
        let usual = || {
            line(
                Align::Left,
                vec![
                    span(&"é".repeat(36), PLAIN),
                    span(
                        "    12,00 €",
                        Style {
                            bold: true,
                            ..PLAIN
                        },
                    ),
                ],
            )
        };
        let worst = || {
            line(
                Align::Left,
                (0..24)
                    .map(|at| span("x", if at % 2 == 0 { loud } else { PLAIN }))
                    .collect(),
            )
        };
        let html = page(std::iter::repeat_with(usual).take(300).collect()).html;
        assert!(
            html.len() < 40_000 && html.contains("<b>    12,00 €</b>"),
            "{}",
            html.len()
        );
        let html = page(std::iter::repeat_with(worst).take(300).collect()).html;
        assert!(
            html.len() < MAX_BYTES && !html.contains("<b>"),
            "{}",
            html.len()
        );
        assert!(html.contains(&"x".repeat(24)));
    }

    #[test]
    fn whole_lines_fit_the_narrowest_phone() {
        for columns in [1, 32, 42, 48, 56, 64, 80, 92] {
            let tenths = size_for(columns, NARROW_PX);
            assert!(
                columns * SIGN_WIDTH * tenths <= NARROW_PX * 10_000,
                "{columns}"
            );
            assert!(tenths >= 50, "{columns}: still there to be read, {tenths}");
        }
    }
}
