//! `docs/json-schema/mailhaul.json`, and a validator for the part of JSON Schema 2020-12 that it uses. A keyword that is
//! not known here fails: what is not checked must not be promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../docs/json-schema/mailhaul.json")).unwrap());

/// What is wrong with an object that was printed; nothing, if it is as the schema says.
pub fn complaints(object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match object["type"].as_str().filter(|&kind| types().any(|known| known == kind)) {
        Some(kind) => validate(definition(kind), object, kind, &mut found),
        None => found.push("it has no type that the schema knows".to_owned()),
    }
    found
}

/// The types of objects.
pub fn types() -> impl Iterator<Item = &'static str> {
    let alternatives = SCHEMA["oneOf"].as_array().unwrap();
    alternatives.iter().map(|of| of["$ref"].as_str().unwrap().strip_prefix("#/$defs/").unwrap())
}

/// The keys of a type.
pub fn keys(kind: &str) -> BTreeSet<&'static str> {
    definition(kind)["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn definition(name: &str) -> &'static Value {
    SCHEMA["$defs"].get(name).unwrap_or_else(|| panic!("the schema does not define {name}"))
}

fn resolved(schema: &'static Value) -> &'static Value {
    match schema.get("$ref") {
        Some(reference) => definition(reference.as_str().unwrap().strip_prefix("#/$defs/").unwrap()),
        None => schema,
    }
}

fn validate(schema: &'static Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().unwrap() {
        let holds = match keyword.as_str() {
            "description" => true,
            "$ref" => {
                validate(resolved(schema), value, at, found);
                true
            }
            "type" => names_of(rule).any(|name| is_of_type(value, name)),
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
            "format" => value.as_str().is_none_or(|text| has_format(text, rule.as_str().unwrap())),
            "items" => {
                let items = value.as_array().into_iter().flatten();
                items.for_each(|item| validate(rule, item, &format!("{at}[]"), found));
                true
            }
            "required" => {
                let has = |key: &Value| value.get(key.as_str().unwrap()).is_some();
                value.is_null() || rule.as_array().unwrap().iter().all(has)
            }
            "properties" => {
                for (key, of_key) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        validate(of_key, value, &format!("{at}.{key}"), found);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = |key: &str| schema.get("properties").is_some_and(|known| known.get(key).is_some());
                let others = value.as_object().into_iter().flatten().filter(|(key, _)| !known(key));
                others.for_each(|(key, value)| match rule {
                    Value::Bool(false) => found.push(format!("{at}.{key} is not in the schema")),
                    rule => validate(rule, value, &format!("{at}.{key}"), found),
                });
                true
            }
            unknown => panic!("{at}: this test does not know the keyword {unknown}"),
        };
        if !holds {
            found.push(format!("{at} is {value}, against {keyword}: {rule}"));
        }
    }
}

fn names_of(rule: &Value) -> impl Iterator<Item = &str> {
    let names = rule.as_array().cloned().is_none().then_some(rule);
    names.into_iter().chain(rule.as_array().into_iter().flatten()).map(|name| name.as_str().unwrap())
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        unknown => panic!("no type is called {unknown}"),
    }
}

fn has_format(text: &str, format: &str) -> bool {
    match format {
        "date-time" => text.parse::<Timestamp>().is_ok(),
        unknown => panic!("no format is called {unknown}"),
    }
}

/// Gives each property of the schema to `each`, with the path to it.
fn each_property(each: &mut dyn FnMut(&str, &str, &'static Value)) {
    fn walk(schema: &'static Value, at: &str, each: &mut dyn FnMut(&str, &str, &'static Value)) {
        for (key, of_key) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            each(at, key, resolved(of_key));
            walk(of_key, &format!("{at}.{key}"), each);
        }
        if let Some(items) = schema.get("items") {
            walk(items, at, each);
        }
    }
    for (name, schema) in SCHEMA["$defs"].as_object().unwrap() {
        walk(schema, name, each);
    }
}

/// An object that is closed has all of its keys always; each is described, and its name is in snake_case.
#[test]
fn every_key_is_described_and_always_there() {
    let mut properties = 0;
    each_property(&mut |at, key, schema| {
        properties += 1;
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(description.ends_with(['.', '?', ')']) && description.len() > 10, "{at}.{key}: {description:?}");
        assert!(key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{at}.{key}");
    });
    assert!(properties > 100);
    fn closed(schema: &Value, at: &str) {
        if let Some(properties) = schema.get("properties") {
            let keys: Vec<&String> = properties.as_object().unwrap().keys().collect();
            let mut required: Vec<&str> =
                schema["required"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
            required.sort_unstable();
            assert_eq!(schema["additionalProperties"], false, "{at}");
            assert_eq!(keys, required, "{at}");
            properties.as_object().unwrap().iter().for_each(|(key, schema)| closed(schema, key));
        }
        schema.get("items").iter().for_each(|items| closed(items, at));
    }
    SCHEMA["$defs"].as_object().unwrap().iter().for_each(|(name, schema)| closed(schema, name));
}

/// No key is a number here and something else there; null is no type of its own.
#[test]
fn one_name_is_one_type() {
    let mut types: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    each_property(&mut |_, key, schema| {
        let all = match (schema.get("const"), schema.get("type")) {
            (Some(_), None) => vec!["string"],
            (None, Some(rule)) => names_of(rule).filter(|&name| name != "null").collect(),
            _ => panic!("{key} has no type"),
        };
        types.entry(Box::leak(key.to_owned().into_boxed_str())).or_default().extend(all);
    });
    for (key, types) in types {
        assert_eq!(types.len(), 1, "{key} is {types:?}");
    }
}

#[test]
fn what_is_wrong_is_seen() {
    let good = serde_json::json!({ "type": "error", "account": null, "source": null, "mailbox": null, "exit_code": 64,
                                   "error": "x", "hint": null });
    assert_eq!(complaints(&good), Vec::<String>::new());
    let wrong = |key: &str, value: Option<Value>| {
        let mut object = good.clone();
        match value {
            Some(value) => object.as_object_mut().unwrap().insert(key.to_owned(), value),
            None => object.as_object_mut().unwrap().remove(key),
        };
        complaints(&object)
    };
    for (key, value) in [
        ("more", Some(1.into())),
        ("exit_code", Some("64".into())),
        ("exit_code", Some((-1).into())),
        ("exit_code", Some(Value::Null)),
        ("type", Some("x".into())),
        ("type", None),
        ("hint", None),
        ("hint", Some(true.into())),
    ] {
        assert!(!wrong(key, value.clone()).is_empty(), "{key}: {value:?}");
    }
    let time = serde_json::json!({ "format": "date-time" });
    let time: &'static Value = Box::leak(Box::new(time));
    for (text, expected) in [("2026-11-27T09:00:00Z", 0), ("2026-01-05T10:00:00+01:00", 0), ("yesterday", 1)] {
        let mut found = Vec::new();
        validate(time, &text.into(), "time", &mut found);
        assert_eq!(found.len(), expected, "{text}");
    }
}
