//! Certificates of the tests' own: good ones, and every bad one that a client must refuse.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;

/// A certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, ready to serve.
pub(crate) struct ServerCert(Arc<ServerConfig>);

impl Authority {
    /// Every authority has a name of its own, as in the world, and so is unknown to those who trust another.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("byok test authority {}", COUNT.fetch_add(1, Ordering::SeqCst));
        let mut asked = valid(&[], -60, 60);
        asked.distinguished_name.push(DnType::CommonName, name);
        asked.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        asked.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(asked, KeyPair::generate().unwrap()).unwrap())
    }

    /// The authority's own certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// The authority's own certificate.
    pub(crate) fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// A good certificate for these names or addresses.
    pub(crate) fn certificate(&self, names: &[&str]) -> ServerCert {
        self.sign(&server(names, -1, 30))
    }

    pub(crate) fn expired(&self, names: &[&str]) -> ServerCert {
        self.sign(&server(names, -30, -1))
    }

    pub(crate) fn not_yet_valid(&self, names: &[&str]) -> ServerCert {
        self.sign(&server(names, 2, 30))
    }

    fn sign(&self, asked: &CertificateParams) -> ServerCert {
        let key = KeyPair::generate().unwrap();
        ServerCert::new(&asked.signed_by(&key, &self.0).unwrap(), key)
    }
}

impl ServerCert {
    pub(crate) fn self_signed(names: &[&str]) -> Self {
        let key = KeyPair::generate().unwrap();
        Self::new(&server(names, -1, 30).self_signed(&key).unwrap(), key)
    }

    fn new(certificate: &Certificate, key: KeyPair) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        Self(Arc::new(config))
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0)
    }
}

fn server(names: &[&str], from: i64, to: i64) -> CertificateParams {
    let mut asked = valid(names, from, to);
    asked.distinguished_name.push(DnType::CommonName, "byok test server");
    asked.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    asked.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    asked.use_authority_key_identifier_extension = true;
    asked
}

/// Valid from and until the beginning of the day that is so many days from today.
fn valid(names: &[&str], from: i64, to: i64) -> CertificateParams {
    const DAY: u64 = 24 * 60 * 60;
    let today = UNIX_EPOCH.elapsed().unwrap().as_secs() / DAY;
    let day = |offset| date_time_ymd(1970, 1, 1) + Duration::from_secs(today.checked_add_signed(offset).unwrap() * DAY);
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut asked = CertificateParams::new(names).unwrap();
    asked.distinguished_name = DistinguishedName::new();
    (asked.not_before, asked.not_after) = (day(from), day(to));
    asked
}
