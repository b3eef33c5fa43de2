. "$HERE/../did.sh"
did 'chroot' chroot "$WRKDIR" true
did 'chroot to where it is' chroot / /bin/true
for up in .. ../.. ../../../../../../../../../..; do
	did "reach the build base by $up" test -e "$up$EVIL_BASE/build"
done
did 'enter the mounts of process 1' nsenter -t 1 -m true
did 'read by the root of process 1' ls "/proc/1/root$EVIL_BASE"
did 'read the root of process 1' ls /proc/1/root/
did 'read the files of process 1' readlink /proc/1/fd/0
did 'read the memory of process 1' head -c 1 /proc/1/mem
did 'read the environment of process 1' cat /proc/1/environ
exit 0
