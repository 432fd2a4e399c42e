//! The manual pages and completions, made from the command line's own definitions.

use mailhaul::config::{SETTINGS, Scope, Section};

use super::*;

#[test]
fn manual_pages_and_completions_are_up_to_date() {
    let update = std::env::var_os("MAILHAUL_UPDATE").is_some();
    let generated = generate();
    let stale: Vec<&String> = generated.iter().filter(|(path, text)| !is_current(path, text)).map(|(p, _)| p).collect();
    if update {
        generated.iter().for_each(|(path, text)| fs::write(here(path), text).unwrap());
    } else {
        assert!(stale.is_empty(), "not up to date: {stale:?}; `MAILHAUL_UPDATE=1 cargo test --test tests docs`");
    }
    for folder in ["man", "completions"] {
        for entry in fs::read_dir(here(folder)).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            assert!(generated.contains_key(&path), "{path} is not generated any more: remove it");
        }
    }
}

#[test]
fn every_page_of_a_command_has_an_example() {
    for (page, _) in PAGES.iter().filter(|(page, _)| *page != "mailhaul") {
        assert!(read(format!("man/{page}.1")).contains("\n.SH EXAMPLES\n"), "{page} has no example");
    }
}

#[test]
fn manual_pages_are_good_roff() {
    let pages = PAGES.iter().map(|(page, _)| format!("man/{page}.1"));
    for page in pages.chain(["man/mailhaul-config.5".into()]) {
        let mut groff = Command::new("groff");
        groff.args(["-man", "-ww", "-z", "-Tutf8", "-K", "utf8"]);
        let path = here(&page);
        let Ok(output) = groff.arg(&path).stdin(Stdio::null()).output() else {
            return crate::util::not_run("manual_pages_are_good_roff: no groff");
        };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{}: {said}", path.display());
    }
}

/// Formatted, the examples of the configuration are what the program takes, quotes and all.
#[test]
fn the_keys_in_the_manual_can_be_copied() {
    let mut groff = Command::new("groff");
    groff.args(["-man", "-Tutf8", "-K", "utf8", "-rLL=400n", "-P-c", "-P-b", "-P-o", "-P-u"]);
    let Ok(output) = groff.arg(here("man/mailhaul-config.5")).stdin(Stdio::null()).output() else {
        return crate::util::not_run("the_keys_in_the_manual_can_be_copied: no groff");
    };
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    for setting in SETTINGS {
        let example = format!("Example: {} = {}", setting.name, setting.example);
        assert!(page.contains(&example), "{example} is not in the page:\n{page}");
    }
}

#[test]
fn the_keys_without_a_flag_are_named_in_the_manual() {
    let commands = commands();
    let is_flag = |name| {
        let mut arguments = commands.iter().flat_map(clap::Command::get_arguments);
        arguments.any(|argument| argument.get_long() == Some(name))
    };
    let without: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).filter(|name| !is_flag(*name)).collect();
    let (last, others) = without.split_last().unwrap();
    let said = format!(".BR {} \" and \" {last} .\n", others.join(" \", \" "));
    let page = read("man/mailhaul-config.5");
    assert!(page.contains(&said.replace('-', "\\-")), "{said}");
}

/// No option is a bare name.
#[test]
fn every_option_is_described_in_the_manual() {
    for (page, _) in PAGES {
        let text = read(format!("man/{page}.1"));
        let options = text.split("\n.TP\n").skip(1).filter(|item| item.starts_with("\\fB\\-"));
        for option in options {
            let lines: Vec<&str> = option.lines().collect();
            assert!(lines.len() > 1 && !lines[1].starts_with('.'), "man/{page}.1: {option}");
        }
    }
}

fn is_current(path: &str, text: &str) -> bool {
    fs::read_to_string(here(path)).is_ok_and(|found| found == text)
}

/// Path and text of everything that is generated.
fn generate() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (name, shell) in [("mailhaul.bash", Shell::Bash), ("_mailhaul", Shell::Zsh), ("mailhaul.fish", Shell::Fish)] {
        let script = mailhaul::cli::CompletionsArgs { shell }.script();
        files.insert(format!("completions/{name}"), script + "\n");
    }
    for command in commands() {
        let name = command.get_display_name().unwrap_or("mailhaul").to_owned();
        files.insert(format!("man/{name}.1"), page(&name, command));
    }
    files.insert("man/mailhaul-config.5".into(), config_page());
    assert_eq!(files.len(), 4 + PAGES.len(), "a command without a manual page, or the other way round");
    files
}

