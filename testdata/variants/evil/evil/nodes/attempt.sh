. "$HERE/../did.sh"
# A node is looked at and never used.
for name in mem kmem port kmsg sda sda1 vda vdb nvme0n1 fuse kvm loop0 loop-control mapper/control net/tun; do
	did "see /dev/$name" test -e "/dev/$name"
done
for place in /dev /dev/shm /tmp "$WRKDIR" /distfiles /options /usr/local; do
	did "make a character device in $place" mknod "$place/evil-kmem" c 1 2
	did "make a block device in $place" mknod "$place/evil-disk" b 8 0
done
exit 0
