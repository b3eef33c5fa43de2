. "$HERE/../did.sh"
did 'connect in build' "$WRKDIR/connect" "$EVIL_PORT"
exit 0
