//! Where the identity lives, and how it is opened once: with the real keychain, the real kernel and stock age.

mod asking;
mod keychain;
mod memory;
mod moving;
mod opening;
mod passphrase;
mod rotating;
mod sheets;

use std::fs;
use std::ops::Deref;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::tools::skipped;
use crate::world::{Run, World};

const SECRET: &str = "sk-test-0123456789abcdef";

const WORDS: &str = "correct horse battery staple";

/// Nobody is there to type it.
const NOBODY: &str = "byok: error: the identity is locked, and nobody is there to type its passphrase
byok: hint: unlock it for a while in a terminal: `byok unlock`
byok: hint: or name a file that holds the passphrase: `export BYOK_PASSPHRASE_FILE=/path/to/it`
";

/// A file of mode 600.
fn private(path: &Path, content: impl AsRef<[u8]>) -> PathBuf {
    use std::io::Write as _;
    let _ = fs::remove_file(path);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(content.as_ref()).unwrap();
    path.to_owned()
}

/// A home whose identity is behind [`WORDS`], with a key in it. Locked, and locked again when it goes.
struct Wrapped {
    world: World,
    pass: PathBuf,
}

impl Wrapped {
    /// An empty home, and a file with the words.
    fn empty() -> Self {
        let world = World::new();
        let pass = private(&world.path("pass"), format!("{WORDS}\n"));
        Self { world, pass }
    }

    fn new() -> Self {
        // Made once: wrapping takes two seconds.
        static MADE: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let first = Self::empty();
            first.opened("init --identity passphrase").go();
            first.opened("add openai --stdin --as-is").stdin(SECRET).go();
            let read = |path: String| (path.clone(), fs::read(first.home().join(path)).unwrap());
            first.tree().into_iter().map(read).collect()
        });
        let new = Self::empty();
        for (path, content) in made {
            let path = new.home().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o700)).unwrap();
            private(&path, content);
        }
        fs::set_permissions(new.home(), fs::Permissions::from_mode(0o700)).unwrap();
        new
    }

    /// A run with the passphrase at hand.
    fn opened(&self, arguments: &str) -> Run<'_> {
        self.byok(arguments).env("BYOK_PASSPHRASE_FILE", &self.pass)
    }

    /// Whether the kernel holds what was opened; a skip is said.
    fn is_held(&self) -> bool {
        let output = self.opened("unlock").output();
        let held = output.stderr == b"open for 8 hours\n";
        if !held {
            skipped(&format!("the kernel's keyring: {}", String::from_utf8_lossy(&output.stderr)));
        }
        held
    }

    fn wrapped(&self) -> PathBuf {
        self.home().join("identity.age")
    }
}

impl Deref for Wrapped {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        let _ = self.world.byok("lock").output();
    }
}
