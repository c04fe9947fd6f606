//! An HTTP proxy that answers `CONNECT` and nothing else, so that any host can be a test's own upstream.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::door::{Caller, Door};
use super::head;

pub(crate) struct Proxy {
    door: Door,
    desk: Arc<Desk>,
}

struct Desk {
    rule: Rule,
    routes: Mutex<HashMap<String, SocketAddr>>,
    connects: Mutex<Vec<String>>,
    other: Mutex<Vec<Vec<u8>>>,
}

enum Rule {
    LeadTo(SocketAddr),
    /// The status line, and headers, of an answer to every `CONNECT`.
    Answer(&'static str),
}

impl Proxy {
    /// Leads every host to this address, whatever its port.
    pub(crate) fn to(default: SocketAddr) -> Self {
        Self::new(Rule::LeadTo(default))
    }

    /// Asks everybody to log in first.
    pub(crate) fn demanding_login() -> Self {
        Self::new(Rule::Answer("407 \r\nproxy-authenticate: Basic realm=\"test\""))
    }

    /// Is out of order.
    pub(crate) fn refusing() -> Self {
        Self::new(Rule::Answer("503 "))
    }

    fn new(rule: Rule) -> Self {
        let (routes, connects, other) = Default::default();
        let desk = Arc::new(Desk { rule, routes, connects, other });
        let theirs = Arc::clone(&desk);
        // An error is a client that hung up.
        Self { door: Door::open(move |caller| drop(theirs.serve(caller))), desk }
    }

    /// Leads this host elsewhere than the others.
    pub(crate) fn route(self, host: &str, address: SocketAddr) -> Self {
        self.desk.routes.lock().unwrap().insert(host.to_owned(), address);
        self
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.door.address())
    }

    /// The `host:port` of every `CONNECT`.
    pub(crate) fn connects(&self) -> Vec<String> {
        self.door.settle();
        self.desk.connects.lock().unwrap().clone()
    }

    /// What came instead of a `CONNECT`, up to the end of its headers.
    pub(crate) fn other(&self) -> Vec<Vec<u8>> {
        self.door.settle();
        self.desk.other.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.door.connections()
    }
}

impl Desk {
    fn serve(&self, caller: &Caller) -> io::Result<()> {
        let client = &caller.socket;
        let request = match head(&mut &*client) {
            Ok(head) => head,
            Err(part) => {
                if !part.is_empty() {
                    self.other.lock().unwrap().push(part);
                }
                return Ok(());
            }
        };
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some(target) = text.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else {
            self.other.lock().unwrap().push(request);
            caller.heard();
            return decline(client, "400 ");
        };
        self.connects.lock().unwrap().push(target.to_owned());
        caller.heard();
        let default = match self.rule {
            Rule::LeadTo(address) => address,
            Rule::Answer(status) => return decline(client, status),
        };
        let host = target.rsplit_once(':').map_or(target, |(host, _)| host);
        let address = self.routes.lock().unwrap().get(host).copied().unwrap_or(default);
        let Ok(server) = TcpStream::connect(address) else { return decline(client, "502 ") };
        lead(client, &server)
    }
}

fn decline(mut client: &TcpStream, status: &str) -> io::Result<()> {
    client.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").as_bytes())?;
    client.shutdown(Shutdown::Write)?;
    io::copy(&mut client, &mut io::sink()).map(drop)
}

/// Carries bytes both ways until the client goes; each side learns at once that the other one has gone.
fn lead(mut client: &TcpStream, mut server: &TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    client.write_all(b"HTTP/1.1 200 \r\n\r\n")?;
    thread::scope(|scope| {
        scope.spawn(move || {
            let _ = io::copy(&mut server, &mut client);
            client.shutdown(Shutdown::Write)
        });
        let _ = io::copy(&mut client, &mut server);
        let _ = server.shutdown(Shutdown::Both);
    });
    Ok(())
}
