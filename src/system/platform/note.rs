//! The notes of an ELF file: which system, and which version of it, a program was linked for.
//!
//! Just as much of the format as that takes. Every offset comes from the file, so every access is checked.

/// What an ELF file says of itself.
pub(super) struct Elf<'a> {
    bytes: &'a [u8],
    wide: bool,
    big: bool,
}

/// A BSD's note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bsd {
    pub(super) os: &'static str,
    /// As `__FreeBSD_version` was when the program was linked.
    version: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("it is no ELF file")]
    NotElf,
    #[error("it is cut short")]
    Short,
}

/// Bytes of the file that hold notes, and how these are aligned.
struct Notes<'a> {
    bytes: &'a [u8],
    align: usize,
}

const PT_NOTE: u64 = 4;
const SHT_NOTE: u64 = 7;
/// The note with a system's version, of FreeBSD and of DragonFly.
const ABI_TAG: u64 = 1;

/// Where a header keeps what is wanted here: offset and size of a field, in 32 and in 64 bits.
type Field = [(usize, usize); 2];

const MACHINE: Field = [(18, 2), (18, 2)];
const PROGRAMS: Table = Table {
    offset: [(28, 4), (32, 8)],
    size: [(42, 2), (54, 2)],
    count: [(44, 2), (56, 2)],
    kind: [(0, 4), (0, 4)],
    notes: PT_NOTE,
    start: [(4, 4), (8, 8)],
    length: [(16, 4), (32, 8)],
    align: [(28, 4), (48, 8)],
};
const SECTIONS: Table = Table {
    offset: [(32, 4), (40, 8)],
    size: [(46, 2), (58, 2)],
    count: [(48, 2), (60, 2)],
    kind: [(4, 4), (4, 4)],
    notes: SHT_NOTE,
    start: [(16, 4), (24, 8)],
    length: [(20, 4), (32, 8)],
    align: [(32, 4), (48, 8)],
};

/// One of the two tables of headers; the first three fields are in the file's header, the others in an entry.
struct Table {
    offset: Field,
    size: Field,
    count: Field,
    kind: Field,
    notes: u64,
    start: Field,
    length: Field,
    align: Field,
}

impl<'a> Elf<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Elf<'a>, NoteError> {
        match bytes {
            [0x7f, b'E', b'L', b'F', class @ (1 | 2), data @ (1 | 2), ..] => {
                let elf = Elf { bytes, wide: *class == 2, big: *data == 2 };
                elf.field(bytes, MACHINE).map(|_| elf).ok_or(NoteError::Short)
            }
            _ => Err(NoteError::NotElf),
        }
    }

    /// The first note of a BSD with a version in it; no such note is no BSD.
    pub(super) fn bsd(&self) -> Option<Bsd> {
        [PROGRAMS, SECTIONS].iter().flat_map(|table| self.notes(table)).find_map(|notes| self.bsd_in(notes))
    }

    /// The kind of processor in Rust's words, which most systems share.
    pub(super) fn arch(&self) -> &'static str {
        match self.field(self.bytes, MACHINE) {
            Some(3) => "x86",
            Some(21) if self.big => "powerpc64",
            Some(21) => "powerpc64le",
            Some(62) => "x86_64",
            Some(183) => "aarch64",
            Some(243) if self.wide => "riscv64",
            _ => std::env::consts::ARCH,
        }
    }

    fn notes(&self, table: &Table) -> Vec<Notes<'a>> {
        let header = |field| self.field(self.bytes, field).unwrap_or(0);
        let (offset, size) = (header(table.offset), header(table.size));
        let entry = |index: u64| slice(self.bytes, offset.checked_add(index * size)?, size);
        let entries = (0..header(table.count)).map_while(entry);
        let notes = entries.filter(|entry| self.field(entry, table.kind) == Some(table.notes));
        notes.filter_map(|entry| self.notes_of(table, entry)).collect()
    }

    fn notes_of(&self, table: &Table, entry: &[u8]) -> Option<Notes<'a>> {
        let bytes = slice(self.bytes, self.field(entry, table.start)?, self.field(entry, table.length)?)?;
        let align = if self.field(entry, table.align)? == 8 { 8 } else { 4 };
        Some(Notes { bytes, align })
    }

    fn bsd_in(&self, notes: Notes<'a>) -> Option<Bsd> {
        let padded = |size: u64| (size as usize).checked_next_multiple_of(notes.align);
        let mut rest = notes.bytes;
        while rest.len() >= 12 {
            let (name_size, size) = (self.number(rest, 0, 4)?, self.number(rest, 4, 4)?);
            let kind = self.number(rest, 8, 4)?;
            let name = slice(rest, 12, name_size)?;
            let content = 12usize.checked_add(padded(name_size)?)?;
            if let (ABI_TAG, Some(os)) = (kind, bsd_name(name)) {
                let version = self.number(rest, content, 4)? as u32;
                if version != 0 {
                    return Some(Bsd { os, version });
                }
            }
            rest = rest.get(content.checked_add(padded(size)?)?..)?;
        }
        None
    }

    fn field(&self, bytes: &[u8], field: Field) -> Option<u64> {
        let (offset, size) = field[usize::from(self.wide)];
        self.number(bytes, offset, size)
    }

    fn number(&self, bytes: &[u8], offset: usize, size: usize) -> Option<u64> {
        let bytes = bytes.get(offset..offset.checked_add(size)?)?;
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
    }
}

