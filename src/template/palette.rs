//! The colours of the built-in template, light and dark; a test computes their contrast (WCAG 2, AA).

use crate::json;
use serde::Serialize;

/// The colours of one scheme: letters, what they stand on, and lines.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Scheme {
    /// Behind the receipt.
    pub(super) page: &'static str,
    /// The receipt itself.
    pub(super) card: &'static str,
    /// Usual letters.
    pub(super) ink: &'static str,
    /// Letters of what matters less.
    pub(super) dim: &'static str,
    /// Lines between rows.
    pub(super) rule: &'static str,
    /// Behind the mention of another receipt, and its letters.
    pub(super) band: &'static str,
    pub(super) band_ink: &'static str,
    /// Behind the total.
    pub(super) sum: &'static str,
    pub(super) link: &'static str,
}

/// Both schemes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Palette {
    pub(super) light: Scheme,
    pub(super) dark: Scheme,
}

pub(super) const PALETTE: Palette = Palette {
    light: Scheme {
        page: "#f2f3f5",
        card: "#ffffff",
        ink: "#1b1f24",
        dim: "#555d68",
        rule: "#dfe2e6",
        band: "#fff1c2",
        band_ink: "#5c3a00",
        sum: "#f2f3f5",
        link: "#0b57a4",
    },
    dark: Scheme {
        page: "#121417",
        card: "#1d2125",
        ink: "#eceff2",
        dim: "#b3bac3",
        rule: "#3c434b",
        band: "#4a3608",
        band_ink: "#ffe7ae",
        sum: "#2a2f35",
        link: "#9ccbff",
    },
};

/// Styles that many elements of the template have.
const STYLES: [(&str, &str); 5] = [
    ("small", "font-size:14px;line-height:20px;"),
    ("rule", "border-bottom:1px solid {{ light.rule }};"),
    ("dim", "color:{{ light.dim }};"),
    ("amount", "text-align:right;white-space:nowrap;"),
    (
        "table",
        "width:100%;border-collapse:collapse;font-family:Arial,Helvetica,sans-serif;text-align:left;",
    ),
];

/// Writes styles and colours into the text of the template, before it is read: they are the same for every receipt, and
/// looking each up again took a third of the time in which a receipt becomes HTML.
pub(super) fn painted(template: &str) -> String {
    let mut painted = template.to_owned();
    for (name, style) in STYLES {
        painted = painted.replace(&format!("{{{{ {name} }}}}"), style);
    }
    let palette = json::value(&PALETTE);
    for (scheme, colours) in palette.as_object().into_iter().flatten() {
        for (name, colour) in colours.as_object().into_iter().flatten() {
            let colour = colour.as_str().unwrap_or_default();
            painted = painted.replace(&format!("{{{{ {scheme}.{name} }}}}"), colour);
        }
    }
    painted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2).
    fn luminance(colour: &str) -> f64 {
        let part = |from: usize| {
            let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn letters_stand_out_in_light_and_dark() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01);
        for (name, scheme) in [("light", PALETTE.light), ("dark", PALETTE.dark)] {
            for (letters, ground) in [
                (scheme.ink, scheme.page),
                (scheme.ink, scheme.card),
                (scheme.ink, scheme.sum),
                (scheme.dim, scheme.page),
                (scheme.dim, scheme.card),
                (scheme.link, scheme.card),
                (scheme.link, scheme.page),
                (scheme.band_ink, scheme.band),
            ] {
                let ratio = contrast(letters, ground);
                assert!(ratio >= 4.5, "{name}: {letters} on {ground} is {ratio:.2}");
            }
        }
    }
}
