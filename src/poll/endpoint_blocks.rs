//! Endpoint blocks: which endpoints are not called for how long after the platform refused them.

use crate::archive::{self, AccountId, EndpointBlock, WriterHandle};
use crate::model::{Endpoint, Timestamp, rfc3339};
use crate::wechat::{Error, ErrorKind};

/// The blocks of an account, and those that began or ended since they were saved.
pub(super) struct EndpointBlocks {
    blocks: Vec<EndpointBlock>,
    has_changed: bool,
    unblocked: Vec<Option<Endpoint>>,
}

impl EndpointBlocks {
    pub(super) fn new(blocks: Vec<EndpointBlock>) -> Self {
        Self { blocks, has_changed: false, unblocked: Vec::new() }
    }

    /// Returns the block of an endpoint.
    pub(super) fn find(&self, endpoint: Endpoint, now: Timestamp) -> Option<&EndpointBlock> {
        self.blocks.iter().find(|block| block.applies_to(endpoint, now))
    }

    /// Blocks what a failure blocks: an endpoint, or all of them. Returns whether that is a new block.
    pub(super) fn block(&mut self, error: &Error, now: Timestamp) -> bool {
        let (Some(code), Some((endpoint, until))) = (error.code, error.blocks(now)) else { return false };
        let replaced = self.blocks.extract_if(.., |block| block.endpoint == endpoint).count();
        // Only the platform's support needs the rid, and the log has it.
        let message = Error { rid: None, ..error.clone() }.to_string();
        self.blocks.push(EndpointBlock { endpoint, until, code, message });
        self.has_changed = true;
        replaced == 0
    }

    /// Ends the block of an endpoint that has answered.
    pub(super) fn unblock(&mut self, endpoint: Endpoint) {
        let has_ended = |block: &mut EndpointBlock| block.endpoint.is_none_or(|blocked| blocked == endpoint);
        let ended: Vec<_> = self.blocks.extract_if(.., has_ended).map(|block| block.endpoint).collect();
        self.has_changed |= !ended.is_empty();
        self.unblocked.extend(ended);
    }

    /// Saves what has changed.
    pub(super) async fn save(
        &mut self,
        archive: &WriterHandle,
        account: AccountId,
        now: Timestamp,
    ) -> Result<(), archive::Error> {
        if !std::mem::take(&mut self.has_changed) {
            return Ok(());
        }
        let (blocks, unblocked) = (self.blocks.clone(), std::mem::take(&mut self.unblocked));
        archive
            .run(move |writer| {
                for endpoint in unblocked {
                    writer.unblock_endpoint(account, endpoint)?;
                }
                blocks.iter().try_for_each(|block| writer.block_endpoint(account, block, now).map(drop))
            })
            .await
    }
}

/// Returns the error that a call to a blocked endpoint would meet.
pub(super) fn block_error(block: &EndpointBlock, endpoint: Endpoint) -> Error {
    let until = rfc3339(block.until);
    Error {
        endpoint: Some(endpoint),
        kind: ErrorKind::of(endpoint, block.code),
        code: Some(block.code),
        message: format!("not called before {until}; draftkeep poll --all calls it all the same"),
        rid: None,
    }
}
