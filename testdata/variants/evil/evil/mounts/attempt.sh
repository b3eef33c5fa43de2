. "$HERE/../did.sh"
did 'mount a tmpfs' mount -t tmpfs none /mnt
did 'mount the tree writable' mount --bind /xports /mnt
for place in / /xports /packages /usr/bin /proc /distfiles /dev; do
	did "remount $place" mount -o remount,rw "$place"
	did "remount the bind mount $place" mount -o remount,bind,rw "$place"
	did "unmount $place" umount -l "$place"
done
did 'unshare the mounts' unshare -m true
did 'make a user namespace' unshare -U true
did 'be root of a user namespace and mount' unshare -Urm mount -t tmpfs none /mnt
exit 0
