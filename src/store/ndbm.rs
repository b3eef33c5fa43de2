//! Reads what ndbm wrote: a hash file of Berkeley DB 1.85.
//!
//! The file is an array of pages. The first ones hold the header, always big-endian; the others are in the order of bytes
//! that the header names. Each bucket has a page at a place that follows from its number, and may go on in overflow pages,
//! which other pages name by their address. A page begins with 16-bit numbers: how many there are, then two for each
//! pair; its keys and values fill it from its end downwards. Where the second of the two is no offset, it says that
//! the chain goes on elsewhere, or that the page is part of one pair that is larger than a page.
//!
//! Nothing in the file is believed: every place is checked, and no page is read twice, so that a damaged file is an
//! error, never a loop or more memory than the file is large.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

const MAGIC: u32 = 0x0006_1561;
const VERSION: u32 = 2;
const LITTLE: u32 = 1234;
const BIG: u32 = 4321;
const HEADER: usize = 260;
const SPARES: usize = 68;
/// Sizes of a page that the library knows.
const SIZES: std::ops::RangeInclusive<usize> = 32..=65536;

/// In place of a value's offset: what the page is, or where the chain goes on.
const OVERFLOW: u16 = 0;
const PARTIAL_KEY: u16 = 1;
const FULL_KEY: u16 = 2;
const FULL_KEY_DATA: u16 = 3;

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ndbm {
    pub records: BTreeMap<Vec<u8>, Vec<u8>>,
    /// How many records its header counts: another number than there are if the writer was killed.
    pub counted: u32,
    pub order: ByteOrder,
}

/// Which byte of a number comes first, on the host that wrote the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

/// The file cannot be read; a clause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NdbmError {
    #[error("it is no hash file of Berkeley DB 1.85")]
    NotHash,
    #[error("its version is {0}, not {VERSION}")]
    Version(u32),
    #[error("its header makes no sense: {0}")]
    Header(String),
    #[error("it ends too early: page {0} is missing")]
    Truncated(u64),
    #[error("its page {page} is damaged: {reason}")]
    Damaged { page: u64, reason: &'static str },
}

impl Ndbm {
    pub fn parse(file: &[u8]) -> Result<Ndbm, NdbmError> {
        Reader::new(file)?.read()
    }
}

impl ByteOrder {
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }
}

struct Reader<'a> {
    file: &'a [u8],
    order: ByteOrder,
    page_size: usize,
    last_bucket: u32,
    counted: u32,
    header_pages: u32,
    /// Overflow pages before the buckets of each doubling.
    spares: Vec<u32>,
    /// By page.
    seen: Vec<bool>,
    records: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// Where an overflow page is: in its upper 5 bits after which doubling, in the others its place there.
#[derive(Clone, Copy)]
struct Address(u16);

/// What a page says after its pairs.
enum Next {
    End,
    Page(Address),
    /// The page is the first one of a large pair.
    Large,
}

