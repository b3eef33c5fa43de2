# check-plist.sh: every staged file is in the plist, and the other way round.
absolute() { sed -e '/^@comment/d' -e '/^$/d' -e 's|^@dir \([^/]\)|@dir '"$PREFIX"'/\1|' -e "s|^[^/@]|$PREFIX/&|"; }
absolute < "$TMPPLIST" | sort > "$WRKDIR/.listed"
(cd "$STAGEDIR" && find . \( -type f -o -type l \) -print) | sed 's/^\.//' | sort > "$WRKDIR/.staged"
grep '^@dir ' "$WRKDIR/.listed" | sed 's/^@dir //' | while read -r dir; do
	[ -d "$STAGEDIR$dir" ] || echo "===>   Missing: @dir $dir"
done > "$WRKDIR/.wrong"
grep -v '^@dir ' "$WRKDIR/.listed" | comm -23 - "$WRKDIR/.staged" | sed 's/^/===>   Missing: /' >> "$WRKDIR/.wrong"
comm -13 "$WRKDIR/.listed" "$WRKDIR/.staged" | sed 's/^/===>   Orphaned: /' >> "$WRKDIR/.wrong"
[ -s "$WRKDIR/.wrong" ] || exit 0
cat "$WRKDIR/.wrong" >&2
exit 1
