//! The fields of a finding by name, from its published form: what a suppression may ask for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::SCHEMA;

/// Every field of a finding that holds a value, with dots: `source.ip`, `evidence.event_name`.
pub fn fields() -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    if let Ok(schema) = serde_json::from_str::<Value>(SCHEMA) {
        let definitions = &schema["$defs"];
        gather(&definitions["finding"], definitions, "", &mut fields);
    }
    fields
}

fn gather(shape: &Value, definitions: &Value, path: &str, fields: &mut BTreeSet<String>) {
    if let Some(name) = shape["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return gather(&definitions[name], definitions, path, fields);
    }
    let several = ["oneOf", "anyOf"].iter().filter_map(|key| shape[key].as_array()).flatten();
    // An array's elements are asked for one by one, under its own name.
    let parts: Vec<&Value> = several.chain(shape.get("items")).collect();
    parts.iter().for_each(|part| gather(part, definitions, path, fields));
    match shape["properties"].as_object() {
        Some(properties) => properties.iter().for_each(|(name, part)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            gather(part, definitions, &path, fields);
        }),
        None if parts.is_empty() && shape["type"] != "null" => {
            fields.insert(path.to_owned());
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_at_every_depth() {
        let fields = fields();
        for name in ["account", "level", "source.ip", "principal.chain.role", "new_term.term.value", "why"] {
            assert!(fields.contains(name), "{name} of {fields:?}");
        }
        for none in ["", "source", "evidence", "source.ipp", "principal.chain"] {
            assert!(!fields.contains(none), "{none}");
        }
    }
}
