# fetch.sh FILE...: bring each into DISTDIR from the first of SITES that has it.  A file gets its
# name only when whole, as other builders look into the same directory.
mkdir -p "$DISTDIR" || exit 1

size_of() { wc -c < "$1" | tr -d ' '; }
wanted() { sed -n "s|^SIZE (${DIST_SUBDIR:+$DIST_SUBDIR/}$1) = ||p" "$DISTINFO" 2>/dev/null; }
right() { [ -f "$1" ] && { [ -n "$NO_SIZE" ] || [ "$(size_of "$1")" = "$(wanted "$2")" ]; }; }

download() {
	case $1 in
	file://*) cp "${1#file://}" "$2" ;;
	*) if command -v fetch > /dev/null; then fetch -qo "$2" "$1"; else curl -fsSLo "$2" "$1"; fi ;;
	esac
}

for file; do
	to=$DISTDIR/$file partial=$DISTDIR/.$file.$$
	right "$to" "$file" && continue
	[ -n "$NO_SIZE" ] || [ -n "$(wanted "$file")" ] || { echo "===>   $file is not in $DISTINFO" >&2; exit 1; }
	for site in $SITES; do
		echo "===>   Fetching $site$file"
		download "$site$file" "$partial" && right "$partial" "$file" && mv "$partial" "$to" && continue 2
		echo "===>   Not to be had there, or of another size than distinfo says" >&2
		rm -f "$partial"
	done
	echo "===>   Couldn't fetch $file" >&2
	exit 1
done
