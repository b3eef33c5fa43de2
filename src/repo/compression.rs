//! What a package is compressed with: its first bytes tell, its name does not.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// Enough of a file to see the magic of tar itself.
pub(super) const PEEK: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Zstd,
    Xz,
    Bzip2,
    Gzip,
    None,
}

impl Compression {
    /// None if it is nothing that a package could be.
    pub(super) fn detect(head: &[u8]) -> Option<Compression> {
        match head {
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Compression::Xz),
            [b'B', b'Z', b'h', ..] => Some(Compression::Bzip2),
            [0x1f, 0x8b, ..] => Some(Compression::Gzip),
            _ if head.get(257..262) == Some(b"ustar") => Some(Compression::None),
            _ => None,
        }
    }

    pub(super) fn decoder(self, source: impl BufRead + 'static) -> Box<dyn Read> {
        match self {
            Compression::Zstd => Box::new(Zstd { source, frame: FrameDecoder::new(), begun: false }),
            Compression::Xz => Box::new(XzReader::new(source, true)),
            Compression::Bzip2 => Box::new(MultiBzDecoder::new(source)),
            Compression::Gzip => Box::new(MultiGzDecoder::new(source)),
            Compression::None => Box::new(source),
        }
    }
}

/// Frame after frame: ruzstd itself stops after the first.
struct Zstd<R> {
    source: R,
    frame: FrameDecoder,
    begun: bool,
}

impl<R: BufRead> Zstd<R> {
    /// Whether there is another frame; its header is read then. Frames without data are skipped.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.frame.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut (&mut self.source).take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBytes;
        loop {
            if self.begun && self.frame.can_collect() > 0 {
                return self.frame.read(buf);
            }
            if self.begun && !self.frame.is_finished() {
                self.frame.decode_blocks(&mut self.source, UptoBytes(buf.len())).map_err(io::Error::other)?;
                // What is kept for back references comes out only with more data or at the end.
                continue;
            }
            if !self.next_frame()? {
                return Ok(0);
            }
            self.begun = true;
        }
    }
}

/// Notices when somebody wanted more than there was.
pub(super) struct Source<R> {
    inner: R,
    ended: Rc<Cell<bool>>,
}

impl<R: BufRead> Source<R> {
    pub(super) fn new(inner: R) -> (Source<R>, Rc<Cell<bool>>) {
        let ended = Rc::new(Cell::new(false));
        (Source { inner, ended: ended.clone() }, ended)
    }
}

impl<R: BufRead> Read for Source<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.ended.set(self.ended.get() || read == 0 && !buf.is_empty());
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.inner.fill_buf()?;
        self.ended.set(self.ended.get() || bytes.is_empty());
        Ok(bytes)
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}
