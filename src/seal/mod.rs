//! Bytes into age and back: X25519 identities and recipients, nothing else.
//!
//! No passphrase recipient, plugin or SSH key opens a profile: a passphrase only ever wraps an identity or a backup, a plugin
//! would run programs from `PATH`. Where an identity comes from is the [`Unlock`] callback's affair.

mod passphrase;

use std::borrow::Cow;
use std::io::{Read, Write};
use std::str::FromStr;

use age::secrecy::ExposeSecret;
use age::x25519;
use zeroize::Zeroizing;

pub use passphrase::{WORK_FACTOR, seal_with, unwrap, work_factor, wrap};

/// The longest age header that is parsed, in bytes: room for hundreds of recipients.
const HEADER_LIMIT: usize = 64 * 1024;

const MAGIC: &[u8] = b"age-encryption.org/v1\n";
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// Why bytes do not open, or an identity is none. Holds neither key nor content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Not an age file, or one whose header is broken.
    #[error("it is not an age file")]
    NotAge,
    /// An age file that was cut, extended or changed.
    #[error("it is damaged: its content does not match its seal")]
    Damaged,
    /// Sealed to other recipients than our identities'.
    #[error("it is sealed for another identity")]
    NotForUs,
    /// Sealed with a passphrase, which no profile of byok's is.
    #[error("it is sealed with a passphrase, not for an identity")]
    Passphrase,
    /// Not sealed with a passphrase, where one is expected.
    #[error("it is not sealed with a passphrase")]
    NoPassphrase,
    /// A passphrase that is not the one.
    #[error("this is not the passphrase")]
    WrongPassphrase,
    /// A cost of opening that nobody should pay.
    #[error("opening it would take 2^{factor} rounds of scrypt; byok goes up to 2^20")]
    Costly {
        /// The binary logarithm of the rounds.
        factor: u8,
    },
    /// Not enough memory for scrypt.
    #[error("opening it takes {mib} MiB of memory, which this process may not have")]
    Memory {
        /// In MiB.
        mib: usize,
    },
    /// A header that no profile needs.
    #[error("its header is longer than 64 KiB")]
    Header,
    /// A line of an identity file that is no X25519 identity.
    #[error("line {line} is no age identity (`AGE-SECRET-KEY-1…`)")]
    Identity {
        /// 1-based.
        line: usize,
    },
    /// An identity file without an identity.
    #[error("it holds no age identity (`AGE-SECRET-KEY-1…`)")]
    NoIdentity,
    /// A recipient in the document that is none.
    #[error("`{text}` is no age recipient")]
    Recipient {
        /// The text, which is public.
        text: String,
    },
}

/// Answers with the identities that may open a profile: the shell reads a file or asks, a test returns a constant.
pub trait Unlock {
    /// The identities, or why there are none.
    fn identities(&self) -> Result<&Identities, UnlockError>;
}

/// Why an [`Unlock`] has no identity to give; its words are the caller's own.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct UnlockError(pub Box<dyn std::error::Error + Send + Sync>);

/// One or more age identities.
pub struct Identities(Vec<x25519::Identity>);

impl Identities {
    /// A fresh identity.
    pub fn generate() -> Self {
        Self(vec![x25519::Identity::generate()])
    }

    /// Reads the text of an identity file as `age-keygen` writes it: one identity a line, `#` comments.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let mut found = Vec::new();
        for (at, line) in text.lines().map(str::trim).enumerate() {
            if !line.is_empty() && !line.starts_with('#') {
                let identity = x25519::Identity::from_str(line).map_err(|_| SealError::Identity { line: at + 1 })?;
                found.push(identity);
            }
        }
        if found.is_empty() { Err(SealError::NoIdentity) } else { Ok(Self(found)) }
    }

    /// The text of an identity file, as `age-keygen` writes it. `created` is RFC 3339.
    pub fn to_text(&self, created: &str) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(256 * self.0.len()));
        for identity in &self.0 {
            text.push_str("# created: ");
            text.push_str(created);
            text.push_str("\n# public key: ");
            text.push_str(&identity.to_public().to_string());
            text.push('\n');
            text.push_str(identity.to_string().expose_secret());
            text.push('\n');
        }
        text
    }

    /// Only the identity of this recipient, if it is one of these.
    pub fn only(&self, recipient: &str) -> Option<Self> {
        let found = self.0.iter().find(|identity| identity.to_public().to_string() == recipient)?;
        Some(Self(vec![found.clone()]))
    }

    /// The recipients that these identities open for, as `age1…` texts.
    pub fn recipients(&self) -> Vec<String> {
        self.0.iter().map(|identity| identity.to_public().to_string()).collect()
    }
}

/// Reads a recipient, `age1…`, and gives it back as it is written everywhere.
pub fn recipient(text: &str) -> Result<String, SealError> {
    let parsed = x25519::Recipient::from_str(text.trim());
    parsed.map(|one| one.to_string()).map_err(|_| SealError::Recipient { text: text.trim().to_owned() })
}

/// Whether this is an age file, binary or armored, rather than the text of an identity.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || bytes.trim_ascii_start().starts_with(ARMOR)
}

/// Opens an age file, binary or armored. Nothing is returned before the last byte is proven.
pub fn open(sealed: &[u8], identities: &Identities) -> Result<Zeroizing<Vec<u8>>, SealError> {
    open_binary(&binary(sealed)?, identities)
}

