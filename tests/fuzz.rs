//! The corpus and past findings of `fuzz/`, once each.

#[path = "../fuzz/src/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// Each file is an input that was interesting once; a target that fails on one panics, and names the file.
#[test]
fn every_input_of_the_corpus_is_taken() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in targets::TARGETS {
        let mut inputs: Vec<_> = fs::read_dir(corpus.join(name))
            .unwrap_or_else(|error| panic!("no corpus for {name}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "no input for {name}");
        for path in inputs {
            let input = fs::read(&path).unwrap();
            println!("{}", path.display()); // shown if it fails
            target(&input);
        }
    }
}

/// A folder without a target is never looked at.
#[test]
fn every_folder_of_the_corpus_has_a_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for entry in fs::read_dir(corpus).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(targets::names().contains(&name.as_str()), "fuzz/corpus/{name} has no target");
    }
}
