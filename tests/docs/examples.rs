//! The examples can be run, and those of the README and of `docs/` are.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

#[test]
fn every_example_can_be_parsed() {
    let mut examples = commands_of_scripts();
    examples.extend(cron_examples().into_iter().map(|job| job[job.find("mailhaul ").unwrap()..].to_owned()));
    for (_, sections) in PAGES {
        for section in sections {
            let text = read(format!("man/sections/{section}.roff")).replace("\\-", "-");
            let verbatim = text.split("\n.nf\n").skip(1).map(|rest| rest.split("\n.fi\n").next().unwrap());
            // What a pipe gives to mailhaul is another program's command, and so is what makes a folder.
            let lines = verbatim.flat_map(str::lines).filter(|line| !line.starts_with("mkdir "));
            examples.extend(lines.map(|line| line[line.find("mailhaul ").unwrap()..].to_owned()));
        }
    }
    for command in commands() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        examples.extend(
            help.lines().filter_map(|line| line.strip_prefix("  mailhaul ")).map(|rest| format!("mailhaul {rest}")),
        );
    }
    let unit = read("contrib/systemd/mailhaul.service");
    let start = format!("ExecStart={}", INSTALLED.strip_suffix("mailhaul").unwrap());
    examples.extend(unit.lines().filter_map(|line| line.strip_prefix(&start)).map(str::to_owned));
    assert!(examples.len() > 15, "{examples:#?}");
    for example in examples {
        Cli::try_parse_from(words(&example)).unwrap_or_else(|error| panic!("{example}\n{error}"));
    }
}

/// Runs each `sh` block of the documents as one script, as it stands but for the names of the servers.
#[test]
fn the_examples_of_the_documents_run() {
    let scripts = blocks("sh");
    assert!(scripts.iter().any(|(_, script)| script.contains("mailhaul fetch")));
    for (path, script) in scripts {
        let (home, servers) = (home(), Servers::of(&script));
        let ran = run(&mut servers.shell(&home, &format!("set -e\n{script}")));
        assert!(ran.code == Some(0), "{path}:\n{script}\n{}", ran.everything());
        let delivered = home.maildir_messages().len() + home.mbox_messages().len();
        let fetches = |line: &str| line.contains("mailhaul fetch") && !line.contains("--dry-run");
        assert_eq!(delivered > 0, script.lines().any(fetches), "{path}:\n{script}\n{}", ran.everything());
    }
}

/// The right column of the table of one-liners.
#[test]
fn the_one_liners_of_the_readme_run() {
    let one_liners = one_liners();
    for verb in ["console", "info", "list", "retr", "dump", "stat"] {
        assert!(one_liners.iter().any(|command| command.contains(&format!("mailhaul {verb} "))), "{one_liners:#?}");
    }
    for command in one_liners {
        let (home, servers) = (home(), Servers::of(&command));
        let ran = run(&mut servers.shell(&home, &command));
        ran.code(0);
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{}", ran.everything());
        let messages = servers.0[0].1.maildrop();
        assert!(messages.len() == MESSAGES && home.maildir_messages().is_empty(), "it is there to look: {command}");
    }
}

/// The recipes start the program where the installation of the README puts it.
#[test]
fn the_recipes_and_the_installation_agree() {
    let (_, install) = blocks("sh").into_iter().find(|(_, script)| script.contains("cargo build")).unwrap();
    let home = home();
    let installed = home.path(INSTALLED.strip_prefix('/').unwrap());
    assert!(!installed.exists());
    run(&mut shell(&home, &install)).code(0);
    let mode = fs::metadata(&installed).unwrap_or_else(|error| panic!("{INSTALLED}: {error}")).permissions();
    assert_eq!(mode.mode() & 0o777, 0o755);
    assert!(home.path("usr/local/share/man/man1/mailhaul-fetch.1").exists());
    assert!(home.path("usr/local/share/man/man5/mailhaul-config.5").exists());
    assert!(read("contrib/systemd/mailhaul.service").contains(&format!("\nExecStart={INSTALLED} fetch ")));
    assert!(
        blocks("crontab").iter().all(|(_, jobs)| jobs.matches("/mailhaul ").count() == jobs.matches(INSTALLED).count())
    );
}

