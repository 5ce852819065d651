//! CA certificates in a PEM file, trusted in addition to the system's.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A system's CA certificates are 250 KB in all.
const LARGEST: u64 = 4 << 20;

/// Reads the certificates of a file, in DER.
///
/// # Errors
///
/// If the file cannot be read or has no certificates.
pub fn ca_certificates(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    let certificates: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = certificates.map_err(|error| invalid(format!("it is no good PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(invalid("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for (certificate, number) in certificates.iter().zip(1..) {
        let added = store.add(certificate.clone());
        added.map_err(|error| invalid(format!("certificate {number} in it cannot be used: {error}")))?;
    }
    Ok(certificates.into_iter().map(|certificate| certificate.to_vec()).collect())
}
