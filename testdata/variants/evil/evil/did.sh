# did WHAT COMMAND...: says DID WHAT if the command succeeds.
did() {
	what=$1
	shift
	"$@" >/dev/null 2>&1 && echo "DID $what"
	return 0
}