/// The jobs of the crontabs that fetch.
fn fetching_jobs() -> Vec<String> {
    cron_examples().into_iter().filter(|job| job.contains("mailhaul fetch")).collect()
}

#[test]
fn the_cron_jobs_of_the_documents_are_silent_when_all_is_well() {
    for job in fetching_jobs() {
        let (home, servers) = (home(), Servers::of(&job));
        run(&mut servers.shell(&home, &job)).code(0).silent();
        assert_eq!(home.maildir_messages().len(), servers.messages(), "{job}");
    }
}

#[test]
fn the_cron_job_that_tells_less_tells_it_once() {
    let job = fetching_jobs().into_iter().find(|job| job.contains("--tolerate 1h")).unwrap();
    let (home, servers) = (home(), Servers::of(&job));
    run(&mut servers.shell(&home, &job)).code(0).silent();
    let (url, _) = &servers.0[0];
    let away = Config::default().tls(TlsMode::Implicit).fault(Fault::DropOnAccept);
    let away = Servers(vec![(url.clone(), Server::start(away))]);
    run(&mut away.shell(&home, &job)).code(0).silent();
    let db = rusqlite::Connection::open(home.path(".local/state/mailhaul/mailhaul.db")).unwrap();
    db.execute("UPDATE incident SET since = since - 3600", []).unwrap();
    run(&mut away.shell(&home, &job)).code(75).says("no fetch has succeeded for 60 minutes (2 attempts)");
    run(&mut away.shell(&home, &job)).code(75).silent();
    run(&mut servers.shell(&home, &job)).code(0).says("works again after failing for 60 minutes");
}

/// The jobs that look at what a fetch has left say nothing if all is well, and leave the file that they promise.
#[test]
fn the_cron_jobs_that_watch_are_silent_when_all_is_well() {
    let jobs: Vec<String> = cron_examples().into_iter().filter(|job| job.contains("mailhaul health")).collect();
    assert!(jobs.len() > 1, "{jobs:?}");
    let (home, servers) = (home(), Servers::of("mailhaul fetch"));
    run(&mut servers.shell(&home, "mailhaul fetch")).code(0);
    for job in &jobs {
        run(&mut shell(&home, &job.replace("/var/lib/prometheus/node-exporter", "."))).code(0).silent();
    }
    let metrics = fs::read_to_string(home.path("mailhaul.prom")).unwrap();
    assert!(metrics.contains("mailhaul_healthy{account=\"work\"") && !home.path("mailhaul.prom.new").exists());
}

/// A server for each URL of an example; or one for the account that examples without a URL take for granted.
struct Servers(Vec<(String, Server)>);

impl Servers {
    fn of(example: &str) -> Self {
        let begins = ["pop3s://", "pop3://"].iter().flat_map(|scheme| example.match_indices(scheme));
        let url = |(at, _)| example[at..].split([' ', '\n', '\'', '"', ')']).next().unwrap();
        let mut urls: Vec<&str> = begins.map(url).collect();
        urls.sort();
        urls.dedup();
        if urls.is_empty() {
            urls.push("pop3s://ann@mail.example.org");
        }
        Self(urls.into_iter().map(|url| (url.to_owned(), server_for(url))).collect())
    }

    fn messages(&self) -> usize {
        self.0.len() * MESSAGES
    }

    /// The text with the addresses of these servers.
    fn put_into(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (url, server)| {
            let (user, _) = url.rsplit_once('@').unwrap();
            text.replace(url, &format!("{user}@localhost:{}", server.port()))
        })
    }

    /// A shell that is to run the example with the addresses of these servers, and trusts them.
    fn shell(&self, home: &Home, example: &str) -> Command {
        if !example.contains("://") {
            fs::create_dir_all(home.path(".config/mailhaul")).unwrap();
            home.write_private(".config/mailhaul/config.toml", self.put_into(WORK).as_bytes());
        }
        let mut shell = shell(home, &self.put_into(example));
        let files: Vec<_> = self.0.iter().map(|(_, server)| server.ca_file().display().to_string()).collect();
        shell.env("MAILHAUL_CA_FILE", files.join(","));
        if !example.contains("password") {
            shell.env("MAILHAUL_PASSWORD", "secret");
        }
        shell
    }
}

