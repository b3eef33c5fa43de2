//! The base system that makefiles see while they are read on a foreign host: data alone.
//!
//! `exists()` looks at whatever is there and `!=` runs it. On a busy host that changed the answers for 145 of 22,863
//! ports (`/usr/bin/makeinfo`, `unzip`, `ssh-agent`); with what is listed here, and nothing else, all came out as on a BSD.

/// Programs that makefiles of real trees call, found on the host by name. `dash` and the sums serve dsynth's stubs.
pub const TOOLS: &[&str] = &[
    "[",
    "awk",
    "basename",
    "cat",
    "cp",
    "cut",
    "date",
    "dirname",
    "echo",
    "egrep",
    "env",
    "expr",
    "false",
    "find",
    "grep",
    "head",
    "id",
    "ls",
    "md5sum",
    "mkdir",
    "mktemp",
    "mv",
    "printf",
    "readlink",
    "rm",
    "sed",
    "seq",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "sort",
    "tail",
    "test",
    "tr",
    "true",
    "uniq",
    "wc",
    "xargs",
];

/// Tools that some ports name by their absolute paths, and that answer for the platform: dsynth's own (`mk/bin`).
pub const STUBS: &[(&str, &str)] = &[
    ("bin/hostname", "hostname"),
    ("sbin/md5", "md5"),
    ("sbin/sha256", "sha256"),
    ("sbin/sysctl", "sysctl"),
    ("usr/bin/jot", "jot"),
    ("usr/bin/make", "make"),
    ("usr/bin/uname", "uname"),
    ("usr/sbin/sysctl", "sysctl"),
];

/// What ports look for with `exists()` and find in the base system of a BSD (OpenSSL, iconv, OpenSSH). They are
/// empty: makefiles ask whether they are there, and read none of them.
pub const FILES: &[&str] = &[
    "usr/bin/ssh",
    "usr/include/iconv.h",
    "usr/include/openssl/opensslv.h",
    "usr/lib/libcrypto.so",
    "usr/lib/libssl.so",
];

/// Accounts: those of a BSD, not the host's.
pub const ACCOUNTS: &[(&str, &str)] = &[
    ("etc/passwd", "root:*:0:0:Charlie &:/root:/bin/sh\nnobody:*:65534:65534:Nobody:/nonexistent:/usr/sbin/nologin\n"),
    ("etc/group", "wheel:*:0:root\nnobody:*:65534:\n"),
];