/// The binary form of an age file that may be armored.
fn binary(sealed: &[u8]) -> Result<Cow<'_, [u8]>, SealError> {
    if !sealed.trim_ascii_start().starts_with(ARMOR) {
        return Ok(Cow::Borrowed(sealed));
    }
    let mut binary = Vec::with_capacity(sealed.len());
    let mut reader = age::armor::ArmoredReader::new(sealed.trim_ascii_start());
    reader.read_to_end(&mut binary).map_err(|_| SealError::Damaged)?;
    Ok(Cow::Owned(binary))
}

fn open_binary(sealed: &[u8], identities: &Identities) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if !sealed.starts_with(MAGIC) {
        return Err(SealError::NotAge);
    }
    let header = &sealed[..sealed.len().min(HEADER_LIMIT)];
    if !header.windows(5).any(|window| window == b"\n--- ") {
        return Err(if header.len() < sealed.len() { SealError::Header } else { SealError::NotAge });
    }
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| SealError::NotAge)?;
    if decryptor.is_scrypt() {
        return Err(SealError::Passphrase);
    }
    let known = identities.0.iter().map(|identity| identity as &dyn age::Identity);
    let mut reader = decryptor.decrypt(known).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => SealError::NotForUs,
        _ => SealError::Damaged,
    })?;
    // The content is always shorter than its seal: sized up front, so that growing leaves no copy behind.
    let mut content = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut content).map_err(|_| SealError::Damaged)?;
    Ok(content)
}

/// For how many X25519 recipients an age file is sealed, by its header alone.
pub fn openers(sealed: &[u8]) -> Result<usize, SealError> {
    const STANZA: &[u8] = b"\n-> X25519 ";
    let sealed = binary(sealed)?;
    let header = &sealed[..sealed.len().min(HEADER_LIMIT)];
    let end = header.windows(5).position(|window| window == b"\n--- ").unwrap_or(0);
    Ok(header[..end].windows(STANZA.len()).filter(|window| *window == STANZA).count())
}

/// Seals `content` to all `recipients`, binary.
pub fn seal(content: &[u8], recipients: &[String]) -> Result<Vec<u8>, SealError> {
    let parse =
        |text: &String| x25519::Recipient::from_str(text).map_err(|_| SealError::Recipient { text: text.clone() });
    let recipients: Vec<_> = recipients.iter().map(parse).collect::<Result<_, _>>()?;
    let encryptor = age::Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient))
        .map_err(|_| SealError::NoIdentity)?;
    let mut sealed = Vec::with_capacity(content.len() + 1024);
    let written = encryptor.wrap_output(&mut sealed).and_then(|mut out| {
        out.write_all(content)?;
        out.finish()
    });
    // Writing to memory cannot fail; a refusal of the cipher itself has no better name than this.
    written.map_err(|_| SealError::Damaged)?;
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_identity_and_no_other() {
        let ours = Identities::generate();
        let sealed = seal(b"content", &ours.recipients()).unwrap();
        assert_eq!(*open(&sealed, &ours).unwrap(), b"content");
        assert!(matches!(open(&sealed, &Identities::generate()), Err(SealError::NotForUs)));
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_refused() {
        let ours = Identities::generate();
        let sealed = seal(b"0123456789", &ours.recipients()).unwrap();
        for length in 0..sealed.len() {
            assert!(open(&sealed[..length], &ours).is_err(), "cut to {length}");
        }
        for at in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(open(&flipped, &ours).is_err(), "bit {at} flipped");
        }
        for tail in [&b"\n"[..], b"\0", b"garbage", &sealed] {
            assert!(open(&[&sealed[..], tail].concat(), &ours).is_err(), "{} bytes appended", tail.len());
        }
    }

    #[test]
    fn an_identity_file_reads_back_and_a_bad_line_is_named_by_number_only() {
        let text = Identities::generate().to_text("2026-11-20T12:00:00Z");
        assert_eq!(Identities::parse(&text).unwrap().recipients().len(), 1);
        let error = Identities::parse("# c\nAGE-PLUGIN-EVIL-1QQQQ\n").err().unwrap();
        assert_eq!(error.to_string(), "line 2 is no age identity (`AGE-SECRET-KEY-1…`)");
        assert!(matches!(Identities::parse("# nothing\n"), Err(SealError::NoIdentity)));
    }

    #[test]
    fn an_endless_header_is_refused_before_it_is_parsed() {
        let mut header = MAGIC.to_vec();
        header.extend(b"-> grease x\nAAAA\n".repeat(60_000));
        assert!(matches!(open(&header, &Identities::generate()), Err(SealError::Header)));
        // A short one without an end is no header at all.
        assert!(matches!(open(&header[..1000], &Identities::generate()), Err(SealError::NotAge)));
    }

    #[test]
    fn one_of_several_identities_is_taken_by_its_recipient() {
        let (first, second) = (Identities::generate(), Identities::generate());
        let both = Identities::parse(&[&**first.to_text("now"), &**second.to_text("now")].concat()).unwrap();
        let sealed = seal(b"content", &second.recipients()).unwrap();
        let only = both.only(&second.recipients()[0]).unwrap();
        assert_eq!(only.recipients(), second.recipients());
        assert_eq!(*open(&sealed, &only).unwrap(), b"content");
        assert!(open(&sealed, &both.only(&first.recipients()[0]).unwrap()).is_err());
        assert!(both.only(&Identities::generate().recipients()[0]).is_none());
    }
}
