//! The completions know the accounts: in real shells.

use std::process::{Command, Stdio};

use super::util::{Home, not_run, run};

/// Runs a script in a shell, with two accounts in the configuration file and the program in `$PATH`; gives its lines.
fn lines(shell: &str, arguments: &[&str], script: &str) -> Option<Vec<String>> {
    let home = Home::new();
    for (name, url) in [("work", "pop3s://ann@mail.example.org"), ("wine-club", "pop3://bob@pop.example.net")] {
        run(&mut home.mailhaul(["account", "add", name, url, "--mbox", "/x"])).code(0);
    }
    let bin = home.path("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mailhaul"), bin.join("mailhaul")).unwrap();
    let mut command = Command::new(shell);
    command.args(arguments).arg(script).env_clear().env("HOME", home.path("")).env("TERM", "dumb");
    command.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if Command::new(shell).arg("--version").stdout(Stdio::null()).status().is_err() {
        not_run(&format!("completions in {shell}: it is not installed"));
        return None;
    }
    let ran = run(&mut command);
    Some(ran.code(0).stdout.lines().map(str::to_owned).collect())
}

/// What bash offers behind these words.
fn in_bash(words: &[&str]) -> Option<Vec<String>> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source completions/mailhaul.bash; COMP_WORDS=({}); COMP_CWORD={}; \
         _mailhaul_and_accounts mailhaul \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len() - 1
    );
    lines("bash", &["--norc", "-c"], &script)
}

#[test]
fn bash_offers_accounts_where_they_can_stand() {
    let Some(offered) = in_bash(&["mailhaul", "fetch", "w"]) else { return };
    assert!(offered.ends_with(&["work".into(), "wine-club".into()]), "{offered:?}");
    assert!(in_bash(&["mailhaul", "-v", "state", "show", "wo"]).unwrap().contains(&"work".into()));
    assert!(in_bash(&["mailhaul", "list", "--json", "wo"]).unwrap().contains(&"work".into()));
    assert!(in_bash(&["mailhaul", "logout", "wi"]).unwrap().contains(&"wine-club".into()));
    for elsewhere in [
        &["mailhaul", "w"][..],
        &["mailhaul", "fetch", "--mbox", "w"],
        &["mailhaul", "fetch", "--"],
        &["mailhaul", "account", "add", "w"],
    ] {
        let offered = in_bash(elsewhere).unwrap();
        assert!(!offered.contains(&"work".into()), "{elsewhere:?}: {offered:?}");
    }
    assert!(in_bash(&["mailhaul", "fetch", "--maild"]).unwrap().contains(&"--maildir".into()));
}

#[test]
fn fish_offers_accounts_with_their_sources() {
    let offered = |line: &str| {
        lines("fish", &["--no-config", "-c"], &format!("source completions/mailhaul.fish; complete -C '{line}'"))
    };
    let Some(found) = offered("mailhaul fetch w") else { return };
    assert!(found.contains(&"work\tpop3s://ann@mail.example.org".into()), "{found:?}");
    assert!(offered("mailhaul account remove wi").unwrap().iter().any(|line| line.starts_with("wine-club")));
    assert!(offered("mailhaul list --json wi").unwrap().iter().any(|line| line.starts_with("wine-club")));
    assert!(!offered("mailhaul w").unwrap().iter().any(|line| line.starts_with("work")));
}

/// zsh completes at a prompt only, so the function alone is called, with its helpers replaced.
#[test]
fn zsh_reads_the_script_and_finds_the_accounts() {
    let script = "compdef() { : }; source completions/_mailhaul; \
                  _call_program() { shift; \"$@\" }; _wanted() { shift 3; \"$@\" }; compadd() { print -l -- ${(P)2} }; \
                  _mailhaul_accounts";
    let Some(found) = lines("zsh", &["-f", "-c"], script) else { return };
    assert_eq!(found, ["work", "wine-club"]);
}
