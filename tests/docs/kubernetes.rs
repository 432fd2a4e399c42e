//! The manifests in `contrib/kubernetes` are well-formed, and what they run and set is there.

use std::collections::BTreeMap;

use mailhaul::config::SETTINGS;

use super::*;

#[test]
fn the_manifests_run_commands_that_exist() {
    let mut commands = 0;
    for manifest in manifests() {
        for container in manifest.all("containers").into_iter().flat_map(Yaml::items) {
            let command: Vec<&str> = container.get("command").items().iter().map(Yaml::text).collect();
            check_command(&command);
            commands += 1;
            let variables = container.get("env").items().iter().map(|variable| variable.get("name").text());
            for name in variables.filter(|name| name.starts_with("MAILHAUL_")) {
                let is_setting = SETTINGS.iter().any(|setting| setting.variable() == name);
                assert!(is_setting || ["MAILHAUL_CONFIG", "MAILHAUL_STATE_DIR"].contains(&name), "{name}");
            }
            // What is mounted is a volume.
            let volumes: Vec<&str> = ["volumes", "volumeClaimTemplates"]
                .into_iter()
                .flat_map(|kind| manifest.all(kind))
                .flat_map(Yaml::items)
                .map(|volume| volume.find("name").unwrap().text())
                .collect();
            for mount in container.get("volumeMounts").items() {
                assert!(volumes.contains(&mount.get("name").text()), "{volumes:?}");
            }
        }
    }
    assert_eq!(commands, 2);
}

/// A shell's command ends with the program's.
fn check_command(command: &[&str]) {
    let words: Vec<String> = match command {
        ["sh", "-c", script] => words(script.rsplit("exec ").next().unwrap()),
        _ => command.iter().map(|word| (*word).to_owned()).collect(),
    };
    let words: Vec<String> = words.iter().map(|word| word.replace("$shard", "1")).collect();
    Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?}\n{error}"));
}

/// The files of the ConfigMap, mounted, are a configuration, and its passwords are found.
#[test]
fn the_accounts_of_the_manifests_can_be_read() {
    let home = Home::new();
    let folder = home.path("etc");
    fs::create_dir(&folder).unwrap();
    let config = manifests().into_iter().find(|manifest| manifest.get("kind").text() == "ConfigMap").unwrap();
    for (name, text) in config.get("data").entries() {
        home.write_private(&format!("etc/{name}"), text.text().as_bytes());
    }
    let config = folder.to_str().unwrap();
    run(&mut home.mailhaul(["account", "list", "--config", config]))
        .code(0)
        .prints("ann pop3s://ann@pop.example.org\nbob pop3s://bob@pop.example.net\n");
    run(&mut home.mailhaul(["account", "show", "ann", "--json", "--config", config]))
        .code(0)
        .prints("\"name\":\"dovecot.mail.svc.cluster.local:24 for ann\"");
}

fn manifests() -> Vec<Yaml> {
    let files = fs::read_dir(here("contrib/kubernetes")).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.map(|path| read(&path)).collect::<Vec<_>>();
    let documents = texts.iter().flat_map(|text| text.split("\n---\n")).map(Yaml::parse).collect::<Vec<_>>();
    assert!(documents.iter().all(|document| ["apiVersion", "kind", "metadata"].iter().all(|key| document.has(key))));
    documents
}

/// As much of YAML as the manifests need, and nothing else: what is not read here fails.
#[derive(Debug)]
enum Yaml {
    Text(String),
    List(Vec<Yaml>),
    Map(BTreeMap<String, Yaml>),
}

static NOTHING: Yaml = Yaml::List(Vec::new());

impl Yaml {
    fn parse(text: &str) -> Self {
        assert!(!text.contains('\t'), "a tab indents nothing");
        let lines: Vec<(usize, &str)> = text
            .lines()
            .map(|line| (line.len() - line.trim_start().len(), line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .collect();
        let (value, rest) = Self::block(&lines, 0);
        assert!(rest.is_empty(), "{rest:?}");
        value
    }

    /// A map or a list at this depth, and the lines behind it.
    fn block<'a, 't>(mut lines: &'a [(usize, &'t str)], depth: usize) -> (Self, &'a [(usize, &'t str)]) {
        let (mut map, mut list) = (BTreeMap::new(), Vec::new());
        while let [(at, line), rest @ ..] = lines
            && *at == depth
        {
            if let Some(item) = line.strip_prefix("- ") {
                let end = rest.iter().position(|(at, _)| *at <= depth).unwrap_or(rest.len());
                let of_item: Vec<_> = std::iter::once((depth + 2, item)).chain(rest[..end].iter().copied()).collect();
                list.push(if is_entry(item) { Self::block(&of_item, depth + 2).0 } else { Self::scalar(item) });
                lines = &rest[end..];
                continue;
            }
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("no key: {line}"));
            let end = rest.iter().position(|(at, line)| *at < depth || *at == depth && !line.starts_with("- "));
            let below = &rest[..end.unwrap_or(rest.len())];
            let value = match value.trim() {
                "|" => Self::Text(below.iter().map(|(_, line)| format!("{line}\n")).collect()),
                "" => {
                    let (value, left) =
                        Self::block(below, below.first().unwrap_or_else(|| panic!("nothing: {line}")).0);
                    assert!(left.is_empty(), "{left:?}");
                    value
                }
                value => {
                    assert!(below.is_empty(), "below a value: {below:?}");
                    Self::scalar(value)
                }
            };
            assert!(map.insert(key.to_owned(), value).is_none(), "twice: {key}");
            lines = &rest[below.len()..];
        }
        assert!(map.is_empty() || list.is_empty(), "a list in a map: {lines:?}");
        (if list.is_empty() { Self::Map(map) } else { Self::List(list) }, lines)
    }

    fn scalar(text: &str) -> Self {
        if let Some(items) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Self::List(items.split(", ").map(Self::scalar).collect());
        }
        Self::Text(text.trim_matches('"').to_owned())
    }

    fn find(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(key).or_else(|| map.values().find_map(|value| value.find(key))),
            Self::List(_) | Self::Text(_) => None,
        }
    }

    /// All values of this key, however deep.
    fn all(&self, key: &str) -> Vec<&Self> {
        match self {
            Self::Map(map) => map.get(key).into_iter().chain(map.values().flat_map(|value| value.all(key))).collect(),
            Self::List(list) => list.iter().flat_map(|value| value.all(key)).collect(),
            Self::Text(_) => Vec::new(),
        }
    }

    fn has(&self, key: &str) -> bool {
        matches!(self, Self::Map(map) if map.contains_key(key))
    }

    /// The value of a key of this map; an empty list, if there is none.
    fn get(&self, key: &str) -> &Self {
        match self {
            Self::Map(map) => map.get(key).unwrap_or(&NOTHING),
            _ => panic!("not a map: {self:?}"),
        }
    }

    fn entries(&self) -> &BTreeMap<String, Self> {
        match self {
            Self::Map(map) => map,
            _ => panic!("not a map: {self:?}"),
        }
    }

    fn items(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            _ => panic!("not a list: {self:?}"),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => panic!("not a text: {self:?}"),
        }
    }
}

/// Is it `key: value`, or `key:`?
fn is_entry(item: &str) -> bool {
    item.split_once(':').is_some_and(|(key, value)| {
        let is_key = key.chars().all(|letter| letter.is_ascii_alphanumeric());
        is_key && (value.is_empty() || value.starts_with(' '))
    })
}
