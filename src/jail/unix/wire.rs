//! How dsynth and a jail's helper talk: frames of a length and a value, and sometimes a file with them.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use camino::Utf8PathBuf;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use nix::sys::statvfs::Statvfs;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::{Consumed, JailCommand, JailFile, Limits, Mount};
use super::sys;
use super::trouble::Trouble;

/// What dsynth asks for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    Setup(Setup),
    /// Answered when the command and all that it started have ended.
    Run(JailCommand),
    /// Ends the running command; without one it means nothing.
    Kill,
    Open(Utf8PathBuf),
    /// How full the file systems at these places are.
    Usage(Vec<Utf8PathBuf>),
    Consumed,
    Quit,
}

#[derive(Debug, Serialize, Deserialize)]
pub(in super::super) struct Setup {
    pub(in super::super) root: Utf8PathBuf,
    pub(in super::super) mounts: Vec<Mount>,
    pub(in super::super) template: Utf8PathBuf,
    pub(in super::super) files: Vec<JailFile>,
    pub(in super::super) hostname: String,
    pub(in super::super) nice: i32,
    pub(in super::super) limits: Limits,
}

#[derive(Debug, Serialize, Deserialize)]
pub(in super::super) enum Reply {
    /// The process that serves lives, and this is its number outside.
    Started(i32),
    Ready,
    Exited(Ended),
    /// The file comes with it.
    Opened,
    /// In the order of the places; what cannot be asked counts as empty.
    Usage(Vec<Usage>),
    /// `None` if the kernel does not say.
    Consumed(Option<Consumed>),
    /// `errno` says why.
    NotOpened(i32),
    Failed(Trouble),
}

/// Bytes; all are used where no more files can be made.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(in super::super) struct Usage {
    pub(in super::super) used: u64,
    pub(in super::super) limit: u64,
}

impl Usage {
    pub(in super::super) fn of(found: &Statvfs) -> Usage {
        let bytes = |blocks: u64| blocks * found.fragment_size();
        let limit = bytes(found.blocks());
        // Without a limit of files there are none to be counted.
        let free = if found.files() > 0 && found.files_free() == 0 { 0 } else { bytes(found.blocks_free()) };
        Usage { used: limit.saturating_sub(free), limit }
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in super::super) enum Ended {
    Code(i32),
    Signal(i32),
}

/// No request is nearly as long; a length like this means that the other side is no dsynth.
const LONGEST: u32 = 64 << 20;

/// One end of the socket.
pub(in super::super) struct Channel(UnixStream);

impl Channel {
    pub(in super::super) fn pair() -> io::Result<(Channel, OwnedFd)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Channel(ours), theirs.into()))
    }

    pub(in super::super) fn new(socket: OwnedFd) -> Channel {
        Channel(socket.into())
    }

    pub(in super::super) fn send(&self, value: &impl Serialize) -> io::Result<()> {
        (&self.0).write_all(&frame(value)?)
    }

    /// The file travels with the first byte.
    pub(in super::super) fn send_with(&self, value: &impl Serialize, file: BorrowedFd<'_>) -> io::Result<()> {
        let frame = frame(value)?;
        let files = [file.as_raw_fd()];
        let rights = [ControlMessage::ScmRights(&files)];
        let sent = sendmsg::<()>(self.0.as_raw_fd(), &[IoSlice::new(&frame)], &rights, MsgFlags::MSG_NOSIGNAL, None)?;
        (&self.0).write_all(&frame[sent..])
    }

    pub(in super::super) fn receive<T: DeserializeOwned>(&self) -> io::Result<(T, Option<File>)> {
        let mut length = [0; 4];
        let (got, file) = self.first(&mut length)?;
        (&self.0).read_exact(&mut length[got..])?;
        let length = u32::from_le_bytes(length);
        if length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; length as usize];
        (&self.0).read_exact(&mut bytes)?;
        let value = postcard::from_bytes(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok((value, file))
    }

    fn first(&self, buffer: &mut [u8]) -> io::Result<(usize, Option<File>)> {
        let mut space = nix::cmsg_space!(RawFd);
        let mut parts = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let message = recvmsg::<()>(self.0.as_raw_fd(), &mut parts, Some(&mut space), flags)?;
        if message.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut file = None;
        for part in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(files) = part {
                file = files.into_iter().map(sys::received).next_back();
            }
        }
        Ok((message.bytes, file))
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn frame(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let bytes = postcard::to_stdvec(value).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok([&length.to_le_bytes(), bytes.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_arrives_with_its_frame() {
        let (ours, theirs) = Channel::pair().unwrap();
        let theirs = Channel::new(theirs);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"text").unwrap();
        ours.send_with(&Reply::Opened, file.as_fd()).unwrap();
        ours.send(&Reply::Ready).unwrap();

        let (reply, file) = theirs.receive::<Reply>().unwrap();
        assert!(matches!(reply, Reply::Opened));
        assert_eq!(file.unwrap().metadata().unwrap().len(), 4);
        let (reply, file) = theirs.receive::<Reply>().unwrap();
        assert!(matches!(reply, Reply::Ready) && file.is_none());
    }

    #[test]
    fn a_closed_socket_and_nonsense_are_errors() {
        let (ours, theirs) = Channel::pair().unwrap();
        (&ours.0).write_all(&[0xff; 8]).unwrap();
        let theirs = Channel::new(theirs);
        assert_eq!(theirs.receive::<Reply>().unwrap_err().kind(), io::ErrorKind::InvalidData);
        drop(theirs);
        assert!(ours.receive::<Reply>().is_err());
    }
}
