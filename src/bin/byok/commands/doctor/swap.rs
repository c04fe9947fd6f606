//! Whether memory is written to a disk in the clear: swap that is neither in memory nor encrypted, and hibernation.

use std::fs;
use std::path::Path;

use byok::disk;

use super::finding::Finding;

/// How a swap area keeps what is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// In memory, compressed.
    InMemory,
    Encrypted,
    Clear,
    /// The system does not tell.
    Unknown,
}

/// What the system says; its two folders are `/proc` and `/sys`.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux tells"))]
pub(super) fn examine(proc: &Path, sys: &Path) -> Vec<Finding> {
    let table = fs::read_to_string(proc.join("swaps")).unwrap_or_default();
    let areas = table.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    let areas: Vec<(String, Kept)> = areas.map(|area| (unescaped(area), kept(&unescaped(area), sys))).collect();
    let read = |name: &str| fs::read_to_string(sys.join("power").join(name)).unwrap_or_default();
    let is_possible = read("state").split_whitespace().any(|state| state == "disk");
    let hibernates =
        is_possible && !read("disk").contains("[disabled]") && !matches!(read("resume").trim(), "" | "0:0");
    judge(&areas, hibernates)
}

fn kept(area: &str, sys: &Path) -> Kept {
    let Some(device) = area.strip_prefix("/dev/") else { return kept_file(Path::new(area), sys) };
    if device.starts_with("zram") {
        return Kept::InMemory;
    }
    // `/dev/mapper/NAME` is a link to `/dev/dm-NUMBER`.
    let real = fs::canonicalize(area).ok();
    let name = real.as_deref().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or(device);
    of_device(&sys.join("class/block").join(name))
}

/// A file is kept as the device below its file system keeps it.
#[cfg(unix)]
fn kept_file(path: &Path, sys: &Path) -> Kept {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(about) = fs::metadata(path) else { return Kept::Unknown };
    let (major, minor) = (rustix::fs::major(about.dev()), rustix::fs::minor(about.dev()));
    of_device(&sys.join(format!("dev/block/{major}:{minor}")))
}

#[cfg(not(unix))]
fn kept_file(_: &Path, _: &Path) -> Kept {
    Kept::Unknown
}

/// A device is encrypted if it, or each that it is made of, is one of dm-crypt's.
fn of_device(device: &Path) -> Kept {
    if !device.exists() {
        return Kept::Unknown;
    }
    if fs::read_to_string(device.join("dm/uuid")).is_ok_and(|uuid| uuid.starts_with("CRYPT-")) {
        return Kept::Encrypted;
    }
    let parts = device.join("slaves");
    let below: Vec<Kept> =
        disk::names_in(&parts).unwrap_or_default().iter().map(|name| of_device(&parts.join(name))).collect();
    if !below.is_empty() && below.iter().all(|one| *one == Kept::Encrypted) { Kept::Encrypted } else { Kept::Clear }
}

/// The kernel writes a blank as `\040`.
fn unescaped(area: &str) -> String {
    area.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

/// What that means; pure.
fn judge(areas: &[(String, Kept)], hibernates: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (area, kept) in areas {
        let (id, what) = match kept {
            Kept::InMemory | Kept::Encrypted => continue,
            Kept::Clear => ("swap", "is not encrypted"),
            Kept::Unknown => ("swap-unknown", "may not be encrypted: the system does not tell"),
        };
        let text = format!("swap on `{area}` {what}; a key in a program's memory can end up on the disk");
        findings.push(Finding::note(id, text).fix("see what lies below it", "lsblk"));
    }
    if hibernates && !findings.is_empty() {
        let text = "this machine hibernates: then all memory is written there";
        findings.push(Finding::note("hibernation", text).fix("turn it off", "sudo systemctl mask hibernate.target"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swap_is_judged_by_what_lies_below_it() {
        let root = tempfile::tempdir().unwrap();
        let (proc, sys) = (root.path().join("proc"), root.path().join("sys"));
        let write = |path: &Path, text: &str| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let block = sys.join("class/block");
        write(&block.join("byok-a/dm/uuid"), "CRYPT-PLAIN-swap\n");
        // A logical volume on an encrypted partition.
        write(&block.join("byok-b/dm/uuid"), "LVM-x\n");
        write(&block.join("byok-b/slaves/byok-c/dm/uuid"), "CRYPT-LUKS2-x\n");
        write(&block.join("byok-d/size"), "1\n");
        write(
            &proc.join("swaps"),
            "Filename Type Size Used Priority\n/dev/zram0 partition 1 0 100\n/dev/byok-a partition 1 0 -2\n\
             /dev/byok-b partition 1 0 -2\n/dev/byok-d partition 1 0 -2\n/no\\040such file 1 0 -2\n",
        );
        let texts = || examine(&proc, &sys).into_iter().map(|one| (one.id, one.text)).collect::<Vec<_>>();
        let found = texts();
        assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["swap", "swap-unknown"]);
        assert!(found[0].1.contains("`/dev/byok-d`") && found[1].1.contains("`/no such`"), "{found:?}");
        write(&sys.join("power/state"), "freeze mem disk\n");
        write(&sys.join("power/disk"), "[platform] shutdown\n");
        write(&sys.join("power/resume"), "8:2\n");
        assert_eq!(texts().last().unwrap().0, "hibernation");
        write(&sys.join("power/disk"), "[disabled]\n");
        assert_eq!(texts().len(), 2);
        assert!(examine(root.path(), root.path()).is_empty());
    }
}
