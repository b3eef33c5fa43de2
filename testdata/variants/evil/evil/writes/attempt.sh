. "$HERE/../did.sh"
# Every mount that says it is read-only, and the host's directories by their names on the host.
for place in $(awk '$6 ~ /(^|,)ro(,|$)/ { print $5 }' /proc/self/mountinfo) /packages/All /xports/t /etc/../usr/bin \
	"$EVIL_BASE" "$EVIL_BASE/ports" "$EVIL_BASE/packages/All" "$EVIL_BASE/build" "$EVIL_BASE/logs"; do
	did "write to $place" touch "$place/evil-was-here"
	did "change the mode of $place" chmod 777 "$place"
done
did 'write to a file of the tree' sh -c 'echo x >> /xports/t/leaf/Makefile'
did 'remove a package' rm -f /packages/All/pkg-1.21.3.pkg
did 'set the host name' sh -c 'echo evil > /proc/sys/kernel/hostname'
did 'write to /proc/1' sh -c 'echo 1000 > /proc/1/oom_score_adj'
exit 0
