//! A package's description of itself, and what it comes down to.

use serde_json::{Map, Value};

use crate::model::{Fingerprint, PackageFacts};

/// What differs between equal builds, or is known of the file and not of the package.
const VARYING: &[&str] = &["timestamp", "pkgsize", "path", "repopath", "sum"];

/// Annotations that tell when, where and from which commit it was built.
const BUILD_NOTES: &[&str] = &[
    "FreeBSD_version",
    "build_timestamp",
    "built_by",
    "port_checkout_unclean",
    "port_git_hash",
    "ports_top_checkout_unclean",
    "ports_top_git_hash",
    "relocated",
    "repo_type",
    "repository",
];

/// Lists whose order says something; pkg(8) writes the others in the order of its hash tables.
const ORDERED: &[&str] = &["messages", "lua_scripts"];

pub(super) struct Manifest {
    fields: Map<String, Value>,
}

/// A member of the archive, for packages whose manifest does not tell its files' checksums.
pub(super) struct Content {
    pub(super) path: String,
    /// Of its type, mode, link target and bytes.
    pub(super) digest: [u8; 32],
}

impl Manifest {
    /// The reason of a failure is a clause.
    pub(super) fn parse(bytes: &[u8]) -> Result<Manifest, String> {
        // Old versions of pkg(8) let control characters and other encodings through.
        let text = String::from_utf8_lossy(bytes);
        let value = serde_json::from_str(&text).or_else(|error| {
            serde_json::from_str(&text.replace(|c: char| c.is_ascii_control(), " ")).map_err(|_| error)
        });
        match value {
            Ok(Value::Object(fields)) => Ok(Manifest { fields }),
            Ok(_) => Err("its manifest is not an object".into()),
            Err(error) => Err(format!("its manifest is not JSON: {error}")),
        }
    }

    /// Whether every file comes with a checksum.
    pub(super) fn has_sums(&self) -> bool {
        let sum = |file: &Value| scalar(file.get("sum").unwrap_or(file)).is_some_and(|sum| sum.len() > 1);
        self.object("files").is_some_and(|files| files.values().all(sum))
    }

    /// `contents`: the archive's members, if `has_sums` says no.
    pub(super) fn facts(&self, contents: Vec<Content>) -> Result<PackageFacts, String> {
        Ok(PackageFacts {
            name: self.required("name")?,
            version: self.required("version")?,
            origin: self.required("origin")?,
            flavor: self.object("annotations").and_then(|notes| scalar(notes.get("flavor")?)),
            output: self.output(&contents),
            plist: self.plist(&contents),
            shlibs_provided: self.sorted_list("shlibs_provided"),
            shlibs_required: self.sorted_list("shlibs_required"),
            depends: self.depends(),
        })
    }

    fn output(&self, contents: &[Content]) -> Fingerprint {
        let mut lines = Vec::new();
        for (key, value) in self.fields.iter().filter(|(key, _)| !VARYING.contains(&key.as_str())) {
            match value {
                Value::Object(notes) if key == "annotations" => {
                    let lasting = notes.iter().filter(|(note, _)| !BUILD_NOTES.contains(&note.as_str()));
                    lasting.for_each(|(note, value)| flatten(&format!("{key}\0{note}"), value, false, &mut lines));
                }
                value => flatten(key, value, ORDERED.contains(&key.as_str()), &mut lines),
            }
        }
        let mut lines: Vec<Vec<u8>> = lines.into_iter().map(String::into_bytes).collect();
        lines.extend(contents.iter().map(|content| [b"\0", content.path.as_bytes(), b"\0", &content.digest].concat()));
        lines.sort();
        Fingerprint::of_fields(lines.iter().map(Vec::as_slice))
    }

    fn plist(&self, contents: &[Content]) -> Fingerprint {
        let keys = |field| self.object(field).into_iter().flat_map(|paths| paths.keys().map(String::as_str));
        let mut paths: Vec<&str> = keys("files").chain(keys("directories")).collect();
        if self.object("files").is_none() {
            paths.extend(contents.iter().map(|content| content.path.as_str()));
        }
        paths.sort();
        paths.dedup();
        Fingerprint::of_fields(paths.into_iter().map(str::as_bytes))
    }

    fn depends(&self) -> Vec<(String, String)> {
        let depends = self.object("deps").into_iter().flatten();
        let version = |depend: &Value| depend.get("version").and_then(scalar).unwrap_or_default();
        let mut depends: Vec<_> = depends.map(|(name, depend)| (name.clone(), version(depend))).collect();
        depends.sort();
        depends
    }

    fn sorted_list(&self, field: &str) -> Vec<String> {
        let mut list: Vec<String> = match self.fields.get(field) {
            Some(Value::Array(items)) => items.iter().filter_map(scalar).collect(),
            Some(item) => scalar(item).into_iter().collect(),
            None => Vec::new(),
        };
        list.sort();
        list.dedup();
        list
    }

    fn required(&self, field: &str) -> Result<String, String> {
        let text = self.fields.get(field).and_then(scalar).filter(|text| !text.is_empty());
        text.ok_or_else(|| format!("its manifest has no `{field}`"))
    }

    fn object(&self, field: &str) -> Option<&Map<String, Value>> {
        self.fields.get(field)?.as_object()
    }
}

