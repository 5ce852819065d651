//! What is proven every night, as configured.

/// `[proof]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofConfig {
    /// Whether the daemon proves the archive every night.
    pub enabled: bool,
}

impl Default for ProofConfig {
    fn default() -> Self {
        Self { enabled: true }
    }
}
