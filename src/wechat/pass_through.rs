//! Calls of other programs, passed on with the account's own token. Their answers come back byte for byte.

use super::client::Client;
use super::error::Error;
use super::json_response::JsonResponse;
use super::transport::Body;
use crate::model::Endpoint;

/// A picture of another program.
#[derive(Clone, Copy, Debug)]
pub struct PassedFile<'a> {
    /// The platform takes its type from the end of the name.
    pub name: &'a str,
    pub content_type: &'a str,
    pub bytes: &'a [u8],
}

impl Client {
    /// Makes a call with this JSON, or without a body as a GET, and returns the answer.
    ///
    /// # Errors
    ///
    /// If the platform refuses, or cannot be reached; repeated like every other call.
    pub async fn pass_json(&self, endpoint: Endpoint, json: Option<&[u8]>) -> Result<Vec<u8>, Error> {
        self.call(endpoint, json.map_or(Body::None, Body::Json), |bytes| accepted(endpoint, bytes)).await
    }

    /// Uploads a picture to this endpoint, and returns the answer.
    ///
    /// # Errors
    ///
    /// As [`Client::material_add`].
    pub async fn pass_file(&self, endpoint: Endpoint, file: PassedFile<'_>) -> Result<Vec<u8>, Error> {
        let PassedFile { name, content_type, bytes } = file;
        let kind = (endpoint == Endpoint::MaterialAdd).then_some("image");
        self.call(endpoint, Body::File { name, content_type, bytes, kind }, |bytes| accepted(endpoint, bytes)).await
    }
}

/// Returns an answer that is no refusal.
fn accepted(endpoint: Endpoint, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    JsonResponse::open(endpoint, &bytes)?;
    Ok(bytes)
}
