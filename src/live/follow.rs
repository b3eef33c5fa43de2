//! The side of whoever looks on.

use std::io::{self, BufRead, BufReader, ErrorKind};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::DeserializeOwned;

use crate::view::Picture;

use super::{Greeting, Hello, Line, VERSION, socket};

#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    #[error("dsynth is not running")]
    NotRunning,
    #[error("the dsynth that is running is of another version: follow it with the same one")]
    Version,
    #[error("cannot follow the dsynth that is running, on `{path}`")]
    Io { path: Utf8PathBuf, source: io::Error },
}

/// The picture of the run that goes on in a build base. It is closed when the other side ends, or has let us go because we
/// were too slow: then following again says which it was.
pub fn follow(buildbase: &Utf8Path) -> Result<Arc<Picture>, FollowError> {
    let path = socket(buildbase);
    let error = |source: io::Error| match source.kind() {
        // Nobody listens on what a dsynth left that was killed; one that is just ending closes before it greets.
        ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::UnexpectedEof => FollowError::NotRunning,
        _ => FollowError::Io { path: path.clone(), source },
    };
    let mut lines = BufReader::new(UnixStream::connect(&path).map_err(error)?);
    let Hello { version } = read(&mut lines).map_err(error)?;
    if version != VERSION {
        return Err(FollowError::Version);
    }
    let Greeting { view, age } = read(&mut lines).map_err(error)?;
    let picture = Arc::new(Picture::new(view, age));
    let followed = Arc::downgrade(&picture);
    let run = move || {
        while let Some(picture) = followed.upgrade() {
            match read(&mut lines) {
                Ok(Line { at, event }) => picture.hear_at(&event, at),
                Err(_) => return picture.close(),
            }
        }
    };
    thread::Builder::new().name("follow".into()).spawn(run).map_err(error)?;
    Ok(picture)
}

fn read<T: DeserializeOwned>(lines: &mut impl BufRead) -> io::Result<T> {
    let mut line = Vec::new();
    if lines.read_until(b'\n', &mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&line)?)
}
