//! What an upstream does with a request: answers as a provider does, or as nobody should.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use super::line::Line;

pub(crate) struct Reply {
    wait: Duration,
    /// The status line and the headers so far; empty where no well-formed answer follows.
    head: String,
    body: Body,
}

enum Body {
    Whole(Vec<u8>),
    Raw(Vec<u8>),
    Silence,
    Cut,
    Drip,
    DripHead,
    Endless(Vec<u8>),
}

/// How long a dripping answer waits between two bytes.
const DRIP: Duration = Duration::from_secs(1);

/// The shortest chunk of an endless answer.
const CHUNK: usize = 64 * 1024;

impl Reply {
    fn new(status: u16, body: Body) -> Self {
        Self { wait: Duration::ZERO, head: format!("HTTP/1.1 {status} \r\nconnection: close\r\n"), body }
    }

    fn headless(body: Body) -> Self {
        Self { wait: Duration::ZERO, head: String::new(), body }
    }

    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::text(status, "application/json", body)
    }

    pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self::new(status, Body::Whole(body.into())).header("content-type", content_type)
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, Body::Whole(Vec::new())).header("location", location)
    }

    /// An empty JSON object under `count` headers more than it needs.
    pub(crate) fn many_headers(count: usize) -> Self {
        (0..count).fold(Self::json(200, "{}"), |reply, number| reply.header(&format!("x-{number}"), "x"))
    }

    /// An empty JSON object with one header whose value is this long.
    pub(crate) fn long_header(bytes: usize) -> Self {
        Self::json(200, "{}").header("x-long", &"x".repeat(bytes))
    }

    /// Reads the request and never answers.
    pub(crate) fn silence() -> Self {
        Self::headless(Body::Silence)
    }

    /// Closes without a byte, under TLS without a farewell, too.
    pub(crate) fn hang_up() -> Self {
        Self::headless(Body::Cut)
    }

    /// These bytes instead of HTTP.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::headless(Body::Raw(bytes.into()))
    }

    /// The headers, then a byte of a body a second, for ever.
    pub(crate) fn drip() -> Self {
        Self::new(200, Body::Drip)
    }

    /// A byte of the headers a second, for ever.
    pub(crate) fn drip_head() -> Self {
        Self::headless(Body::DripHead)
    }

    /// A body that begins with `start` and goes on with blanks, as fast as the client takes them, for ever.
    pub(crate) fn endless(start: &str) -> Self {
        Self::new(200, Body::Endless(start.into())).header("transfer-encoding", "chunked")
    }

    /// A body of 1 MB that inflates to 1 GB of zero bytes.
    pub(crate) fn gzip_bomb() -> Self {
        // The header of gzip, then of one block of deflate with the shortest codes for this: a bit for "258 bytes",
        // a bit for "as the one before". So every zero byte of the body means four times 258 zero bytes.
        const START: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xed\xc0\x81\0\0\0\0\x80\xa0\xfd\xa9\x17\xa9\0";
        // The end of the block, then the checksum and the length of what it inflates to: 1 032 001 033 bytes.
        const END: &[u8] = b"\x06\x6a\x11\x0a\x66\x09\x16\x83\x3d";
        let body = [START, &vec![0; 1_000_000], END].concat();
        Self::new(200, Body::Whole(body)).header("content-type", "application/json").header("content-encoding", "gzip")
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        assert!(!self.head.is_empty(), "this reply has no headers");
        write!(self.head, "{name}: {value}\r\n").unwrap();
        self
    }

    /// Delays all of it.
    pub(crate) fn after(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Gives the reply; an error is a client that hung up.
    pub(super) fn give(self, mut line: Line<'_>) -> io::Result<()> {
        let Self { wait, head, body } = self;
        if !line.stays(wait) {
            return Ok(());
        }
        match body {
            Body::Whole(body) => {
                let head = format!("{head}content-length: {}\r\n\r\n", body.len());
                line.finish(&[head.into_bytes(), body].concat())
            }
            Body::Raw(bytes) => line.finish(&bytes),
            Body::Silence => line.outstay(),
            Body::Cut => {
                line.cut();
                Ok(())
            }
            Body::Drip => drip(line, &format!("{head}content-length: 1000000\r\n\r\n"), b"\0"),
            Body::DripHead => drip(line, "HTTP/1.1 200 \r\nx-slow: ", b"x"),
            Body::Endless(mut start) => {
                line.write_all(format!("{head}\r\n").as_bytes())?;
                loop {
                    // The last chunk would be an empty one.
                    start.resize(CHUNK.max(start.len()), b' ');
                    line.write_all(&[format!("{:x}\r\n", start.len()).as_bytes(), &start, b"\r\n"].concat())?;
                    start.clear();
                }
            }
        }
    }
}

fn drip(mut line: Line<'_>, start: &str, drop: &[u8]) -> io::Result<()> {
    line.write_all(start.as_bytes())?;
    loop {
        line.write_all(drop)?;
        if !line.stays(DRIP) {
            return Ok(());
        }
    }
}
