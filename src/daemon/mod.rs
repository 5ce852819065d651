//! The daemon: scheduler, workers, signals, systemd.
