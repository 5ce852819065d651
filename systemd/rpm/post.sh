# After an installation or an upgrade. Nothing is enabled or started: there may be no configuration yet.
systemd-sysusers draftkeep.conf
systemd-tmpfiles --create draftkeep.conf
systemctl daemon-reload >/dev/null 2>&1 || :
