# 96 MiB, where the profile gives 64.
dd if=/dev/zero of="$WRKDIR/big" bs=1048576 count=96
