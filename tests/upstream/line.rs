//! One connection to a client, in plaintext or under TLS, with every byte counted.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::door::Caller;

/// The end of an answer that certainly fits into the socket's buffer.
const TAIL: usize = 16 * 1024;

/// The plaintext that went over all lines.
#[derive(Default)]
pub(super) struct Meter {
    pub(super) came: AtomicUsize,
    pub(super) sent: AtomicUsize,
}

pub(super) struct Line<'a> {
    caller: &'a Caller,
    meter: &'a Meter,
    tls: Option<StreamOwned<ServerConnection, &'a TcpStream>>,
}

impl<'a> Line<'a> {
    /// Takes the caller in, after the handshake where there is one.
    pub(super) fn open(caller: &'a Caller, meter: &'a Meter, tls: Option<&Arc<ServerConfig>>) -> io::Result<Self> {
        // An answer in two writes would wait for the client's delayed acknowledgement.
        caller.socket.set_nodelay(true)?;
        let tls = tls.map(|config| {
            let mut session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            while session.is_handshaking() {
                session.complete_io(&mut &caller.socket)?;
            }
            Ok::<_, io::Error>(StreamOwned::new(session, &caller.socket))
        });
        Ok(Self { caller, meter, tls: tls.transpose()? })
    }

    /// The name that the client asked for in its handshake.
    pub(super) fn server_name(&self) -> Option<String> {
        self.tls.as_ref()?.conn.server_name().map(str::to_owned)
    }

    /// Waits; `false` as soon as the client hangs up.
    pub(super) fn stays(&mut self, time: Duration) -> bool {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let read = self.caller.socket.set_read_timeout(Some(left)).and_then(|()| self.read(&mut [0; 512]));
            match read {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return false,
            }
        }
    }

    /// Waits until the client hangs up.
    pub(super) fn outstay(&mut self) -> io::Result<()> {
        self.caller.socket.set_read_timeout(None)?;
        while self.read(&mut [0; 512])? > 0 {}
        Ok(())
    }

    /// Sends the last that there is to send, then waits for the client to go: a socket closed over unread bytes
    /// would take the answer back.
    pub(super) fn finish(mut self, bytes: &[u8]) -> io::Result<()> {
        let (most, tail) = bytes.split_at(bytes.len().saturating_sub(TAIL));
        self.write_all(most)?;
        self.caller.served();
        self.write_all(tail)?;
        if let Some(tls) = &mut self.tls {
            tls.conn.send_close_notify();
            tls.flush()?;
        }
        self.caller.socket.shutdown(Shutdown::Write)?;
        self.outstay()
    }

    /// Closes without another byte, of TLS neither.
    pub(super) fn cut(self) {
        self.caller.served();
    }
}

impl Read for Line<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.tls {
            Some(tls) => tls.read(into)?,
            None => (&self.caller.socket).read(into)?,
        };
        self.meter.came.fetch_add(count, Ordering::SeqCst);
        Ok(count)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match &mut self.tls {
            Some(tls) => tls.write(bytes)?,
            None => (&self.caller.socket).write(bytes)?,
        };
        self.meter.sent.fetch_add(count, Ordering::SeqCst);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tls.as_mut().map_or(Ok(()), Write::flush)
    }
}
