//! The platform over HTTP: tokens, drafts, errors.
