//! Why a server's certificate is not trusted.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

/// Returns why the certificate of `host` is rejected, and what to do about it; `None` if the error has another cause.
pub(super) fn certificate_problem(error: &reqwest::Error, host: &str) -> Option<String> {
    let error = certificate_error(error)?;
    Some(match &error {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {host} is not valid now: {error}. Is the clock of this machine right?")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the certificate of {host} is another server's: {error}")
        }
        _ => format!(
            "the certificate of {host} is not one that is trusted here: {error}. If a company's proxy or your own relay signs it, \
             name its CA in the configuration: ca_file = \"FILE.pem\""
        ),
    })
}

/// Searches the causes for the TLS error; it may be wrapped in an `io::Error`.
fn certificate_error(error: &reqwest::Error) -> Option<CertificateError> {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(cause) = next {
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = wrapped.and_then(|inner| inner.downcast_ref()).or_else(|| cause.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(reason)) = tls {
            return Some(reason.clone());
        }
        next = match wrapped {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}
