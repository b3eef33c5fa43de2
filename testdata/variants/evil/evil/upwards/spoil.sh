# Adds to the package: a name with .., a link out and a file behind it.
cd "$WRKDIR" && rm -rf spoil && mkdir spoil && cd spoil || exit 1
tar -xf "$1" || tar -x --zstd -f "$1" || exit 1
mkdir -p a/b && echo evil > evil-was-here && ln -s "$EVIL_BASE" out
tar -P --transform 's,^evil-was-here$,../../../../../../../..'"$EVIL_BASE"'/evil-was-here,' \
	-czf "$1.new" +* $(ls -d usr 2>/dev/null) out evil-was-here || exit 1
mv "$1.new" "$1"
