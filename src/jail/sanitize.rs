//! Makes a copy of `/etc` fit for a jail: no secrets in it, and what ports expect of a BSD.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use camino::Utf8Path;

use super::JailError;

/// Files of accounts with a password in the second field.
const ACCOUNTS: &[&str] = &["master.passwd", "passwd", "shadow", "group", "gshadow"];

/// What a jail has no business with: keys, old copies of the accounts, the time zone (builds run in UTC).
pub(super) fn left_out(path: &Path) -> bool {
    let Some(name) = path.to_str() else { return false };
    let old =
        ACCOUNTS.iter().any(|file| name.strip_suffix('-') == Some(file) || name.strip_suffix(".bak") == Some(file));
    let key = name.strip_prefix("ssh/").is_some_and(|file| file.contains("key"));
    old || key || matches!(name, "localtime" | "ssl/private" | "krb5.keytab" | "spwd.db")
}

/// Mends the copy at `etc`; `host` is the one it was made from.
pub(super) fn sanitize(etc: &Utf8Path, host: &Utf8Path) -> Result<(), JailError> {
    for name in ACCOUNTS {
        edit(&etc.join(name), starred)?;
    }
    // Ports install as root:wheel. Linux calls that group `root`.
    let group = etc.join("group");
    if !group.exists() {
        fs::write(&group, "").map_err(JailError::path("write", &group))?;
    }
    edit(&group, with_wheel)?;
    for name in ["resolv.conf", "hosts"] {
        resolve(&etc.join(name), &host.join(name))?;
    }
    databases(etc, &host.join("../usr/sbin/pwd_mkdb"))
}

/// A BSD looks accounts up in what pwd_mkdb(8) makes of master.passwd. The old ones hold the passwords.
fn databases(etc: &Utf8Path, program: &Utf8Path) -> Result<(), JailError> {
    let accounts = etc.join("master.passwd");
    if !accounts.exists() || !program.exists() {
        return Ok(());
    }
    let done = Command::new(program).args(["-p", "-d", etc.as_str(), accounts.as_str()]).stdin(Stdio::null()).output();
    let done = done.map_err(JailError::path("start", program))?;
    let said = || io::Error::other(String::from_utf8_lossy(&done.stderr).trim().to_owned());
    if done.status.success() { Ok(()) } else { Err(JailError::path("make the databases of", &accounts)(said())) }
}

fn edit(path: &Utf8Path, change: fn(&str) -> String) -> Result<(), JailError> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        text => text.map_err(JailError::path("read", path))?,
    };
    // Over the file and not beside it, so that owner and mode stay.
    fs::write(path, change(&String::from_utf8_lossy(&text))).map_err(JailError::path("write", path))
}

/// No password fits `*`.
fn starred(text: &str) -> String {
    let line = |line: &str| match line.splitn(3, ':').collect::<Vec<_>>()[..] {
        [name, _, rest] if !name.starts_with('#') => format!("{name}:*:{rest}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn with_wheel(text: &str) -> String {
    let wheel = text.lines().any(|line| line.starts_with("wheel:"));
    format!("{text}{}", if wheel { "" } else { "wheel:*:0:root\n" })
}

/// The host may keep these elsewhere (`/run/systemd`), where the jail cannot follow.
fn resolve(copy: &Utf8Path, host: &Utf8Path) -> Result<(), JailError> {
    let Ok(text) = fs::read(host) else { return Ok(()) };
    if copy.is_symlink() {
        fs::remove_file(copy).map_err(JailError::path("replace", copy))?;
        fs::write(copy, text).map_err(JailError::path("write", copy))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn no_password_is_left() {
        let text = "# $FreeBSD$\nroot:$6$secret:0:0::0:0:Charlie &:/root:/bin/sh\ntoor::0:0::/:\n+:::\nodd\n";
        let expected = "# $FreeBSD$\nroot:*:0:0::0:0:Charlie &:/root:/bin/sh\ntoor:*:0:0::/:\n+:*::\nodd\n";
        assert_eq!(starred(text), expected);
    }

    #[test]
    fn databases_are_made_of_accounts_without_passwords() {
        let scratch = tempfile::tempdir().unwrap();
        let world = Utf8Path::from_path(scratch.path()).unwrap();
        for directory in ["etc", "copy", "usr/sbin"] {
            fs::create_dir_all(world.join(directory)).unwrap();
        }
        let (etc, program) = (world.join("copy"), world.join("usr/sbin/pwd_mkdb"));
        fs::write(etc.join("master.passwd"), "root:$6$secret:0:0::0:0:Charlie &:/root:/bin/sh\n").unwrap();
        let play = |script: &str| {
            fs::write(&program, script).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            sanitize(&etc, &world.join("etc"))
        };
        play("#!/bin/sh\ncat $4 > $3/spwd.db; echo $1 $2 >> $3/spwd.db\n").unwrap();
        let made = fs::read_to_string(etc.join("spwd.db")).unwrap();
        assert_eq!(made, "root:*:0:0::0:0:Charlie &:/root:/bin/sh\n-p -d\n");
        let error = play("#!/bin/sh\necho 'no space' >&2; exit 1\n").unwrap_err();
        assert_eq!(crate::model::with_causes(&error), format!("make the databases of `{etc}/master.passwd`: no space"));
    }

    #[test]
    fn wheel_is_added_once() {
        let linux = with_wheel("root:x:0:\n");
        assert_eq!(linux, "root:x:0:\nwheel:*:0:root\n");
        assert_eq!(with_wheel(&linux), linux);
    }

    #[test]
    fn keys_are_left_out_and_their_neighbours_are_not() {
        let left = |name: &str| left_out(Path::new(name));
        assert!(left("spwd.db") && !left("pwd.db"));
        assert!(left("ssh/ssh_host_rsa_key") && left("ssh/ssh_host_rsa_key.pub") && left("shadow-"));
        assert!(!left("ssh/sshd_config") && !left("ssl/certs") && !left("keys") && !left("shadow"));
    }
}
