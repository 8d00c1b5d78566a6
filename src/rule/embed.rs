//! Build script: puts the rule pack into the binary, as text and as parsed. Cargo runs it again when a rule changes.
#![allow(clippy::print_stdout, reason = "it is how a build script talks to cargo")]
#![allow(dead_code, unreachable_pub, reason = "of the loader's files the build needs a part")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[path = "error.rs"]
mod error;
#[path = "pack.rs"]
mod pack;
#[path = "../text.rs"]
mod text;
#[path = "yaml.rs"]
mod yaml;

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("rules");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    gather(&root, &mut files);
    files.sort();
    let mut table = String::from("&[\n");
    let (mut packed, mut texts) = (Vec::new(), pack::Texts::default());
    for file in &files {
        let name = file.strip_prefix(&root).expect("found below it").to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(file).expect("a rule file can be read");
        let start = packed.len();
        // What is not YAML has no packed form: the loader parses the text, and says what is wrong with it.
        if let Ok(documents) = yaml::documents(&text) {
            packed.extend(pack::pack(&documents, &mut texts));
        }
        writeln!(
            table,
            "    ({name:?}, include_str!({:?}), {start}..{}),",
            file.display().to_string(),
            packed.len()
        )
        .expect("a string grows");
    }
    table.push_str("]\n");
    std::fs::write(out.join("rules.in"), table).expect("the build folder can be written to");
    std::fs::write(out.join("rules.packed"), packed).expect("the build folder can be written to");
    std::fs::write(out.join("rules.texts"), texts.all).expect("the build folder can be written to");
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in std::fs::read_dir(folder).expect("the rules folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        }
    }
}
