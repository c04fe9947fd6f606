//! An identity behind a passphrase: an age file of scrypt's, as `age -p` writes one and `age -d` opens it.
//!
//! A passphrase wraps an identity or a backup, and never a profile: opening one costs a second and a quarter of a
//! gigabyte.

use std::io::{Read, Write};

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::{MAGIC, SealError};
use crate::secret::Secret;

/// The cost of one guess: 2^18 rounds, 256 MiB. Constant: age would measure it with a stopwatch.
pub const WORK_FACTOR: u8 = 18;

/// The highest cost that is paid to open a file from elsewhere: 2^20 rounds, a gigabyte.
const MOST: u8 = 20;

/// What scrypt needs at [`MOST`] and at a given factor, in bytes: 128 · r · N with r = 8.
const fn memory(factor: u8) -> usize {
    1024 << factor
}

/// Wraps the text of an identity file, armored, so that it can be printed and typed off.
pub fn wrap(identity: &str, passphrase: &Secret) -> Result<Vec<u8>, SealError> {
    enough_memory(WORK_FACTOR)?;
    let mut recipient = age::scrypt::Recipient::new(secret(passphrase));
    recipient.set_work_factor(WORK_FACTOR);
    let recipients = std::iter::once(&recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(|_| SealError::Damaged)?;
    let mut wrapped = Vec::with_capacity(identity.len() * 2 + 1024);
    let written = age::armor::ArmoredWriter::wrap_output(&mut wrapped, age::armor::Format::AsciiArmor)
        .and_then(|armored| {
            let mut out = encryptor.wrap_output(armored)?;
            out.write_all(identity.as_bytes())?;
            out.finish()?.finish()
        })
        .map(drop);
    written.map_err(|_| SealError::Damaged)?;
    Ok(wrapped)
}

/// Seals a content with a passphrase, binary: for what is kept off this machine, where no identity may be at hand.
pub fn seal_with(content: &[u8], passphrase: &Secret) -> Result<Vec<u8>, SealError> {
    enough_memory(WORK_FACTOR)?;
    let mut recipient = age::scrypt::Recipient::new(secret(passphrase));
    recipient.set_work_factor(WORK_FACTOR);
    let recipients = std::iter::once(&recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(|_| SealError::Damaged)?;
    let mut sealed = Vec::with_capacity(content.len() + 1024);
    let written = encryptor.wrap_output(&mut sealed).and_then(|mut out| {
        out.write_all(content)?;
        out.finish()
    });
    written.map_err(|_| SealError::Damaged)?;
    Ok(sealed)
}

/// Opens a wrapped identity, armored or binary.
pub fn unwrap(wrapped: &[u8], passphrase: &Secret) -> Result<Zeroizing<String>, SealError> {
    let binary = super::binary(wrapped)?;
    let factor = factor(&binary)?;
    if factor > MOST {
        return Err(SealError::Costly { factor });
    }
    enough_memory(factor)?;
    let decryptor = age::Decryptor::new_buffered(&*binary).map_err(|_| SealError::NotAge)?;
    let mut identity = age::scrypt::Identity::new(secret(passphrase));
    identity.set_max_work_factor(MOST);
    let mut reader =
        decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|error| match error {
            age::DecryptError::DecryptionFailed | age::DecryptError::NoMatchingKeys => SealError::WrongPassphrase,
            _ => SealError::Damaged,
        })?;
    let mut text = Zeroizing::new(String::with_capacity(binary.len()));
    reader.read_to_string(&mut text).map_err(|_| SealError::Damaged)?;
    Ok(text)
}

/// The cost of one guess at a wrapped identity, as the binary logarithm of scrypt's rounds.
pub fn work_factor(wrapped: &[u8]) -> Result<u8, SealError> {
    factor(&super::binary(wrapped)?)
}

/// The work factor of a file that a passphrase alone opens.
fn factor(binary: &[u8]) -> Result<u8, SealError> {
    const STANZA: &[u8] = b"-> scrypt ";
    let rest = binary.strip_prefix(MAGIC).ok_or(SealError::NotAge)?;
    let rest = rest.strip_prefix(STANZA).ok_or(SealError::NoPassphrase)?;
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let number = std::str::from_utf8(line).ok().and_then(|line| line.split(' ').nth(1));
    number.and_then(|number| number.parse().ok()).ok_or(SealError::NotAge)
}

/// Fails where scrypt would abort the process: under a limit of address space, it does not get its table.
fn enough_memory(factor: u8) -> Result<(), SealError> {
    let mut table: Vec<u8> = Vec::new();
    table.try_reserve_exact(memory(factor)).map_err(|_| SealError::Memory { mib: memory(factor) >> 20 })
}

fn secret(passphrase: &Secret) -> SecretString {
    SecretString::from(passphrase.expose().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> Secret {
        Secret::new(Zeroizing::new(text.to_owned())).unwrap()
    }

    #[test]
    fn a_passphrase_opens_what_it_wrapped_and_no_other_does() {
        let wrapped = wrap("AGE-SECRET-KEY-1TEST\n", &passphrase("correct horse")).unwrap();
        assert_eq!(factor(&super::super::binary(&wrapped).unwrap()), Ok(WORK_FACTOR));
        assert_eq!(*unwrap(&wrapped, &passphrase("correct horse")).unwrap(), "AGE-SECRET-KEY-1TEST\n");
        assert_eq!(unwrap(&wrapped, &passphrase("correct house")).unwrap_err(), SealError::WrongPassphrase);
    }

    #[test]
    fn a_header_that_asks_for_too_much_is_refused_at_once() {
        for (stanza, error) in [
            ("-> scrypt bBjlhJVYZeE4aqUdmtRHfw 23", SealError::Costly { factor: 23 }),
            ("-> scrypt bBjlhJVYZeE4aqUdmtRHfw 63", SealError::Costly { factor: 63 }),
            ("-> scrypt bBjlhJVYZeE4aqUdmtRHfw 300", SealError::NotAge),
            ("-> X25519 bBjlhJVYZeE4aqUdmtRHfw", SealError::NoPassphrase),
        ] {
            let header = [MAGIC, stanza.as_bytes(), b"\nAAAA\n--- AAAA\n"].concat();
            assert_eq!(unwrap(&header, &passphrase("x")).unwrap_err(), error, "{stanza}");
        }
    }
}