/// A page: what clap knows, but for its examples, and the hand-written sections. The options that every command has are
/// in the first page alone.
fn page(name: &str, command: clap::Command) -> String {
    let synopsis = synopsis(&command);
    let has_subcommands = command.has_subcommands();
    let has_connection = command.get_arguments().any(is_of_connection);
    // What the short help leaves out would be here without its description.
    let command = command.mut_args(|argument| {
        let is_of_connection = is_of_connection(&argument);
        with_details(argument).hide_short_help(false).hide_long_help(false).hide(is_of_connection)
    });
    let man = Man::new(command);
    let mut roff = Vec::new();
    man.render_name_section(&mut roff).unwrap();
    roff.extend_from_slice(synopsis.as_bytes());
    man.render_description_section(&mut roff).unwrap();
    man.render_options_section(&mut roff).unwrap();
    if has_subcommands {
        man.render_subcommands_section(&mut roff).unwrap();
    }
    if name == "mailhaul" {
        let connection = mailhaul::cli::connection().mut_args(with_details);
        let mut options = Vec::new();
        Man::new(connection).render_options_section(&mut options).unwrap();
        let options = String::from_utf8(options).unwrap();
        roff.extend_from_slice(options.replacen(".SH OPTIONS\n", CONNECTION_OPTIONS, 1).as_bytes());
    }
    let mut text = String::from_utf8(roff).unwrap().replace(APOSTROPHE, "");
    if has_connection {
        text += &read("man/sections/connection.roff");
    }
    for section in sections(name) {
        text += &read(format!("man/sections/{section}.roff"));
    }
    // Neither version nor date: a page is as old as what it says.
    format!("{APOSTROPHE}.TH {name} 1 \"\" mailhaul \"User Commands\"\n{text}{}", see_also(name))
}

/// The page of the configuration file: its keys from the one table of them, the rest by hand.
fn config_page() -> String {
    let plain = |text: &str| text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    let mut keys = String::from(".SH KEYS\n");
    for setting in SETTINGS {
        keys += &format!(".TP\n.B {}\n{}.\n", plain(setting.name), plain(setting.help));
        if !setting.details.is_empty() {
            keys += &format!("{}\n", plain(setting.details));
        }
        let conflicts = setting.alternatives().map(|other| other.name).filter(|name| *name != setting.name);
        let conflicts: Vec<&str> = conflicts.collect();
        if !conflicts.is_empty() {
            keys += &format!("Conflicts with {}.\n", plain(&conflicts.join(", ")));
        }
        if setting.is_secret {
            keys += "The configuration file must then be readable by its owner only.\n";
        }
        let place = match setting.scope {
            Scope::Both => "in [defaults] and [account.NAME]",
            Scope::Account => "in [account.NAME] only",
            Scope::Defaults => "in [defaults] only",
        };
        let default = if setting.default.is_empty() { "none" } else { setting.default };
        keys += &format!(".br\nValue: {}; default: {}; {place}.\n", plain(&setting.form.shown()), plain(default));
        keys += &format!(".br\nExample: \\fB{}\\fR\n", plain(&format!("{} = {}", setting.name, setting.example)));
    }
    let [before, after] = ["config", "config-examples"].map(|section| read(format!("man/sections/{section}.roff")));
    let also = ".SH SEE ALSO\n.BR mailhaul (1),\n.BR mailhaul\\-account (1),\n.BR mailhaul\\-login (1),\n.BR mailhaul\\-fetch (1)\n";
    format!("{APOSTROPHE}.TH mailhaul-config 5 \"\" mailhaul \"File Formats\"\n{before}{keys}{after}{also}")
}

/// Is it one of the options that every command has that talks to a server?
fn is_of_connection(argument: &clap::Arg) -> bool {
    let is_hidden = argument.is_hide_short_help_set() && argument.is_hide_long_help_set();
    is_hidden && argument.get_help_heading() != Some(Section::Imap.heading())
}

