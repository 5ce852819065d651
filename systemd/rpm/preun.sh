# Before a removal, but not before an upgrade.
if [ "$1" -eq 0 ]; then
    systemctl --no-reload disable --now draftkeep.socket draftkeep.service >/dev/null 2>&1 || :
fi
