use clap::builder::ArgAction;
use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

/// Print completions for a shell
#[derive(Args, Clone, Debug)]
pub struct CompletionsArgs {
    /// The shell to print completions for
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

impl CompletionsArgs {
    /// The script for the shell: clap's, and for bash, zsh and fish also the names of accounts, which the program itself is
    /// asked for.
    pub fn script(&self) -> String {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "mailhaul", &mut script);
        let script = String::from_utf8_lossy(&script).trim_end().to_owned();
        let mut root = command();
        root.build();
        match self.shell {
            Shell::Bash => with_accounts_in_bash(&script, &root),
            Shell::Fish => with_accounts_in_fish(&script, &root),
            Shell::Zsh => with_accounts_in_zsh(&script),
            _ => script,
        }
    }
}

/// Without the value of --json: shells would offer it behind a blank as well, in the place of an account.
fn command() -> Command {
    let as_flag = |json: clap::Arg| {
        let help = json.get_help().cloned().unwrap_or_default();
        clap::Arg::new("json").long("json").global(true).action(ArgAction::SetTrue).help(help)
    };
    super::Cli::command().mut_arg("json", as_flag)
}

/// The commands that take accounts, as `fetch` and `state show`.
fn commands_with_accounts(command: &Command, above: &str) -> Vec<String> {
    let mut found = Vec::new();
    for command in command.get_subcommands() {
        let path = format!("{above}{}", command.get_name());
        if command.get_positionals().any(takes_an_account) {
            found.push(path.clone());
        }
        found.extend(commands_with_accounts(command, &format!("{path} ")));
    }
    found
}

fn takes_an_account(argument: &clap::Arg) -> bool {
    let names = argument.get_value_names().unwrap_or_default();
    names.iter().any(|name| ["SOURCE", "ACCOUNT"].contains(&name.as_str()))
}

/// `--timeout` and so on: what follows is their value.
fn flags_with_values(command: &Command) -> Vec<String> {
    let takes_one = |argument: &&clap::Arg| matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let own = command.get_arguments().filter(|argument| !argument.is_positional()).filter(takes_one);
    let mut flags: Vec<String> = own.filter_map(|argument| Some(format!("--{}", argument.get_long()?))).collect();
    flags.extend(command.get_subcommands().flat_map(flags_with_values));
    flags.sort();
    flags.dedup();
    flags
}

/// A function around clap's, which adds the accounts.
fn with_accounts_in_bash(script: &str, root: &Command) -> String {
    let patterns: Vec<String> = commands_with_accounts(root, "").iter().map(|path| format!("\"{path} \"*")).collect();
    let flags = flags_with_values(root).join("|");
    let function = format!(
        r#"
# The names of the accounts, beside what clap knows, where a SOURCE or an ACCOUNT can stand.
_mailhaul_and_accounts() {{
    _mailhaul "$@"
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}" words="" word
    case "$cur" in -*) return ;; esac
    case "$prev" in {flags}) return ;; esac
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in -*) ;; *) words+="$word " ;; esac
    done
    case "$words" in
        {})
            COMPREPLY+=( $(compgen -W "$("$1" account list 2>/dev/null | cut -d ' ' -f 1)" -- "$cur") )
            ;;
    esac
}}
"#,
        patterns.join("|")
    );
    let (before, registration) = script.split_at(script.rfind("\nif [[").unwrap_or(script.len()));
    format!(
        "{before}{function}{}",
        registration.replace("complete -F _mailhaul ", "complete -F _mailhaul_and_accounts ")
    )
}

fn with_accounts_in_fish(script: &str, root: &Command) -> String {
    let of = |path: &String| {
        let condition = match path.split_once(' ') {
            None => format!("__fish_mailhaul_using_subcommand {path}"),
            Some((above, below)) => {
                format!("__fish_mailhaul_using_subcommand {above}; and __fish_seen_subcommand_from {below}")
            }
        };
        format!("complete -c mailhaul -n \"{condition}\" -f -a \"(__fish_mailhaul_accounts)\"\n")
    };
    let lines: String = commands_with_accounts(root, "").iter().map(of).collect();
    format!(
        "{script}\n\n# The names of the accounts, where a SOURCE or an ACCOUNT can stand.\nfunction __fish_mailhaul_accounts\n    \
         mailhaul account list 2>/dev/null | string replace -r '^(\\S+) (\\S+).*' '$1\\t$2'\nend\n{lines}"
    )
    .trim_end()
    .to_owned()
}

/// clap names a completer for each argument; those of accounts get one of their own.
fn with_accounts_in_zsh(script: &str) -> String {
    let is_account = |line: &str| {
        [
            "'*::sources --",
            "'*::accounts --",
            "':source -- The mailbox",
            "'::source -- The mailbox",
            "':account --",
            "':name -- The account",
        ]
        .iter()
        .any(|begin| line.starts_with(begin))
    };
    let lines = script.lines().map(|line| {
        if is_account(line) { line.replace(":_default'", ":_mailhaul_accounts'") } else { line.to_owned() }
    });
    let script = lines.collect::<Vec<_>>().join("\n");
    let function = r#"
# The names of the accounts, where a SOURCE or an ACCOUNT can stand.
(( $+functions[_mailhaul_accounts] )) ||
_mailhaul_accounts() {
    local -a accounts
    accounts=(${${(f)"$(_call_program accounts mailhaul account list 2>/dev/null)"}%% *})
    _wanted accounts expl account compadd -a accounts
}
"#;
    let (before, registration) = script.split_at(script.rfind("\nif [ \"$funcstack").unwrap_or(script.len()));
    format!("{before}{function}{registration}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_with_an_account_is_known_to_every_shell() {
        let mut root = command();
        root.build();
        let commands = commands_with_accounts(&root, "");
        assert!(
            ["fetch", "stat", "dump", "login", "state show", "account remove"]
                .iter()
                .all(|path| commands.iter().any(|known| known == path))
        );
        assert!(!commands.iter().any(|path| path == "account add" || path == "completions"), "{commands:?}");
        let script = CompletionsArgs { shell: Shell::Zsh }.script();
        assert_eq!(script.matches(":_mailhaul_accounts'").count(), commands.len());
    }
}
