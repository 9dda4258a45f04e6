//! Certificate authorities that are trusted beside those of the system.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Why a text gives no authorities.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthoritiesError {
    /// Nothing that begins with `-----BEGIN CERTIFICATE-----`.
    #[error("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")]
    Missing,
    /// A block that cannot be read.
    #[error("certificate {number} of it cannot be read")]
    Unreadable {
        /// Which one, from 1.
        number: usize,
    },
}

/// Certificate authorities, such as that of a company whose proxy looks into TLS. None by default.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Vec<(reqwest::Certificate, Vec<u8>)>);

impl Authorities {
    /// Reads all certificates of a PEM file.
    ///
    /// # Errors
    /// [`AuthoritiesError`] where it holds none, or one that cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let mut authorities = Vec::new();
        for (at, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let unreadable = AuthoritiesError::Unreadable { number: at + 1 };
            let certificate = certificate.map_err(|_| unreadable.clone())?;
            let read = reqwest::Certificate::from_der(&certificate).map_err(|_| unreadable.clone())?;
            // reqwest reads it only when a client is built, and names no certificate then.
            let der = certificate.to_vec();
            RootCertStore::empty().add(certificate).map_err(|_| unreadable)?;
            authorities.push((read, der));
        }
        if authorities.is_empty() { Err(AuthoritiesError::Missing) } else { Ok(Self(authorities)) }
    }

    /// As reqwest takes them.
    pub(super) fn certificates(&self) -> Vec<reqwest::Certificate> {
        self.0.iter().map(|(certificate, _)| certificate.clone()).collect()
    }

    /// As they stand in the file, for TLS to others than the gateway.
    pub fn certificates_in_der(&self) -> Vec<Vec<u8>> {
        self.0.iter().map(|(_, der)| der.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_named() {
        assert_eq!(Authorities::from_pem(b"").unwrap_err(), AuthoritiesError::Missing);
        assert_eq!(Authorities::from_pem(b"acc_1").unwrap_err(), AuthoritiesError::Missing);
        let block = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        for body in ["!", "AAAA", ""] {
            let read = Authorities::from_pem(block(body).as_bytes()).unwrap_err();
            assert_eq!(read, AuthoritiesError::Unreadable { number: 1 }, "{body}");
        }
    }
}
