//! Commands whose parameters are always as many: name and number of parameter bytes.
//!
//! From Epson's ESC/POS command reference, with those that clones of its printers add.

/// `ESC name`.
pub(super) const ESC: &[(u8, usize)] = &[
    (b' ', 1),
    (b'!', 1),
    (b'$', 2),
    (b'%', 1),
    (b'-', 1),
    (b'2', 0),
    (b'3', 1),
    (b'<', 0),
    (b'=', 1),
    (b'?', 1),
    (b'@', 0),
    // Clones: the beeper.
    (b'B', 2),
    (b'E', 1),
    (b'G', 1),
    (b'J', 1),
    (b'K', 1),
    (b'L', 0),
    (b'M', 1),
    (b'R', 1),
    (b'S', 0),
    (b'T', 1),
    (b'U', 1),
    (b'V', 1),
    (b'W', 8),
    (b'\\', 2),
    (b'a', 1),
    (b'c', 2),
    (b'd', 1),
    (b'e', 1),
    (b'f', 2),
    (b'i', 0),
    (b'm', 0),
    (b'o', 0),
    (b'p', 3),
    (b'q', 0),
    (b'r', 1),
    (b't', 1),
    (b'u', 1),
    (b'v', 0),
    (b'{', 1),
];

/// `GS name`.
pub(super) const GS: &[(u8, usize)] = &[
    (b'!', 1),
    (b'#', 1),
    (b'$', 2),
    (b'/', 1),
    (b':', 0),
    (b'B', 1),
    (b'E', 1),
    (b'H', 1),
    (b'I', 1),
    (b'L', 2),
    (b'P', 2),
    (b'T', 1),
    (b'W', 2),
    (b'\\', 2),
    (b'^', 3),
    (b'a', 1),
    (b'b', 1),
    (b'c', 0),
    (b'f', 1),
    (b'g', 4),
    (b'h', 1),
    (b'j', 1),
    (b'r', 1),
    (b'w', 1),
    (b'z', 3),
];

/// `FS name`: ideographs, and pictures in the printer's memory.
pub(super) const FS: &[(u8, usize)] = &[
    (b'!', 1),
    (b'&', 0),
    (b'-', 1),
    (b'.', 0),
    // One ideograph of 24 by 24 dots.
    (b'2', 2 + 72),
    (b'?', 2),
    (b'C', 1),
    (b'S', 2),
    (b'W', 1),
    (b'p', 2),
];

/// Finds how many parameter bytes a command has.
pub(super) fn of(table: &[(u8, usize)], name: u8) -> Option<usize> {
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, length)| *length)
}
