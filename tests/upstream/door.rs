//! A listening socket with a thread for each caller, and the book of who was there and when.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How much later than the client's own hang-up it may be noticed here: two threads race for the processor.
const NOTICED: Duration = Duration::from_millis(100);

/// How long a caller who is still there may take to say what it came to say.
const HEARING: Duration = Duration::from_secs(1);

/// How long the threads may take to end once their sockets are shut.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Door {
    address: SocketAddr,
    book: Arc<Book>,
    keeper: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Book {
    closing: AtomicBool,
    /// Whether a caller's thread panicked; it has said why on standard error.
    panicked: AtomicBool,
    page: Mutex<Page>,
    turned: Condvar,
}

#[derive(Default)]
struct Page {
    visits: Vec<Visit>,
    /// Connections of the door's own, which are no visits.
    knocks: Vec<SocketAddr>,
}

struct Visit {
    from: Instant,
    to: Option<Instant>,
    /// Whether the caller has said all that it came to say.
    heard: bool,
    /// A second handle, to hang up from outside; `None` once the thread has ended.
    socket: Option<TcpStream>,
}

/// One accepted connection; dropping it hangs up.
pub(super) struct Caller {
    pub(super) socket: TcpStream,
    number: usize,
    book: Arc<Book>,
}

impl Door {
    pub(super) fn open(serve: impl Fn(&Caller) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, book) = (listener.local_addr().unwrap(), Arc::new(Book::default()));
        let (serve, theirs) = (Arc::new(serve), Arc::clone(&book));
        let keeper = thread::spawn(move || {
            loop {
                let accepted = listener.accept();
                if theirs.closing.load(Ordering::SeqCst) {
                    return;
                }
                let Ok((socket, from)) = accepted else { continue };
                let Some(caller) = Caller::enter(socket, from, &theirs) else { continue };
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(&caller));
            }
        });
        Self { address, book, keeper: Some(keeper) }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many callers there were, those included that still wait to be let in.
    pub(super) fn connections(&self) -> usize {
        self.knock();
        self.book.page.lock().unwrap().visits.len()
    }

    /// The largest number of visits at one time.
    pub(super) fn most_at_once(&self) -> usize {
        // Some of those who still seem to be there have gone.
        self.wait(NOTICED, |page| page.visits.iter().any(|visit| visit.to.is_none()));
        let (now, page) = (Instant::now(), self.book.page.lock().unwrap());
        let visits: Vec<_> = page.visits.iter().map(|visit| (visit.from, visit.to.unwrap_or(now))).collect();
        let there = |at| visits.iter().filter(|(from, to)| *from == at || *from < at && at < *to).count();
        visits.iter().map(|(from, _)| there(*from)).max().unwrap_or_default()
    }

    /// Whether a caller's thread panicked.
    pub(super) fn panicked(&self) -> bool {
        self.book.panicked.load(Ordering::SeqCst)
    }

    /// Waits until all are heard who called before now: that a client has ended does not mean that what it sent has
    /// been read.
    pub(super) fn settle(&self) {
        self.knock();
        self.wait(HEARING, |page| page.visits.iter().any(|visit| !visit.heard && visit.socket.is_some()));
    }

    /// Waits until all are let in who called before now: the door opens in the order of the calls, so makes one.
    fn knock(&self) {
        let mut page = self.book.page.lock().unwrap();
        let socket = TcpStream::connect_timeout(&self.address, PATIENCE).unwrap();
        let own = socket.local_addr().unwrap();
        page.knocks.push(own);
        drop(page);
        assert!(self.wait(PATIENCE, |page| page.knocks.contains(&own)), "the door of the upstream is stuck");
    }

    /// Waits while it is so; `false` if it still is after this time.
    fn wait(&self, time: Duration, is_so: impl Fn(&Page) -> bool) -> bool {
        let page = self.book.page.lock().unwrap();
        let (page, waited) = self.book.turned.wait_timeout_while(page, time, |page| is_so(page)).unwrap();
        drop(page);
        !waited.timed_out()
    }

    /// Turns everybody out and waits until they are gone. The second time, does nothing.
    pub(super) fn close(&mut self) {
        let Some(keeper) = self.keeper.take() else { return };
        self.book.closing.store(true, Ordering::SeqCst);
        // The keeper waits for a caller; this one wakes it.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        let _ = keeper.join();
        for socket in self.book.page.lock().unwrap().visits.iter().filter_map(|visit| visit.socket.as_ref()) {
            let _ = socket.shutdown(Shutdown::Both);
        }
        let gone = self.wait(PATIENCE, |page| page.visits.iter().any(|visit| visit.socket.is_some()));
        assert!(gone || thread::panicking(), "a thread of the upstream does not end");
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.close();
    }
}

impl Caller {
    /// `None` for a knock.
    fn enter(socket: TcpStream, from: SocketAddr, book: &Arc<Book>) -> Option<Self> {
        let mut page = book.page.lock().unwrap();
        if let Some(own) = page.knocks.iter().position(|knock| *knock == from) {
            page.knocks.swap_remove(own);
            book.turned.notify_all();
            return None;
        }
        let second = Some(socket.try_clone().unwrap());
        page.visits.push(Visit { from: Instant::now(), to: None, heard: false, socket: second });
        Some(Self { socket, number: page.visits.len() - 1, book: Arc::clone(book) })
    }

    /// Notes that what the caller had to say has been taken down.
    pub(super) fn heard(&self) {
        self.note(|visit| visit.heard = true);
    }

    /// Notes the end of the visit. To be called before the client can know that it has its whole answer, for from
    /// then on it may call again, and would be counted twice.
    pub(super) fn served(&self) {
        self.note(|visit| visit.to = Some(Instant::now()));
    }

    fn note(&self, what: impl FnOnce(&mut Visit)) {
        what(&mut self.book.page.lock().unwrap().visits[self.number]);
        self.book.turned.notify_all();
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        if thread::panicking() {
            self.book.panicked.store(true, Ordering::SeqCst);
        }
        let _ = self.socket.shutdown(Shutdown::Both);
        self.note(|visit| {
            let noticed = Instant::now().checked_sub(NOTICED).unwrap_or(visit.from);
            visit.to.get_or_insert(noticed.max(visit.from));
            visit.socket = None;
        });
    }
}
