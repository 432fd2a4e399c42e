//! Which file systems a ledger can be on.
//!
//! SQLite's log (WAL) wants memory that all processes share, and its locks must be those of one machine. On a network file
//! system neither is sure.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Error, Result};

/// The network file system that a folder is on: its name; none, if it is a local one.
pub(super) fn network_of(folder: &Path) -> Result<Option<String>> {
    let failed = |error| Error::io("look at", folder, error);
    let about = rustix::fs::statfs(folder).map_err(|errno| failed(errno.into()))?;
    // The number is one of 32 bits; some machines extend its sign.
    let magic = about.f_type as u32;
    if magic != FUSE {
        return Ok(network(magic, None));
    }
    let device = std::fs::metadata(folder).map_err(failed)?.dev();
    // Without /proc nothing is known of a FUSE file system: it is taken for a local one.
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let mounts = String::from_utf8_lossy(&mounts);
    Ok(network(magic, mount_of(&mounts, rustix::fs::major(device), rustix::fs::minor(device))))
}

/// A mount of FUSE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mount<'a> {
    /// As `fuse.sshfs`.
    kind: &'a str,
    /// As `ann@host:/home`.
    source: &'a str,
}

fn network(magic: u32, mount: Option<Mount<'_>>) -> Option<String> {
    if magic != FUSE {
        return NETWORKS.iter().find(|(known, _)| *known == magic).map(|(_, name)| (*name).to_owned());
    }
    let Mount { kind, source } = mount?;
    let program = kind.strip_prefix("fuse.").unwrap_or(kind);
    let is_network = NETWORK_PROGRAMS.contains(&program) || source.contains("://");
    is_network.then(|| if program == "fuse" { format!("FUSE ({source})") } else { program.to_owned() })
}

/// The mount of a device in the text of /proc/self/mountinfo, whose lines are `36 35 98:0 / /mnt rw - ext3 /dev/root rw`,
/// with more fields before the dash.
fn mount_of(mounts: &str, major: u32, minor: u32) -> Option<Mount<'_>> {
    let device = format!("{major}:{minor}");
    let line = mounts.lines().find(|line| line.split(' ').nth(2) == Some(&device))?;
    let mut fields = line.split_once(" - ")?.1.split(' ');
    Some(Mount { kind: fields.next()?, source: fields.next()? })
}

/// From statfs(2), and the sources of those systems.
const NETWORKS: [(u32, &str); 17] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x0102_1997, "9P"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x7375_7245, "Coda"),
    (0x786f_4256, "vboxsf"),
    (0xbacb_acbc, "vmhgfs"),
    (0x4750_4653, "GPFS"),
    (0x1983_0326, "BeeGFS"),
    (0x564c, "NCP"),
];

const FUSE: u32 = 0x6573_5546;

/// Programs that bring a remote file system through FUSE.
const NETWORK_PROGRAMS: [&str; 22] = [
    "blobfuse",
    "blobfuse2",
    "ceph",
    "ceph-fuse",
    "curlftpfs",
    "davfs",
    "davfs2",
    "gcsfuse",
    "glusterfs",
    "goofys",
    "gvfsd-fuse",
    "jmtpfs",
    "juicefs",
    "mfs",
    "mount.davfs",
    "nfs",
    "rclone",
    "s3fs",
    "seaweedfs",
    "smbnetfs",
    "sshfs",
    "vmhgfs-fuse",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn mount<'a>(kind: &'a str, source: &'a str) -> Option<Mount<'a>> {
        Some(Mount { kind, source })
    }

    #[test]
    fn network_file_systems_are_known_by_their_number() {
        assert_eq!(network(0x6969, None).as_deref(), Some("NFS"));
        assert_eq!(network(0xff53_4d42, None).as_deref(), Some("CIFS"));
        for local in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630] {
            assert_eq!(network(local, None), None, "{local:x}");
        }
    }

    #[test]
    fn a_fuse_file_system_is_known_by_its_program_or_its_source() {
        assert_eq!(network(FUSE, mount("fuse.sshfs", "ann@host:/")).as_deref(), Some("sshfs"));
        assert_eq!(
            network(FUSE, mount("fuse", "https://dav.example.org/")).as_deref(),
            Some("FUSE (https://dav.example.org/)")
        );
        assert_eq!(network(FUSE, mount("fuseblk", "/dev/sdb1")), None);
        assert_eq!(network(FUSE, mount("fuse.mergerfs", "a:b")), None);
        assert_eq!(network(FUSE, None), None);
        assert_eq!(network(0xef53, mount("fuse.sshfs", "x")), None);
    }

    #[test]
    fn the_mount_is_found_by_its_device() {
        let mounts = "22 1 8:1 / / rw,noatime shared:1 - ext4 /dev/sda1 rw\n\
                      40 22 0:45 / /mnt/far\\040away rw shared:9 master:2 - fuse.sshfs ann@host:/ rw,user_id=0\n";
        assert_eq!(mount_of(mounts, 0, 45), mount("fuse.sshfs", "ann@host:/"));
        assert_eq!(mount_of(mounts, 8, 1), mount("ext4", "/dev/sda1"));
        assert_eq!(mount_of(mounts, 8, 2), None);
        assert_eq!(mount_of("22 1 8:1 nonsense", 8, 1), None);
    }

    #[test]
    fn the_folder_of_a_test_is_looked_at() {
        network_of(&std::env::temp_dir()).unwrap();
    }
}
