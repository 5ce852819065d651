//! Canonical form and hash of a draft: the hash law.
