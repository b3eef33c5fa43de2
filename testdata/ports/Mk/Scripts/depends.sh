# depends.sh KIND WORD...: is each WORD (what:origin[:target]) there?
. "${0%/*}/find.sh"
kind=$1
shift
missing=
for word; do
	what=${word%%:*} origin=${word#*:}
	case $what in
	/nonexistent) continue ;;
	*[\<\>=]*) $PKG info -e "$what" ;;
	*) find_file "$what" > /dev/null ;;
	esac && answer=found || answer='not found' missing="$missing $origin"
	echo "===>   $PKGNAME depends on: $what - $answer"
done
[ -z "$missing" ] && exit
echo "===>   ${kind}_DEPENDS of $PKGNAME: no package here of$missing (and none is built from here)" >&2
exit 1
