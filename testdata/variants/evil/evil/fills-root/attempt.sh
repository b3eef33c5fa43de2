dd if=/dev/zero of=/dev/shm/big bs=1048576 count=1100
rm -f /dev/shm/big
exit 1
