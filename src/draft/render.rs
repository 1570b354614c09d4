//! Turns the lines a till prints into an HTML part that keeps their columns.

use crate::text::Language;
use std::fmt::Write;

/// Columns of the widest paper roll (80 mm).
const USUAL_COLUMNS: usize = 48;

/// Renders printed lines: monospaced, never wrapped, and small enough for a phone to show whole lines.
pub(super) fn columns(lines: &str, title: &str, language: Language) -> String {
    let widest = lines
        .lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
        .max(1);
    let language = match language {
        Language::French => "fr",
        Language::English => "en",
    };
    let mut html = String::with_capacity(lines.len() + 800);
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>"
    );
    escape(title, &mut html);
    let _ = write!(
        html,
        "</title>\n</head>\n<body style=\"margin:0;padding:12px;\">\n\
         <pre style=\"margin:0 auto;width:{widest}ch;max-width:100%;font-family:Consolas,Menlo,'DejaVu Sans Mono',\
         'Courier New',monospace;font-size:{size};line-height:1.35;white-space:pre;\">\n",
        size = font_size(widest),
    );
    escape(lines.trim_end_matches(['\r', '\n']), &mut html);
    html.push_str("\n</pre>\n</body>\n</html>\n");
    html
}

/// A monospaced character is about 0.6 em wide: so many columns fill a phone's 320 px, and no more.
fn font_size(widest: usize) -> String {
    let columns = widest.max(USUAL_COLUMNS);
    // min() lets a phone shrink the receipt; programs that do not know it use the size of <pre>.
    format!("min(14px,{}vw)", 155 / columns.clamp(1, 155))
}

fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\r' => {}
            '\n' | '\t' => html.push(character),
            // Printer control codes are not HTML.
            other if other.is_control() => {}
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_columns_and_their_signs() {
        let html = columns(
            "CAFÉ  1,20\r\n<b>&\"  3\x1b\r\n",
            "Reçu <1>",
            Language::French,
        );
        assert!(
            html.contains("\nCAFÉ  1,20\n&lt;b&gt;&amp;&quot;  3\n</pre>"),
            "{html}"
        );
        assert!(html.contains("<title>Reçu &lt;1&gt;</title>"), "{html}");
        assert!(html.contains("<html lang=\"fr\">"), "{html}");
    }
}
