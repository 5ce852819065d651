//! An error that may last: it is logged once, and once more when it comes back. Pure.

/// What was logged last, as long as that lasts.
#[derive(Debug, Default)]
pub(super) struct LastingError(Option<String>);

impl LastingError {
    /// Records what happened. Returns the error where it is to be logged: it is another one than the last time.
    pub(super) fn update<'a>(&mut self, error: Option<&'a str>) -> Option<&'a str> {
        let new = error.filter(|error| self.0.as_deref() != Some(error));
        if new.is_some() || error.is_none() {
            self.0 = error.map(str::to_owned);
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_and_again_when_it_comes_back() {
        let mut lasting = LastingError::default();
        let told = [Some("a"), Some("a"), Some("b"), Some("a"), None, Some("a")].map(|error| lasting.update(error));
        assert_eq!(told, [Some("a"), None, Some("b"), Some("a"), None, Some("a")]);
    }
}
