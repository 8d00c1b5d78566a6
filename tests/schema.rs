//! The published JSON schema holds, and says everything there is.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::{Run, pack, plan, scan, sources};
use serde_json::Value;
use trailsift::finding::SCHEMA;

fn demo() -> Value {
    serde_json::to_value(scan(&plan(pack()), &sources(&common::demo()), &Run::default())).unwrap()
}

#[test]
fn the_demo_is_as_the_schema_says() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let view = demo();
    let errors: Vec<String> = validator
        .iter_errors(&view)
        .take(5)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    // A schema that lets anything pass would prove nothing.
    for spoil in [
        |view: &mut Value| view["findings"][0]["level"] = "urgent".into(),
        |view: &mut Value| view["findings"][0]["id"] = Value::Null,
        |view: &mut Value| view["summary"]["extra"] = 1.into(),
        |view: &mut Value| {
            view["findings"][0].as_object_mut().unwrap().remove("target");
        },
    ] {
        let mut spoilt = view.clone();
        spoil(&mut spoilt);
        assert!(!validator.is_valid(&spoilt));
    }
}
