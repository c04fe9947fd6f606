//! Two copies of one profile, merged: the rules by themselves, and the real git.

mod laws;
