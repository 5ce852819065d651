//! One poll: the whole story, from the list to the archive.
