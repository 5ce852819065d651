# After the old files are removed. An upgrade restarts a running daemon; a removal keeps the configuration and the archive.
systemctl daemon-reload >/dev/null 2>&1 || :
if [ "$1" -ge 1 ]; then
    systemctl try-restart draftkeep.service >/dev/null 2>&1 || :
fi
