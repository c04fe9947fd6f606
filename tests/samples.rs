//! Made-up keys of real shapes.

pub(crate) const OPENAI: &str = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwx9f2c";
pub(crate) const OPENAI_2: &str = "sk-proj-zyxwvutsrqponmlkjihgfedcba9876543210zyxwvutsrqponmlkjihgfed17a0";
pub(crate) const ANTHROPIC: &str =
    "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrst-x1AA";
pub(crate) const GOOGLE: &str = "AIzaSyA-1234567890abcdefghijklmnopqk3Qw";
pub(crate) const GROQ: &str = "gsk_abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnop";
/// The keys of two providers look like this.
pub(crate) const AMBIGUOUS: &str = "sk-0123456789abcdef0123456789ab2d4f";
