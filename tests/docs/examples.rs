//! The examples can be run, and those of the README are.

use super::*;

#[test]
fn every_example_can_be_parsed() {
    let mut examples = shell_examples();
    examples.extend(cron_examples().into_iter().map(|job| job[job.find("mailhaul fetch").unwrap()..].to_owned()));
    for (_, sections) in PAGES {
        for section in sections {
            let text = read(format!("man/sections/{section}.roff")).replace("\\-", "-");
            let verbatim = text.split("\n.nf\n").skip(1).map(|rest| rest.split("\n.fi\n").next().unwrap());
            // What a pipe gives to mailhaul is another program's command.
            examples
                .extend(verbatim.flat_map(str::lines).map(|line| line[line.find("mailhaul ").unwrap()..].to_owned()));
        }
    }
    for command in commands() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        examples.extend(
            help.lines().filter_map(|line| line.strip_prefix("  mailhaul ")).map(|rest| format!("mailhaul {rest}")),
        );
    }
    let unit = read("contrib/systemd/mailhaul.service");
    examples.extend(unit.lines().filter_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/")).map(str::to_owned));
    assert!(examples.len() > 15, "{examples:#?}");
    for example in examples {
        Cli::try_parse_from(words(&example)).unwrap_or_else(|error| panic!("{example}\n{error}"));
    }
}

/// Runs the shell examples of the README as they stand, but for the names of the servers.
#[test]
fn the_examples_of_the_readme_run() {
    let examples = shell_examples();
    assert!(examples.iter().any(|example| example.starts_with("mailhaul fetch")));
    for example in examples {
        let (home, servers) = (home(), Servers::of(&example));
        run(servers.shell(&home, &example).env("MAILHAUL_PASSWORD", "secret")).code(0);
        let delivered = home.maildir_messages().len() + home.mbox_messages().len();
        let fetches = example.contains("mailhaul fetch") && !example.contains("--dry-run");
        let expected = if fetches { servers.messages() } else { 0 };
        assert_eq!(delivered, expected, "{example}");
    }
}

/// The right column of the table "you used to type | now type".
#[test]
fn the_one_liners_of_the_readme_run() {
    let one_liners = one_liners();
    for verb in ["console", "info", "list", "retr", "dump", "stat"] {
        assert!(one_liners.iter().any(|command| command.contains(&format!("mailhaul {verb} "))), "{one_liners:#?}");
    }
    for command in one_liners {
        let (home, servers) = (home(), Servers::of(&command));
        let ran = run(servers.shell(&home, &command).env("MAILHAUL_PASSWORD", "secret"));
        ran.code(0);
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{}", ran.everything());
        let messages = servers.0[0].1.maildrop();
        assert!(messages.len() == MESSAGES && home.maildir_messages().is_empty(), "it is there to look: {command}");
    }
}

#[test]
fn the_cron_jobs_of_the_readme_are_silent_when_all_is_well() {
    for job in cron_examples() {
        let (home, servers) = (home(), Servers::of(&job));
        run(&mut servers.shell(&home, &job)).code(0).silent();
        assert_eq!(home.maildir_messages().len(), servers.messages(), "{job}");
    }
}

#[test]
fn the_cron_job_that_tells_less_tells_what_matters() {
    let job = cron_examples().pop().unwrap();
    let (home, servers) = (home(), Servers::of(&job));
    home.write_private(".mail-password", b"wrong\n");
    run(&mut servers.shell(&home, &job)).code(0).prints("the login was refused");
    let (url, _) = &servers.0[0];
    let away = Config::default().tls(TlsMode::Implicit).fault(Fault::DropOnAccept);
    let away = Servers(vec![(url.clone(), Server::start(away))]);
    run(&mut away.shell(&home, &job)).code(0).silent();
}

/// A server for each URL of an example.
struct Servers(Vec<(String, Server)>);

impl Servers {
    fn of(example: &str) -> Self {
        let is_url = |word: &&str| word.starts_with("pop3s://") || word.starts_with("pop3://");
        let urls = example.split_whitespace().filter(is_url);
        Self(urls.map(|url| (url.to_owned(), server_for(url))).collect())
    }

    fn messages(&self) -> usize {
        self.0.len() * MESSAGES
    }

    /// The example with these servers' addresses, and with trust in them.
    fn command(&self, example: &str) -> String {
        let mut command = example.to_owned();
        for (url, server) in &self.0 {
            let (user, _) = url.rsplit_once('@').unwrap();
            let place = format!("{user}@localhost:{} --ca-file {}", server.port(), server.ca_file().display());
            command = command.replace(url, &place);
        }
        command
    }

    fn shell(&self, home: &Home, example: &str) -> Command {
        shell(home, &self.command(example))
    }
}

fn server_for(url: &str) -> Server {
    let (scheme, rest) = url.split_once("://").unwrap();
    let user = rest.rsplit_once('@').unwrap().0.replace("%40", "@");
    let tls = if scheme == "pop3s" { TlsMode::Implicit } else { TlsMode::Starttls };
    let maildrop = Maildrop::generated(MESSAGES, user.len() as u64, Sizes::Fixed(700));
    Server::start(Config::new(&maildrop).login(user, "secret").tls(tls))
}

/// A home with what the examples take for granted: the program where cargo puts it, `pass`, a password file.
fn home() -> Home {
    let home = Home::new();
    home.write_private(".mail-password", b"secret\n");
    let bin = home.path(".cargo/bin");
    fs::create_dir_all(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mailhaul"), bin.join("mailhaul")).unwrap();
    let pass = home.write_private(".cargo/bin/pass", b"#!/bin/sh\n[ \"$1\" = mail/ann ] && echo secret\n");
    fs::set_permissions(pass, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    home
}

fn shell(home: &Home, command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).env_clear().env("HOME", home.path("")).current_dir(home.path(""));
    shell.env("PATH", format!("{}:/usr/bin:/bin", home.path(".cargo/bin").display()));
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// The commands of the `sh` blocks that begin with `mailhaul`, each on one line.
fn shell_examples() -> Vec<String> {
    let text = blocks("sh").concat().replace("\\\n", " ");
    text.lines().filter(|line| line.starts_with("mailhaul ")).map(str::to_owned).collect()
}

/// What the table of the section for scripts says to type now.
fn one_liners() -> Vec<String> {
    let rows = section(README, "\n## For scripts and one-liners\n", "\n## ").lines();
    let now = rows.filter_map(|row| row.strip_suffix(" |")?.rsplit_once(" | ")).map(|(_, now)| now);
    let quoted = now.flat_map(|now| now.split('`').skip(1).step_by(2));
    quoted.filter(|command| command.starts_with("mailhaul ")).map(str::to_owned).collect()
}

/// What the lines of the `crontab` blocks give to the shell.
fn cron_examples() -> Vec<String> {
    let text = blocks("crontab").concat();
    let jobs = text.lines().filter_map(|line| line.strip_prefix("*/5 * * * * "));
    jobs.map(|job| job.replace("\\%", "%")).collect()
}

/// Messages of each server.
const MESSAGES: usize = 3;
