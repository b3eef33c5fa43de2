# makesum.sh FILE...: a distinfo.
. "${0%/*}/sha256.sh"
echo "TIMESTAMP = 1700000000"
for file; do
	name=${DIST_SUBDIR:+$DIST_SUBDIR/}$file
	echo "SHA256 ($name) = $(sha256 "$DISTDIR/$file")"
	echo "SIZE ($name) = $(wc -c < "$DISTDIR/$file" | tr -d ' ')"
done