impl<'a> Reader<'a> {
    fn new(file: &'a [u8]) -> Result<Reader<'a>, NdbmError> {
        let field = |at: usize| file.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        if field(0) != Some(MAGIC) {
            return Err(NdbmError::NotHash);
        }
        if file.len() < HEADER {
            return Err(NdbmError::Truncated(0));
        }
        let field = |at| field(at).unwrap_or_default();
        if field(4) != VERSION {
            return Err(NdbmError::Version(field(4)));
        }
        let order = match field(8) {
            LITTLE => ByteOrder::Little,
            BIG => ByteOrder::Big,
            other => return Err(NdbmError::Header(format!("byte order {other}"))),
        };
        let page_size = field(12) as usize;
        if !SIZES.contains(&page_size) || !page_size.is_power_of_two() {
            return Err(NdbmError::Header(format!("pages of {page_size} bytes")));
        }
        Ok(Reader {
            file,
            order,
            page_size,
            last_bucket: field(40),
            counted: field(56),
            header_pages: field(60),
            spares: (0..32).map(|index| field(SPARES + index * 4)).collect(),
            seen: vec![false; file.len().div_ceil(page_size)],
            records: BTreeMap::new(),
        })
    }

    fn read(mut self) -> Result<Ndbm, NdbmError> {
        let mut missing = None;
        // A bucket's page never comes before as many other pages, so the file cannot hold buckets of higher numbers.
        let last = u64::from(self.last_bucket).min(self.seen.len() as u64);
        for bucket in 0..=last {
            let number = self.page_of(bucket);
            match self.page(number)? {
                Some(page) => self.chain(page)?,
                None => missing = missing.or(Some(number)),
            }
        }
        // An empty bucket at the end of the file may never have been written.
        match missing {
            Some(page) if self.records.len() < self.counted as usize => Err(NdbmError::Truncated(page)),
            _ => Ok(Ndbm { records: self.records, counted: self.counted, order: self.order }),
        }
    }

    /// All pairs of a bucket.
    fn chain(&mut self, first: Page<'a>) -> Result<(), NdbmError> {
        let mut page = first;
        loop {
            let next = match self.pairs(&page)? {
                Next::End => return Ok(()),
                Next::Page(next) => next,
                Next::Large => match self.large(&page)? {
                    Some(next) => next,
                    None => return Ok(()),
                },
            };
            page = self.overflow(next)?;
        }
    }

    fn pairs(&mut self, page: &Page<'a>) -> Result<Next, NdbmError> {
        let mut end = self.page_size;
        for slot in (1..page.count).step_by(2) {
            let (key, value) = (page.slot(slot)?, page.slot(slot + 1)?);
            match value {
                OVERFLOW => return Ok(Next::Page(Address(key))),
                PARTIAL_KEY | FULL_KEY | FULL_KEY_DATA if slot == 1 => return Ok(Next::Large),
                PARTIAL_KEY | FULL_KEY | FULL_KEY_DATA => return Err(page.damaged("a large pair follows small ones")),
                value => {
                    let (key, value) = (usize::from(key), usize::from(value));
                    self.insert(page.part(key, end)?.to_vec(), page.part(value, key)?.to_vec());
                    end = value;
                }
            }
        }
        Ok(Next::End)
    }

    /// A pair with pages of its own, first the key, then the value; then where the chain goes on.
    fn large(&mut self, first: &Page<'a>) -> Result<Option<Address>, NdbmError> {
        let (mut page, mut key, mut value) = (*first, Vec::new(), Vec::new());
        loop {
            let begin = usize::from(page.slot(1)?);
            key.extend_from_slice(page.part(begin, self.page_size)?);
            match page.slot(2)? {
                PARTIAL_KEY => page = self.overflow(page.link()?)?,
                FULL_KEY => break,
                FULL_KEY_DATA => {
                    value.extend_from_slice(page.part(usize::from(page.slot(page.count)?), begin)?);
                    // A value that ends with the page would look as one that goes on; the writer sees to it that none does.
                    if page.slot(page.count + 1)? != 0 {
                        self.insert(key, value);
                        return page.link().map(Some);
                    }
                    break;
                }
                _ => return Err(page.damaged("a large key has no end")),
            }
        }
        loop {
            page = self.overflow(page.link()?)?;
            value.extend_from_slice(page.part(usize::from(page.slot(1)?), self.page_size)?);
            match page.slot(2)? {
                FULL_KEY => {}
                FULL_KEY_DATA => {
                    self.insert(key, value);
                    return if page.count > 2 { page.link().map(Some) } else { Ok(None) };
                }
                _ => return Err(page.damaged("a large value has no end")),
            }
        }
    }

    /// The library finds the first of two equal keys.
    fn insert(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.records.entry(key).or_insert(value);
    }

    fn page_of(&self, bucket: u64) -> u64 {
        let doublings = (bucket + 1).next_power_of_two().trailing_zeros() as usize;
        let spares = doublings.checked_sub(1).and_then(|index| self.spares.get(index)).copied().unwrap_or_default();
        bucket + u64::from(self.header_pages) + u64::from(spares)
    }

    fn overflow(&mut self, address: Address) -> Result<Page<'a>, NdbmError> {
        let (doubling, place) = (address.0 >> 11, address.0 & 0x7ff);
        let number = self.page_of((1 << doubling) - 1) + u64::from(place);
        self.page(number)?.ok_or(NdbmError::Truncated(number))
    }

    /// `None` if the file ends before it.
    fn page(&mut self, number: u64) -> Result<Option<Page<'a>>, NdbmError> {
        let damaged = |reason| NdbmError::Damaged { page: number, reason };
        let Some((index, seen)) =
            usize::try_from(number).ok().and_then(|index| Some((index, self.seen.get_mut(index)?)))
        else {
            return Ok(None);
        };
        if std::mem::replace(seen, true) {
            return Err(damaged("two others lead to it"));
        }
        let begin = index * self.page_size;
        let bytes = self.file.get(begin..begin + self.page_size).ok_or(NdbmError::Truncated(number))?;
        let mut page = Page { number, bytes, order: self.order, count: 0 };
        page.count = page.slot(0)?.into();
        if !page.count.is_multiple_of(2) || (page.count + 2) * 2 > self.page_size {
            return Err(damaged("its number of offsets makes no sense"));
        }
        Ok(Some(page))
    }
}

#[derive(Clone, Copy)]
struct Page<'a> {
    number: u64,
    bytes: &'a [u8],
    order: ByteOrder,
    /// Of slots in use, two for each pair; after them come the room that is left and where it ends.
    count: usize,
}

impl<'a> Page<'a> {
    fn slot(&self, index: usize) -> Result<u16, NdbmError> {
        let bytes = self.bytes.get(index * 2..index * 2 + 2).and_then(|bytes| bytes.try_into().ok());
        bytes.map(|bytes| self.order.u16(bytes)).ok_or_else(|| self.damaged("it is too small for its offsets"))
    }

    fn part(&self, begin: usize, end: usize) -> Result<&'a [u8], NdbmError> {
        self.bytes.get(begin..end).ok_or_else(|| self.damaged("an offset leads out of it"))
    }

    /// Where a large pair, or the chain after it, goes on.
    fn link(&self) -> Result<Address, NdbmError> {
        if self.count < 4 {
            return Err(self.damaged("it does not say where its pair goes on"));
        }
        self.slot(self.count - 1).map(Address)
    }

    fn damaged(&self, reason: &'static str) -> NdbmError {
        NdbmError::Damaged { page: self.number, reason }
    }
}
