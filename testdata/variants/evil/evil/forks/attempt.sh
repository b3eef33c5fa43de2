count=0
while [ $count -lt 200 ]; do
	setsid sh -c 'trap "" HUP INT TERM; sleep 300; : evil-fork' </dev/null >/dev/null 2>&1 &
	count=$((count + 1))
done
echo "started $count"
