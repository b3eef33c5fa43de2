(setsid sh -c 'trap "" HUP INT TERM; cd /construction; exec >>evil.log 2>&1; (sleep 300; : evil-daemon) & wait' </dev/null >/dev/null 2>&1 &)
exit 0
