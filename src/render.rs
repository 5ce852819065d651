//! An article as people read it: plain text, HTML page, Markdown.