impl Bsd {
    /// `14.1` of 1401000, `6.5` of 600500.
    pub(super) fn release(self) -> String {
        let minor = if self.os == "FreeBSD" { 1000 } else { 100 };
        format!("{}.{}", self.version / 100_000, self.version % 100_000 / minor)
    }
}

fn bsd_name(name: &[u8]) -> Option<&'static str> {
    let name = name.split(|byte| *byte == 0).next()?;
    ["FreeBSD", "DragonFly"].into_iter().find(|os| os.as_bytes() == name)
}

fn slice(bytes: &[u8], start: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const FREEBSD: &[u8] = b"\x08\0\0\0\x04\0\0\0\x01\0\0\0FreeBSD\0\xa8\x60\x15\0";

    pub(crate) fn dragonfly(version: u32) -> Vec<u8> {
        [b"\x0a\0\0\0\x04\0\0\0\x01\0\0\0DragonFly\0\0\0".as_slice(), &version.to_le_bytes()].concat()
    }

    /// A 64-bit file for x86-64 with one program header for all notes.
    pub(crate) fn elf(notes: &[&[u8]]) -> Vec<u8> {
        let notes = notes.concat();
        let mut file = vec![0; 64 + 56];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[18] = 62;
        file[32] = 64;
        file[54] = 56;
        file[56] = 1;
        file[64] = PT_NOTE as u8;
        file[72] = 120;
        file[96..104].copy_from_slice(&(notes.len() as u64).to_le_bytes());
        file[112] = 4;
        file.extend(notes);
        file
    }

    pub(crate) fn linux() -> Vec<u8> {
        elf(&[b"\x04\0\0\0\x10\0\0\0\x01\0\0\0GNU\0\0\0\0\0\x03\0\0\0\x02\0\0\0\0\0\0\0"])
    }

    /// The same notes where only a section header tells of them, in 32 bits and in reverse byte order.
    fn section_of_ppc(version: u32) -> Vec<u8> {
        let mut file = vec![0; 52 + 40];
        file[..6].copy_from_slice(b"\x7fELF\x01\x02");
        file[19] = 20;
        file[35] = 52;
        file[47] = 40;
        file[49] = 1;
        file[59] = SHT_NOTE as u8;
        file[71] = 92;
        file[75] = 24;
        file[87] = 4;
        file.extend(b"\0\0\0\x08\0\0\0\x04\0\0\0\x01FreeBSD\0");
        file.extend(version.to_be_bytes());
        file
    }

    fn release(file: &[u8]) -> Option<String> {
        Elf::parse(file).unwrap().bsd().map(|bsd| format!("{} {}", bsd.os, bsd.release()))
    }

    #[test]
    fn reads_the_release_of_each_system() {
        let other = b"\x04\0\0\0\x02\0\0\0\x07\0\0\0abc\0xy\0\0".as_slice();
        let table = [
            (elf(&[FREEBSD]), Some("FreeBSD 14.1")),
            (elf(&[other, FREEBSD]), Some("FreeBSD 14.1")),
            (elf(&[&dragonfly(600500)]), Some("DragonFly 6.5")),
            (elf(&[&dragonfly(0), &dragonfly(400302)]), Some("DragonFly 4.3")),
            (elf(&[&dragonfly(0), &dragonfly(0)]), None),
            (linux(), None),
            (elf(&[]), None),
            (section_of_ppc(1400097), Some("FreeBSD 14.0")),
            (section_of_ppc(903000), Some("FreeBSD 9.3")),
        ];
        for (file, expected) in table {
            assert_eq!(release(&file).as_deref(), expected);
        }
    }

    #[test]
    fn a_damaged_file_is_no_bsd_but_never_a_crash() {
        for whole in [elf(&[FREEBSD]), elf(&[&dragonfly(600500)]), section_of_ppc(903000)] {
            for length in 0..whole.len() {
                assert!(Elf::parse(&whole[..length]).map_or(true, |elf| elf.bsd().is_none()), "{length}");
            }
            for position in 6..whole.len() {
                let mut file = whole.clone();
                let end = file.len().min(position + 8);
                file[position..end].fill(0xff);
                let _ = Elf::parse(&file).map(|elf| (elf.bsd(), elf.arch()));
            }
        }
        assert_eq!(Elf::parse(b"\x7fELF\x02\x01\x01").err(), Some(NoteError::Short));
        assert_eq!(Elf::parse(b"#!/bin/sh\n").err(), Some(NoteError::NotElf));
    }

    #[test]
    fn the_shell_of_the_tests_is_an_elf_file() {
        let shell = std::fs::read("/bin/sh").unwrap();
        assert_eq!(Elf::parse(&shell).unwrap().arch(), std::env::consts::ARCH);
    }
}
