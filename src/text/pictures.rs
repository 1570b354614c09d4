//! Sentences about bar codes, logos and the PDF.

use super::Text;

/// A character that a code cannot say.
pub(crate) fn code_character(found: char, allowed: &str) -> Text {
    let found = match found.is_control() {
        true => found.escape_default().to_string(),
        false => found.to_string(),
    };
    Text::new(
        format!("ce code ne peut pas contenir `{found}` ; il accepte : {allowed}."),
        format!("this code cannot hold `{found}`; it takes: {allowed}."),
    )
}

pub(crate) fn code_digits(length: usize) -> Text {
    Text::new(
        format!(
            "ce code a {length} chiffres, ou {} avec la clé de contrôle.",
            length + 1
        ),
        format!(
            "this code has {length} digits, or {} with its check digit.",
            length + 1
        ),
    )
}

pub(crate) fn code_check_digit(found: u8, right: u8) -> Text {
    Text::new(
        format!(
            "la clé de contrôle (dernier chiffre) est {found}, ce serait {right} : vérifiez le code."
        ),
        format!("the check digit (the last one) is {found}, it would be {right}: check the code."),
    )
}

pub(crate) fn even_digits(found: usize) -> Text {
    Text::new(
        format!(
            "ce code s'écrit par paires de chiffres, {found} chiffres sont donnés : ajoutez un zéro devant."
        ),
        format!(
            "this code needs an even number of digits, {found} are given: put a zero in front."
        ),
    )
}

pub(crate) fn codabar_ends() -> Text {
    Text::new(
        "un code Codabar commence et finit par A, B, C ou D.",
        "a Codabar begins and ends with A, B, C or D.",
    )
}

pub(crate) fn not_a_logo() -> Text {
    Text::new(
        "cette image n'est ni PNG, ni JPEG, ni GIF.",
        "this picture is neither PNG, JPEG nor GIF.",
    )
}

pub(crate) fn export_as_png() -> Text {
    Text::new(
        "Ouvrez-la dans un programme de dessin et exportez-la en PNG.",
        "Open it in a drawing program and export it as PNG.",
    )
}

/// Kinds of pictures that programs make and mail programs do not show.
pub(crate) fn logo_of_kind(kind: &str) -> Text {
    Text::new(
        format!("cette image est au format {kind}, que bien des messageries n'affichent pas."),
        format!("this picture is {kind}, which many mail programs do not show."),
    )
}

pub(crate) fn damaged_picture(kind: &str) -> Text {
    Text::new(
        format!(
            "ce fichier {kind} est coupé ou abîmé : reprenez l'image d'origine et enregistrez-la de nouveau."
        ),
        format!(
            "this {kind} file is cut short or damaged: take the original picture and save it again."
        ),
    )
}

pub(crate) fn picture_too_many_pixels(width: u32, height: u32, most: u32) -> Text {
    Text::new(
        format!(
            "l'image fait {width} × {height} pixels, {most} au plus par côté : réduisez-la, elle est affichée dans 300 × 120."
        ),
        format!(
            "the picture has {width} × {height} pixels, at most {most} a side: make it smaller, it is shown within 300 × 120."
        ),
    )
}

pub(crate) fn picture_too_many_bytes(bytes: usize, most: usize) -> Text {
    Text::new(
        format!(
            "l'image fait {bytes} octets, {most} au plus : réduisez-la, chaque mail l'emporte avec lui."
        ),
        format!(
            "the picture has {bytes} bytes, at most {most}: make it smaller, every mail carries it."
        ),
    )
}

#[cfg(not(feature = "pdf"))]
pub(crate) fn no_pdf() -> Text {
    Text::new(
        "cette version de la bibliothèque est compilée sans PDF : retirez ce réglage, ou installez la version complète.",
        "this build of the library makes no PDF: take this setting away, or install the full build.",
    )
}

pub(crate) fn pdf_of_html() -> Text {
    Text::new(
        "un ticket donné en HTML n'a pas de PDF : donnez `sale`, `text` ou `escpos`, ou joignez votre propre PDF.",
        "a receipt given as HTML has no PDF: give `sale`, `text` or `escpos`, or attach a PDF of your own.",
    )
}

pub(crate) fn replaced_in_pdf(count: usize) -> Text {
    Text::new(
        format!(
            "le PDF ne peut pas montrer {count} des caractères (émojis, arabe, chinois…) ; le mail les montre."
        ),
        format!(
            "the PDF cannot show {count} of the characters (emoji, Arabic, Chinese…); the mail shows them."
        ),
    )
}
