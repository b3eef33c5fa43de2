. "$HERE/../did.sh"
did 'see a process of the host' test -e "/proc/$EVIL_PID"
did 'signal a process of the host' kill -9 "$EVIL_PID"
did 'read the memory of a process of the host' head -c 1 "/proc/$EVIL_PID/mem"
did 'kill process 1' sh -c 'kill -9 1 && sleep 1 && ! kill -0 1'
cat > "$WRKDIR/trace.c" <<'C'
#include <sys/ptrace.h>
#include <stdlib.h>
int main(int n, char **words) { return n < 2 || ptrace(PTRACE_ATTACH, atoi(words[1]), 0, 0) != 0; }
C
$CC -o "$WRKDIR/trace" "$WRKDIR/trace.c" || exit 1
did 'trace a process of the host' "$WRKDIR/trace" "$EVIL_PID"
did 'trace process 1' "$WRKDIR/trace" 1
# All that it may: its own phase goes on without those.
sh -c 'sleep 60' &
kill -9 $!
exit 0
