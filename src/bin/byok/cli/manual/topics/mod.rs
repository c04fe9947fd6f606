//! The topics of `byok help`: what no single verb's page can say. Each is at most 60 lines of 80 columns.

/// What one topic says.
pub(crate) struct Topic {
    pub(crate) name: &'static str,
    /// What it is about, in one line.
    pub(crate) about: &'static str,
    pub(crate) text: &'static str,
}

/// All topics, by name.
pub(crate) const TOPICS: [Topic; 5] = [
    Topic { name: "ci", about: "Keys in CI jobs and scripts", text: include_str!("ci.txt") },
    Topic {
        name: "identity",
        about: "What opens the profiles, and where it lives",
        text: include_str!("identity.txt"),
    },
    Topic { name: "projects", about: "What a project needs: .byok.toml", text: include_str!("projects.txt") },
    Topic { name: "security", about: "What byok protects, and from whom", text: include_str!("security.txt") },
    Topic { name: "shells", about: "Keys in shells, and completion", text: include_str!("shells.txt") },
];

/// The topic of this name.
pub(crate) fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}
