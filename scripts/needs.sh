# What the scripts beside this one have in common: they say what they need, and it is installed if it may be.
# Sourced, never run. POSIX sh.

system=$(uname -s)
target=${CARGO_TARGET_DIR:-target}
missing=

say() {
	printf '\n==> %s\n' "$*"
}

stop() {
	printf '\n%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# need WHAT PACKAGE...: WHAT is a program or, with a slash in front, a file; the packages are Debian's.
need() {
	case $1 in
	/*) [ -e "$1" ] && return ;;
	*) command -v "$1" >/dev/null && return ;;
	esac
	shift
	missing="$missing $*"
}

# Cargo fetches over https: without these it trusts nobody.
need_certificates() {
	[ -n "${SSL_CERT_FILE:-}" ] || need /etc/ssl/certs/ca-certificates.crt ca-certificates
}

# What rustc links with. The static libc is for ports.
need_compiler() {
	need gcc gcc libc6-dev
	need cc gcc libc6-dev
	need /usr/include/stdio.h libc6-dev
}

# What ports are built with: Mk/ of the fixture tree says which programs.
need_base_system() {
	need /usr/bin/bmake bmake
	need patch patch
}

# Installs what is missing, or says what root has to run.
install_missing() {
	[ -n "$missing" ] || return 0
	missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
	if ! command -v apt-get >/dev/null; then
		stop "needs what Debian calls: $missing
Install them in the way of this system, then run this again."
	fi
	if [ "$(id -u)" != 0 ]; then
		stop "some tools are missing. As root, run

    apt-get update && apt-get install -y --no-install-recommends $missing

and then this again."
	fi
	say "Installing $missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq </dev/null
	apt-get install -y -qq --no-install-recommends $missing </dev/null >"${TMPDIR:-/tmp}/apt-get.$$" 2>&1 || {
		cat "${TMPDIR:-/tmp}/apt-get.$$"
		stop "apt-get failed, see above"
	}
	rm -f "${TMPDIR:-/tmp}/apt-get.$$"
	missing=
}

# Rust is a matter of taste on Linux (rustup, Debian's packages), and one package on a BSD.
have_cargo() {
	command -v cargo >/dev/null && return
	if [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
		PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
		export PATH
		return
	fi
	case $system in
	FreeBSD | DragonFly)
		[ "$(id -u)" = 0 ] || stop "there is no cargo. As root, run: pkg install -y rust"
		pkg install -y rust
		;;
	*) stop "there is no cargo. Get Rust from https://rustup.rs, then run this again." ;;
	esac
}

# KiB that are free on the file system of a directory; 0 if there is none.
free_kib() {
	{ df -Pk "$1" 2>/dev/null || :; } | awk 'NR == 2 { free = $4 } END { print free + 0 }'
}

# Whether what is written into a directory can be run there.
runs_programs() {
	probe=$(mktemp "$1/dsynth.XXXXXX" 2>/dev/null) || return 1
	printf '#!/bin/sh\n' >"$probe"
	chmod +x "$probe"
	"$probe" 2>/dev/null && rc=0 || rc=1
	rm -f "$probe"
	return $rc
}