/// A line for each value, beginning with the way to it; empty lists and objects are as good as none.
/// Whoever sorts the lines gets the same for the same things in another order.
fn flatten(way: &str, value: &Value, ordered: bool, lines: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            // Times of files differ from build to build.
            let lasting = fields.iter().filter(|(key, _)| *key != "mtime");
            lasting.for_each(|(key, value)| flatten(&format!("{way}\0{key}"), value, ordered, lines));
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let place = if ordered { place.to_string() } else { String::new() };
                flatten(&format!("{way}\0[{place}]"), item, ordered, lines);
            }
        }
        scalar => lines.push(format!("{way}\0={scalar}")),
    }
}

/// Versions that look like numbers may be written as such.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn base() -> Value {
        json!({
            "name": "b", "version": "1.0,1", "origin": "a/b", "flatsize": 9,
            "deps": {"e": {"origin": "d/e", "version": "2"}, "c": {"origin": "d/c", "version": 3}},
            "files": {"/usr/local/bin/b": "1$00", "/usr/local/lib/b": {"sum": "1$11", "perm": "0644", "mtime": 5}},
            "directories": {"/usr/local/b": "y"}, "options": {"DOCS": "on"},
            "shlibs_required": ["libz.so.1", "liba.so.1"], "scripts": {"post-install": "true"},
            "annotations": {"flavor": "py311", "built_by": "x", "FreeBSD_version": "1400097"},
        })
    }

    fn facts(value: &Value) -> PackageFacts {
        Manifest::parse(value.to_string().as_bytes()).unwrap().facts(Vec::new()).unwrap()
    }

    /// The base with the value at a JSON pointer replaced.
    fn with(pointer: &str, new: Value) -> PackageFacts {
        let mut value = base();
        *value.pointer_mut(pointer).unwrap() = new;
        facts(&value)
    }

    #[test]
    fn reads_the_fields() {
        let facts = facts(&base());
        assert_eq!((facts.pkgname().as_str(), facts.origin.as_str()), ("b-1.0,1", "a/b"));
        assert_eq!(facts.flavor.as_deref(), Some("py311"));
        assert_eq!(facts.shlibs_required, ["liba.so.1", "libz.so.1"]);
        assert_eq!(facts.depends, [("c".into(), "3".into()), ("e".into(), "2".into())]);
    }

    #[test]
    fn what_an_installation_would_see_changes_the_output() {
        let before = facts(&base());
        let changes = [
            ("/files/~1usr~1local~1bin~1b", json!("1$01")),
            ("/files/~1usr~1local~1lib~1b/perm", json!("0755")),
            ("/deps/e/version", json!("2_1")),
            ("/options/DOCS", json!("off")),
            ("/scripts/post-install", json!("false")),
            ("/annotations/flavor", json!("py39")),
            ("/shlibs_required", json!(["liba.so.1"])),
        ];
        for (pointer, new) in changes {
            let after = with(pointer, new);
            assert_ne!(after.output, before.output, "{pointer}");
            assert_eq!(after.plist, before.plist, "{pointer}");
        }
        assert_ne!(with("/directories", json!({"/usr/local/c": "y"})).plist, before.plist);
    }

    #[test]
    fn what_differs_between_equal_builds_does_not() {
        let before = facts(&base());
        let same = [
            ("/annotations/built_by", json!("y")),
            ("/annotations/FreeBSD_version", json!("1500000")),
            ("/files/~1usr~1local~1lib~1b/mtime", json!(6)),
            ("/shlibs_required", json!(["liba.so.1", "libz.so.1"])),
        ];
        for (pointer, new) in same {
            assert_eq!(with(pointer, new), before, "{pointer}");
        }
        let mut value = base();
        value["timestamp"] = json!(1);
        value["shlibs_provided"] = json!([]);
        assert_eq!(facts(&value), before);
    }

    #[test]
    fn tolerates_what_old_versions_of_pkg_wrote() {
        let text = b"{\"name\":\"b\",\"version\":1,\"origin\":\"a/b\",\"comment\":\"caf\xe9\x07\n\"}\n";
        let manifest = Manifest::parse(text).unwrap();
        assert_eq!(manifest.facts(Vec::new()).unwrap().version, "1");
        assert!(!manifest.has_sums());
    }

    #[test]
    fn says_what_a_manifest_lacks() {
        let reason = |text: &str| match Manifest::parse(text.as_bytes()) {
            Ok(manifest) => manifest.facts(Vec::new()).unwrap_err(),
            Err(reason) => reason,
        };
        assert_eq!(reason("[]"), "its manifest is not an object");
        assert_eq!(reason(r#"{"name":"b","version":""}"#), "its manifest has no `version`");
        assert!(reason("name: b").starts_with("its manifest is not JSON: "));
    }

    #[test]
    fn a_dash_is_no_checksum() {
        let has_sums =
            |files: Value| Manifest::parse(json!({"files": files}).to_string().as_bytes()).unwrap().has_sums();
        assert!(has_sums(json!({"/a": "1$00", "/b": {"sum": "1$00"}})));
        assert!(!has_sums(json!({"/a": "1$00", "/b": "-"})));
        assert!(!has_sums(json!({"/a": {"uname": "root"}})));
    }
}