fn server_for(url: &str) -> Server {
    let (scheme, rest) = url.split_once("://").unwrap();
    let user = rest.rsplit_once('@').unwrap().0.replace("%40", "@");
    let tls = if scheme == "pop3s" { TlsMode::Implicit } else { TlsMode::Starttls };
    let maildrop = Maildrop::generated(MESSAGES, user.len() as u64, Sizes::Fixed(700));
    Server::start(Config::new(&maildrop).login(user, "secret").tls(tls))
}

/// A home with what the examples take for granted: the program in the path, the checkout to install from, `pass`, `maildrop`, a
/// password file. What `sudo` installs goes into the home.
fn home() -> Home {
    let home = Home::new();
    home.write_private(".mail-password", b"secret\n");
    // What people have who come from other fetchers.
    home.write_private(".fetchmailrc", b"poll mail.example.org user ann password secret ssl keep mda maildrop\n");
    home.write_private(".fetchids", b"ann@mail.example.org u1\n");
    home.write_private("popstate.dat", b"*mail.example.org ann\nk u1 1700000000\n");
    for folder in ["bin", "target/release"] {
        fs::create_dir_all(home.path(folder)).unwrap();
    }
    for folder in ["man", "completions", "contrib"] {
        symlink(here(folder), home.path(folder)).unwrap();
    }
    symlink(env!("CARGO_BIN_EXE_mailhaul"), home.path("bin/mailhaul")).unwrap();
    let programs = [
        ("bin/pass", "[ \"$1\" = mail/ann ] && echo secret"),
        ("bin/maildrop", "[ \"$*\" = '-d ann' ] && mkdir -p ~/Mail/cur ~/Mail/new ~/Mail/tmp && cat > ~/Mail/new/$$"),
        ("bin/cargo", "[ \"$*\" = 'build --locked --release' ]"),
        ("bin/sudo", "exec $(printf '%s\\n' \"$@\" | sed \"s,^/usr/local,$HOME/usr/local,\")"),
        ("target/release/mailhaul", "# built by cargo"),
    ];
    for (path, script) in programs {
        let path = home.write_private(path, format!("#!/bin/sh\n{script}\n").as_bytes());
        fs::set_permissions(path, PermissionsExt::from_mode(0o700)).unwrap();
    }
    home
}

fn shell(home: &Home, command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    let command = command.replace(&format!("{INSTALLED} "), "mailhaul ");
    shell.arg("-c").arg(command).env_clear().env("HOME", home.path("")).current_dir(home.path(""));
    shell.env("PATH", format!("{}:/usr/bin:/bin", home.path("bin").display()));
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// The commands of the `sh` blocks that begin with `mailhaul`, each on one line.
fn commands_of_scripts() -> Vec<String> {
    let scripts = blocks("sh").into_iter().map(|(_, script)| script.replace("\\\n", " "));
    let commands = scripts.flat_map(|script| script.lines().map(str::to_owned).collect::<Vec<_>>());
    commands.filter(|line| line.starts_with("mailhaul ")).collect()
}

/// What the table of one-liners says to type.
fn one_liners() -> Vec<String> {
    let readme = read("README.md");
    let rows = section(&readme, "\n## One-liners\n", "\n## ").lines();
    let now = rows.filter_map(|row| row.strip_suffix(" |")?.rsplit_once(" | ")).map(|(_, now)| now);
    let quoted = now.flat_map(|now| now.split('`').skip(1).step_by(2));
    quoted.filter(|command| command.starts_with("mailhaul ")).map(str::to_owned).collect()
}

/// What the lines of the `crontab` blocks give to the shell.
fn cron_examples() -> Vec<String> {
    let lines = blocks("crontab").into_iter().flat_map(|(_, jobs)| jobs.lines().map(str::to_owned).collect::<Vec<_>>());
    let jobs = lines.filter(|line| line.starts_with(|c: char| c == '*' || c.is_ascii_digit()));
    jobs.map(|job| job.splitn(6, ' ').last().unwrap().replace("\\%", "%")).collect()
}

/// Where the documents have the program.
const INSTALLED: &str = "/usr/local/bin/mailhaul";

/// The account that examples without a URL take for granted.
const WORK: &str = r#"
    [account.work]
    source = "pop3s://ann@mail.example.org"
    maildir = "~/Mail"
    password-file = "~/.mail-password"
"#;

/// Messages of each server.
const MESSAGES: usize = 3;
