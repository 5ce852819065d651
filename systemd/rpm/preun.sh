# Before a removal, which an upgrade is not.
if [ "$1" -eq 0 ]; then
    systemctl --no-reload disable --now draftkeep.socket draftkeep.service >/dev/null 2>&1 || :
fi
