. "$HERE/../did.sh"
for slot in "$EVIL_BASE"/build/SL* /SL00 /../SL01 "$EVIL_BASE"/build/Template; do
	did "see $slot" test -e "$slot"
	did "write to $slot" touch "$slot/evil-was-here"
done
for process in /proc/[0-9]*; do
	if [ "$(readlink "$process/root")" != "$(readlink /proc/self/root)" ]; then
		did "see the root of $process" ls "$process/root/"
	fi
done
did 'see processes of others' sh -c 'grep -l dsynth-jail /proc/[0-9]*/comm | grep -v "^/proc/1/"'
exit 0
