# find_file WORD: the file that a dependency's first part stands for (a path, a library or a program).
find_file() {
	case $1 in
	/*) [ -e "$1" ] && echo "$1" ;;
	lib*.so*) for dir in "$LOCALBASE/lib" /usr/lib /lib; do
			[ -e "$dir/$1" ] && echo "$dir/$1" && return
		done; false ;;
	*) PATH=$LOCALBASE/bin:$LOCALBASE/sbin:$PATH command -v "$1" ;;
	esac
}
