//! N03: a server that cannot prove who it is hears not one byte of a request, and is not asked again.

use byok::verdict::{Cause, Verdict};

use super::{MODELS, OPENAI, ask, comes_to, openai, options, setup};
use crate::upstream::{Authority, Reply, ServerCert, Upstream};

#[track_caller]
fn refused(believed: &Authority, certificate: &ServerCert, says: &str) {
    let upstream = Upstream::with_certificate(certificate, |_| Reply::json(200, MODELS)).may_stay_idle();
    let asked = ask(&setup(believed, &[(OPENAI, upstream.address())]), &openai(), &options());
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Tls), says, 1);
    assert_eq!((upstream.connections(), upstream.application_bytes()), (1, 0));
}

#[test]
fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    refused(&authority, &authority.expired(&[OPENAI]), "the certificate of api.openai.com has expired");
}

#[test]
fn a_certificate_of_the_future_is_refused() {
    let authority = Authority::new();
    let says = "the certificate of api.openai.com is not valid yet; is the clock right?";
    refused(&authority, &authority.not_yet_valid(&[OPENAI]), says);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    for name in ["evil.example", "openai.com", "*.openai.com.evil.example", "127.0.0.1"] {
        refused(&authority, &authority.certificate(&[name]), "the certificate is for another name than api.openai.com");
    }
}

#[test]
fn an_unknown_authority_and_none_are_refused() {
    let authority = Authority::new();
    let says = "the certificate of api.openai.com is from an authority that this system does not know";
    refused(&authority, &Authority::new().certificate(&[OPENAI]), says);
    refused(&authority, &ServerCert::self_signed(&[OPENAI]), says);
}

/// So that the refusals above are not for another reason.
#[test]
fn a_good_certificate_is_believed() {
    let authority = Authority::new();
    let upstream = Upstream::https(&authority, &[OPENAI], |_| Reply::json(200, MODELS));
    let asked = ask(&setup(&authority, &[(OPENAI, upstream.address())]), &openai(), &options());
    comes_to(&asked, Verdict::Valid, None, "", 1);
    assert!(upstream.application_bytes() > 0);
}
