use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::ConnectionError;

/// How the connection is encrypted: libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    Disable,
    /// Encrypted where the server offers it; `allow` is the same here.
    Prefer,
    /// Encrypted, to whoever answers.
    Require,
    /// Encrypted, and the server's certificate is checked: `verify-ca` and `verify-full`.
    Verify,
}

impl Encryption {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "disable" => Self::Disable,
            "allow" | "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" | "verify-full" => Self::Verify,
            _ => return None,
        })
    }

    /// What makes the encrypted connection.
    pub(super) fn connector(
        self,
        root_certificate: Option<&str>,
    ) -> Result<MakeRustlsConnect, ConnectionError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let failed = |message: String| ConnectionError::Certificate { message };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?;
        // As in libpq, a root certificate that is given is checked against in `require` too.
        let checks = self == Self::Verify || (self == Self::Require && root_certificate.is_some());
        let config = if checks {
            let mut roots = RootCertStore::empty();
            match root_certificate.filter(|path| *path != "system") {
                Some(path) => {
                    let certificates = CertificateDer::pem_file_iter(path)
                        .map_err(|error| failed(format!("cannot read {path}: {error}")))?;
                    for certificate in certificates {
                        let certificate =
                            certificate.map_err(|error| failed(format!("{path}: {error}")))?;
                        roots
                            .add(certificate)
                            .map_err(|error| failed(format!("{path}: {error}")))?;
                    }
                }
                None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            }
            builder.with_root_certificates(roots).with_no_client_auth()
        } else {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
                .with_no_client_auth()
        };
        Ok(MakeRustlsConnect::new(config))
    }
}

/// `sslmode=require` encrypts and does not ask who answers.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
