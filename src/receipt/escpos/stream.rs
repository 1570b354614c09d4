//! The bytes that are left, and whether they ended inside a command.

/// A stream of commands on its way through.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    rest: &'a [u8],
    truncated: bool,
}

impl<'a> Stream<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Stream {
            rest: bytes,
            truncated: false,
        }
    }

    /// The bytes ended where a command still needed some.
    pub(super) fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Gives the next byte between commands; at the end there is none, which is no fault.
    pub(super) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Looks at the next byte without taking it.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Gives the next byte of a command.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let [byte] = self.array()?;
        Some(byte)
    }

    /// Gives the next bytes of a command, as many as it asks for.
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Gives a number of two bytes, the low one first.
    pub(super) fn number(&mut self) -> Option<usize> {
        self.array().map(u16::from_le_bytes).map(usize::from)
    }

    /// Gives so many bytes; when they are not there, the rest is gone and the stream is truncated.
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.take_what_is_there(length);
        (taken.len() == length).then_some(taken)
    }

    /// As `take`, where the beginning of a picture is better than nothing.
    pub(super) fn take_what_is_there(&mut self, length: usize) -> &'a [u8] {
        self.truncated |= length > self.rest.len();
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Gives the bytes up to an end mark, which is taken too, where it comes within so many bytes.
    pub(super) fn until(&mut self, end: u8, most: usize) -> Option<&'a [u8]> {
        let window = self.rest.get(..most).unwrap_or(self.rest);
        let length = window.iter().position(|byte| *byte == end)?;
        let taken = self.take(length)?;
        self.next();
        Some(taken)
    }
}
