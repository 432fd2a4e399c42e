//! The units of `contrib/systemd`: systemd understands them, they allow little, and mail is fetched under them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::util::{Home, Ran, names, not_allowed_here, not_run, run};

fn contrib() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/systemd")
}

/// The units as somebody installs them, but for the place of the program; with drop-ins for an instance.
fn installed(home: &Home, from: &Path) -> Vec<PathBuf> {
    let folder = home.path("units");
    let drop_ins = folder.join("mailhaul@ann.service.d");
    fs::create_dir_all(&drop_ins).unwrap();
    for unit in names(from).into_iter().filter(|path| is_unit(path)) {
        let text = fs::read_to_string(&unit).unwrap();
        let text = text.replace("=/usr/local/bin/mailhaul ", &format!("={} ", env!("CARGO_BIN_EXE_mailhaul")));
        fs::write(folder.join(unit.file_name().unwrap()), text).unwrap();
    }
    if folder.join("mailhaul@.service").exists() {
        fs::copy(folder.join("mailhaul@.service"), folder.join("mailhaul@ann.service")).unwrap();
        for drop_in in names(&contrib().join("drop-ins")) {
            fs::copy(&drop_in, drop_ins.join(drop_in.file_name().unwrap())).unwrap();
        }
    }
    let mut units = names(&folder);
    units.retain(|path| is_unit(path));
    assert!(units.len() > 2, "{units:?}");
    units
}

fn is_unit(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "service" || extension == "timer")
}

fn analyze(home: &Home, words: &[&str], units: &[PathBuf]) -> Ran {
    let mut command = Command::new("systemd-analyze");
    // It wants a folder of the user's session, where cron and containers have none.
    command.args(words).args(units).env("XDG_RUNTIME_DIR", home.path("")).env("SYSTEMD_COLORS", "0");
    run(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
}

fn has_systemd_or_skip(test: &str) -> bool {
    let found = Command::new("systemd-analyze").arg("--version").stdout(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return true;
    }
    not_run(&format!("{test}: systemd-analyze is missing; apt-get install systemd"));
    false
}

/// What is wrong it only says, and ends well all the same.
#[test]
fn systemd_understands_all_of_them() {
    if !has_systemd_or_skip("systemd_understands_all_of_them") {
        return;
    }
    for (whose, folder) in [("--system", contrib()), ("--user", contrib().join("user"))] {
        let home = Home::new();
        analyze(&home, &[whose, "verify", "--man=no"], &installed(&home, &folder)).code(0).silent();
    }
}

/// From 0.0 to 10.0, of which up to 2.0 is the best class.
#[test]
fn the_units_of_the_system_allow_little() {
    if !has_systemd_or_skip("the_units_of_the_system_allow_little") {
        return;
    }
    let home = Home::new();
    let units = installed(&home, &contrib());
    for unit in units.iter().filter(|path| path.extension().is_some_and(|extension| extension == "service")) {
        let words = ["security", "--offline=true", "--threshold=20", "--no-pager"];
        analyze(&home, &words, std::slice::from_ref(unit)).code(0);
    }
}

/// In a real systemd, in namespaces of its own.
#[test]
fn mail_is_fetched_under_all_restrictions() {
    const TEST: &str = "units::mail_is_fetched_under_all_restrictions";
    let mailhaul = Path::new(env!("CARGO_BIN_EXE_mailhaul"));
    let server = mailhaul.with_file_name("examples").join("server");
    if !server.exists() {
        return not_run(&format!("{TEST}: the example `server` is not built; cargo build --examples"));
    }
    let mut command = Command::new(contrib().join("try"));
    command.args([mailhaul, &server]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ran = run(&mut command);
    if ran.code == Some(77) {
        return not_allowed_here(&format!("{TEST}: {}", ran.stderr.trim()));
    }
    ran.code(0).prints("try: all is well\n");
}
