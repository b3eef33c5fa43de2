# manifest.sh DEPENDENCY...: METADIR/+MANIFEST and its companions, for pkg create.
. "${0%/*}/find.sh"

text() { printf '%s\n' "$1" | sed -e 's/[\\"]/\\&/g' -e '1s/^/"/' -e '$s/$/"/'; }
list() { for word in $1; do text "$word"; printf ' '; done; }
options() { for word in $1; do echo "	$word: \"$2\""; done; }

# Only what is installed can be written down with its true name and version.
packages() {
	for word; do
		what=${word%%:*}
		case $what in
		/nonexistent) continue ;;
		*[\<\>=]*) ;;
		*) what=$($PKG which -q "$(find_file "$what")") || {
				find_file "${word%%:*}" > /dev/null && continue	# the base system's
				echo "===>   $PKGNAME: ${word#*:} is not installed" >&2; return 1; } ;;
		esac
		$PKG query '	"%n": { origin: "%o", version: "%v" }' "$what" ||
			{ echo "===>   $PKGNAME: ${word#*:} is not installed" >&2; return 1; }
	done
}

rm -rf "$METADIR" && mkdir -p "$METADIR" || exit 1
deps=$(packages "$@") || exit 1
{
	for pair in name:NAME origin:ORIGIN version:VERSION comment:COMMENT maintainer:MAINTAINER www:WWW prefix:PREFIX; do
		eval "value=\$${pair#*:}"
		printf '%s: ' "${pair%:*}"
		text "$value"
		echo
	done
	echo 'licenselogic: "single"'
	echo "licenses: [ $(list "$LICENSE")]"
	echo "deps: {"
	[ -z "$deps" ] || echo "$deps" | sort -u
	echo "}"
	echo "categories: [ $(list "$CATEGORIES")]"
	echo "options: {"
	options "$ON" on
	options "$OFF" off
	echo "}"
	[ -z "$FLAVOR" ] || echo "annotations: { flavor: \"$FLAVOR\" }"
} > "$METADIR/+MANIFEST"
if [ -f "$DESCR" ]; then cat "$DESCR"; else printf '%s\n' "$COMMENT"; fi > "$METADIR/+DESC"
[ ! -f "$POST_INSTALL" ] || { echo "set -- $PKGNAME POST-INSTALL"; cat "$POST_INSTALL"; } > "$METADIR/+POST_INSTALL"
