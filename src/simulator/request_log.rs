//! A log of requests, to check how a client behaves.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::request::ApiRequest;

/// Number of requests that are kept.
const REMEMBERED: usize = 500;

/// Bytes of a body that are kept: uploads may be large.
const BODY: usize = 4 << 20;

/// Counters of all requests, and the latest requests.
#[derive(Debug, Default)]
pub struct RequestLog {
    calls: BTreeMap<String, u64>,
    refusals: BTreeMap<(String, i64), u64>,
    /// Answers that arrive and are no refusals.
    answers: BTreeMap<String, u64>,
    /// When an answer that arrives last had this errcode.
    refused_at: BTreeMap<(String, i64), i64>,
    bytes: u64,
    latest: VecDeque<LoggedRequest>,
    /// Drafts, and when an answer that arrives showed each last.
    shown: BTreeMap<String, i64>,
    /// The same, of the first page of the list.
    shown_first: BTreeMap<String, i64>,
    connections: u64,
    in_flight: u64,
    most_in_flight: u64,
}

/// A received request.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// Path below `/cgi-bin/`, `picture`, or the path itself.
    pub endpoint: String,
    /// Path, without the query.
    pub path: String,
    /// Decoded; tokens and secrets included.
    pub query: HashMap<String, String>,
    /// `Referer`.
    pub referer: Option<String>,
    /// As received, up to 4 MiB.
    pub body: Vec<u8>,
}

impl RequestLog {
    /// Returns how often an endpoint was called, with any result.
    pub fn calls(&self, endpoint: &str) -> u64 {
        self.calls.get(endpoint).copied().unwrap_or(0)
    }

    /// Returns the calls of every endpoint.
    pub fn all_calls(&self) -> &BTreeMap<String, u64> {
        &self.calls
    }

    /// Returns how often an endpoint answered with this errcode.
    pub fn refusals(&self, endpoint: &str, code: i64) -> u64 {
        self.refusals.get(&(endpoint.to_owned(), code)).copied().unwrap_or(0)
    }

    /// Returns how often an answer of an endpoint arrived that was no refusal.
    pub fn answers(&self, endpoint: &str) -> u64 {
        self.answers.get(endpoint).copied().unwrap_or(0)
    }

    /// Returns when an answer that arrived had this errcode last, in Unix seconds.
    pub fn last_refusal(&self, endpoint: &str, code: i64) -> Option<i64> {
        self.refused_at.get(&(endpoint.to_owned(), code)).copied()
    }

    /// Returns the total size of all responses of endpoints.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns when an answer of the platform that arrived showed a draft last, in Unix seconds: alone, or in the list.
    pub fn last_shown(&self, media_id: &str) -> Option<i64> {
        self.shown.get(media_id).copied()
    }

    /// Returns when the first page of the list, in an answer that arrived, showed a draft last, in Unix seconds.
    pub fn last_on_first_page(&self, media_id: &str) -> Option<i64> {
        self.shown_first.get(media_id).copied()
    }

    /// Returns how many connections were opened.
    pub fn connections(&self) -> u64 {
        self.connections
    }

    /// Returns the highest number of requests that were processed at the same time.
    pub fn most_in_flight(&self) -> u64 {
        self.most_in_flight
    }

    /// Returns the latest requests of an endpoint, oldest first.
    pub fn requests(&self, endpoint: &str) -> Vec<&LoggedRequest> {
        self.latest.iter().filter(|request| request.endpoint == endpoint).collect()
    }

    /// Returns the body of the latest request of an endpoint.
    pub fn last_body(&self, endpoint: &str) -> Option<&[u8]> {
        self.requests(endpoint).last().map(|request| request.body.as_slice())
    }

    /// Resets all counters.
    pub fn clear(&mut self) {
        *self = Self { in_flight: self.in_flight, ..Self::default() };
    }

    pub(super) fn record_connection(&mut self) {
        self.connections += 1;
    }

    pub(super) fn begin_request(&mut self) {
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
    }

    pub(super) fn end_request(&mut self) {
        self.in_flight -= 1;
    }

    /// `now` is `None` for an answer that does not arrive.
    pub(super) fn record_refusal(&mut self, endpoint: &str, code: i64, now: Option<i64>) {
        let of = (endpoint.to_owned(), code);
        self.refused_at.extend(now.map(|now| (of.clone(), now)));
        *self.refusals.entry(of).or_default() += 1;
    }

    pub(super) fn record_shown(&mut self, media_id: String, is_first_page: bool, now: i64) {
        self.shown_first.extend(is_first_page.then(|| (media_id.clone(), now)));
        self.shown.insert(media_id, now);
    }

    pub(super) fn record_answer(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    pub(super) fn record_arrival(&mut self, endpoint: &str) {
        *self.answers.entry(endpoint.to_owned()).or_default() += 1;
    }

    pub(super) fn record(&mut self, endpoint: &str, request: &ApiRequest) {
        *self.calls.entry(endpoint.to_owned()).or_default() += 1;
        if self.latest.len() == REMEMBERED {
            self.latest.pop_front();
        }
        self.latest.push_back(LoggedRequest {
            endpoint: endpoint.to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
            referer: request.referer.clone(),
            body: request.body[..request.body.len().min(BODY)].to_vec(),
        });
    }
}
