# checksum.sh FILE...: does each have the digest that distinfo says?
. "${0%/*}/sha256.sh"
for file; do
	name=${DIST_SUBDIR:+$DIST_SUBDIR/}$file
	want=$(sed -n "s|^SHA256 ($name) = ||p" "$DISTINFO")
	if [ "$(sha256 "$DISTDIR/$file")" != "$want" ]; then
		echo "===>   checksum mismatch for $name" >&2
		exit 1
	fi
	echo "===>   SHA256 Checksum OK for $name"
done
