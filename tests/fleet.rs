//! Many accounts: a folder of configuration files, shards, and an account that moves to another ledger.

use std::os::unix::fs::symlink;

use super::util::Home;

mod folder;
mod many;
mod moving;
mod shard;

/// A table for a mailbox that nobody connects to.
fn table(name: &str) -> String {
    format!("[account.{name}]\nsource = \"pop3s://{name}@mail.example.org\"\n")
}

/// Kubernetes' way to mount files: links into a hidden folder, which it replaces at once.
fn mount(home: &Home, files: &[(&str, &str)]) {
    std::fs::create_dir_all(home.path("config.d/..2026")).unwrap();
    symlink("..2026", home.path("config.d/..data")).unwrap();
    for (name, text) in files {
        home.write_private(&format!("config.d/..2026/{name}"), text.as_bytes());
        symlink(format!("..data/{name}"), home.path(&format!("config.d/{name}"))).unwrap();
    }
}
