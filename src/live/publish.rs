//! The side of the dsynth that runs.
//!
//! Nothing here holds up the run: each reader has a thread and a bounded queue of its own, and one that does not read is
//! let go.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use crossbeam_channel::{Receiver, Sender, bounded};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::Serialize;

use crate::view::Picture;

use super::{Greeting, Hello, Line, VERSION, socket};

/// More do not get in.
const READERS: usize = 64;

/// So long a reader may take nothing of what fills its socket.
const PATIENCE: Duration = Duration::from_secs(5);

/// At the end, all of them together have so long to be told it.
const FAREWELL: Duration = Duration::from_secs(1);

/// Lets others follow a picture for as long as it lives. Whoever makes one holds the lock of the build base until it is gone.
pub struct Publisher {
    path: Utf8PathBuf,
    picture: Arc<Picture>,
    /// Closed to end the thread that listens.
    door: Option<UnixStream>,
    listener: Option<JoinHandle<()>>,
    /// Disconnected when all readers have been told all, and have left their seats.
    readers: Receiver<()>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{path}`, so `monitor` cannot follow this run")]
pub struct PublishError {
    path: Utf8PathBuf,
    source: io::Error,
}

impl Publisher {
    /// A socket that a dsynth left when it was killed is replaced: it was another holder of the lock.
    pub fn new(buildbase: &Utf8Path, picture: Arc<Picture>) -> Result<Publisher, PublishError> {
        let path = socket(buildbase);
        let listening = listen(buildbase, &path).and_then(|listener| Ok((listener, UnixStream::pair()?)));
        let (listener, (door, outside)) = listening.map_err(|source| PublishError { path: path.clone(), source })?;
        // Nothing is ever sent: each reader's thread has a seat for as long as it runs.
        let (sender, readers) = bounded(0);
        let (shown, seats) = (picture.clone(), Arc::new(sender));
        let run = move || greet(&listener, &outside, &shown, &seats);
        let listener = thread::Builder::new().name("live".into()).spawn(run);
        let listener = listener.map_err(|source| PublishError { path: path.clone(), source })?;
        Ok(Publisher { path, picture, door: Some(door), listener: Some(listener), readers })
    }
}

impl Drop for Publisher {
    /// Nobody gets in any more, and those who are hear it to its end.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        drop(self.door.take());
        let _ = self.listener.take().map(JoinHandle::join);
        self.picture.close();
        let _ = self.readers.recv_timeout(FAREWELL);
    }
}

/// Who may read the build base may connect, for which a socket must be writable; there is nothing that it could be told.
fn listen(buildbase: &Utf8Path, path: &Utf8Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    let readable = fs::metadata(buildbase)?.permissions().mode() & 0o444;
    fs::set_permissions(path, Permissions::from_mode(readable | readable >> 1))?;
    Ok(listener)
}

/// Until the other end of `outside` is closed.
fn greet(listener: &UnixListener, outside: &UnixStream, picture: &Arc<Picture>, seats: &Arc<Sender<()>>) {
    loop {
        let mut wanted = [listener.as_fd(), outside.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        match poll(&mut wanted, PollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            Err(_) => return,
            Ok(_) if wanted[1].any().unwrap_or(true) => return,
            Ok(_) => {}
        }
        // Out of descriptors, or gone again: whoever wants to look tries again.
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        if Arc::strong_count(seats) > READERS {
            continue;
        }
        let (picture, seat) = (picture.clone(), seats.clone());
        let tell = move || {
            // Who goes away, or does not read, is no trouble of ours.
            let _ = tell(stream, &picture);
            drop(seat);
        };
        // Without a thread for it nobody is told anything, and sees the end at once.
        let _ = thread::Builder::new().name("live-reader".into()).spawn(tell);
    }
}

fn tell(mut stream: UnixStream, picture: &Picture) -> io::Result<()> {
    // It may have been made non-blocking with its listener (BSD).
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (view, age, events) = picture.follow();
    write(&mut stream, &Hello { version: VERSION })?;
    write(&mut stream, &Greeting { view, age })?;
    for heard in events {
        write(&mut stream, &Line { at: heard.at, event: heard.event.clone() })?;
    }
    Ok(())
}

fn write(stream: &mut UnixStream, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    stream.write_all(&text)
}