/// The help leaves out what is said of a setting in more sentences; a page does not.
fn with_details(argument: clap::Arg) -> clap::Arg {
    let setting = SETTINGS.iter().find(|setting| argument.get_long() == Some(setting.name));
    let (Some(setting), Some(help)) = (setting, argument.get_help().map(ToString::to_string)) else { return argument };
    // Options of one command may have the name of a setting, as `retr --mbox`.
    if setting.details.is_empty() || !help.starts_with(setting.help) {
        return argument;
    }
    argument.long_help(format!("{help}\n\n{}", setting.details))
}

const CONNECTION_OPTIONS: &str = "\
.SH CONNECTION OPTIONS
All commands that talk to a server have these options, and so has
.BR \"mailhaul account add\" .
Each of them is also a key of
.BR mailhaul\\-config (5),
and a variable of the environment.
";

/// With this clap begins every section; once is enough.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// The usage line, set as manual pages do.
fn synopsis(command: &clap::Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim().replace('-', "\\-");
    let name = command.get_bin_name().unwrap_or("mailhaul");
    let rest = usage.strip_prefix(&name.replace('-', "\\-")).expect("a usage begins with the command");
    // A choice that must be made, `<--one|--other>`, is shown in braces.
    let rest = rest.replace("<\\-", "{\\-").replace(">>", ">}").replace('<', "\\fI").replace('>', "\\fR");
    format!(".SH SYNOPSIS\n\\fB{name}\\fR{rest}\n")
}

/// Pages about what is near, those of the same command first.
fn see_also(name: &str) -> String {
    let near: &[&str] = match name {
        "mailhaul" => &[
            "fetch", "account", "info", "stat", "list", "retr", "dump", "dele", "state", "login", "log", "health",
            "config",
        ],
        "mailhaul-account" => &["account-add", "account-list", "account-show", "account-remove", "config", "login"],
        "mailhaul-capa" | "mailhaul-noop" => &["info", "console"],
        "mailhaul-completions" => &["account-list"],
        "mailhaul-console" => &["info", "capa"],
        "mailhaul-dele" => &["list", "uidl", "fetch"],
        "mailhaul-dump" => &["retr", "fetch"],
        "mailhaul-fetch" => &["account", "config", "state", "log", "stat", "dump", "login"],
        "mailhaul-health" => &["log", "state-show", "stat", "fetch"],
        "mailhaul-help" => &["account", "config"],
        "mailhaul-info" => &["capa", "noop", "console"],
        "mailhaul-list" => &["uidl", "stat", "top", "retr", "dele"],
        "mailhaul-log" => &["health", "fetch", "state-show"],
        "mailhaul-login" => &["logout", "account", "config"],
        "mailhaul-logout" => &["login", "account-remove"],
        "mailhaul-migrate" => &["account-add", "state-import", "fetch"],
        "mailhaul-retr" => &["top", "list", "dump"],
        "mailhaul-setup" => &["account-add", "login", "fetch", "config"],
        "mailhaul-stat" => &["list", "health", "fetch"],
        "mailhaul-state" => &[
            "state-show",
            "state-seen",
            "state-reset",
            "state-retry",
            "state-confirm",
            "state-moved",
            "state-forget",
            "state-export",
            "state-import",
            "fetch",
        ],
        "mailhaul-top" => &["retr", "list"],
        "mailhaul-uidl" => &["list", "state-forget"],
        page if page.starts_with("mailhaul-account-") => &["account", "config"],
        page if page.starts_with("mailhaul-state-") => &["state", "fetch"],
        page => panic!("{page}: which pages are near?"),
    };
    let mut pages: Vec<String> = near.iter().map(|page| format!("mailhaul-{page}")).collect();
    if name != "mailhaul" {
        pages.insert(0, "mailhaul".into());
    }
    let refer = |page: String| {
        let section = if page == "mailhaul-config" { 5 } else { 1 };
        format!(".BR {} ({section})", page.replace('-', "\\-"))
    };
    format!(".SH SEE ALSO\n{}\n", pages.into_iter().map(refer).collect::<Vec<_>>().join(",\n"))
}

#[test]
fn the_pages_that_are_named_exist() {
    for (page, _) in PAGES {
        let also = see_also(page).replace("\\-", "-");
        let named = also.lines().filter_map(|line| line.strip_prefix(".BR ")?.split(' ').next());
        assert!(
            named.into_iter().all(|other| other == "mailhaul-config" || PAGES.iter().any(|(known, _)| *known == other))
        );
    }
}
