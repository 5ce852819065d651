//! A WeChat platform in a box, to develop and test against. Shares no code with the client.
