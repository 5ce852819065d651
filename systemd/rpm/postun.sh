# After the old files are gone. An upgrade restarts a daemon that runs; a removal leaves configuration and archive.
systemctl daemon-reload >/dev/null 2>&1 || :
if [ "$1" -ge 1 ]; then
    systemctl try-restart draftkeep.service >/dev/null 2>&1 || :
fi
