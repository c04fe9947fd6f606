//! A project's `.byok.toml`, which a stranger may have written.

use byok::project::Project;

/// Reads it; what it names can be named again.
pub fn run(input: &[u8]) {
    match Project::parse(input) {
        Ok(project) => {
            for key in project.keys() {
                assert_eq!(key.to_string().parse().as_ref(), Ok(key));
            }
            let mut providers: Vec<_> = project.requires.iter().map(|key| &key.provider).collect();
            providers.sort();
            providers.dedup();
            assert_eq!(providers.len(), project.requires.len(), "a provider is required twice");
        }
        Err(error) => {
            super::silent(&error);
            assert!(error.line >= 1 && error.line <= input.split(|byte| *byte == b'\n').count());
        }
    }
}
