//! The same for programs: a flat list; a reason that names a port goes on in that port's entry.

use serde::Serialize;

use crate::cli::graph::json::pretty;
use crate::model::{Change, Diagnosis, Fate, FileChange, FileFate, Reason};
use crate::session::explain::{Answer, Explained, Past};
use crate::session::history::BuildRecord;

use super::{began, fate_text, told};

#[derive(Serialize)]
struct Explanation {
    ports: Vec<Port>,
}

#[derive(Default, Serialize)]
struct Port {
    port: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    package: String,
    asked: bool,
    /// `fresh`, `dirty`, `ignored`, `skipped`, `broken` or `cycle`.
    state: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    /// The build that made the package, and when it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    began: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    because_of: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Because>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<Failed>,
}

/// The last build, which failed.
#[derive(Serialize)]
struct Failed {
    build: String,
    began: Option<String>,
    phase: Option<String>,
    failure: Option<String>,
    #[serde(flatten)]
    diagnosis: Option<Diagnosed>,
}

/// See `model::Diagnosis`.
#[derive(Serialize)]
pub(in crate::cli) struct Diagnosed {
    class: &'static str,
    exit: Option<i32>,
    lines: Vec<String>,
}

impl From<Diagnosis> for Diagnosed {
    fn from(Diagnosis { class, exit, lines }: Diagnosis) -> Diagnosed {
        Diagnosed { class: class.name(), exit, lines }
    }
}

#[derive(Default, Serialize)]
struct Because {
    /// `forced`, `cycle`, `never built`, `package missing`, `recipe`, `order`, `dependency` or `not judged`.
    reason: &'static str,
    text: String,
    /// Of the recipe: `port`, `directory`, `file`, `value` or `abi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// The ingredient, or the dependency.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    name: String,
    /// `new`, `gone` or `changed`.
    change: &'static str,
}

pub(super) fn write(explained: &[Explained]) -> String {
    pretty(&Explanation { ports: explained.iter().map(port).collect() })
}

fn port(one: &Explained) -> Port {
    let port = Port {
        port: one.spec.to_string(),
        package: one.pkgfile.clone(),
        asked: one.asked,
        state: state(&one.answer),
        ..Port::default()
    };
    match &one.answer {
        Answer::Fresh(past) => {
            let build = match past {
                Past::Made(build) | Past::Kept(build) => Some(*build),
                Past::Found => None,
            };
            let began = build.and_then(began).map(|time| time.to_string());
            Port { text: told(*past, &one.pkgfile), build: build.map(|build| build.to_string()), began, ..port }
        }
        Answer::Dirty(reasons) => {
            let failed = one.failed.as_ref().map(failed);
            Port { reasons: reasons.iter().map(because).collect(), failed, ..port }
        }
        Answer::Never(fate) => {
            let because_of = one.answer.causes().iter().map(ToString::to_string).collect();
            Port { text: fate_text(fate), because_of, ..port }
        }
    }
}

fn failed(build: &BuildRecord) -> Failed {
    Failed {
        build: build.id.to_string(),
        began: began(build.id).map(|time| time.to_string()),
        phase: build.phase.clone(),
        failure: build.failure.clone(),
        diagnosis: build.diagnosis.clone().map(Diagnosed::from),
    }
}

pub(in crate::cli) fn state(answer: &Answer) -> &'static str {
    match answer {
        Answer::Fresh(_) => "fresh",
        Answer::Dirty(_) => "dirty",
        Answer::Never(Fate::Ignored(_)) => "ignored",
        Answer::Never(Fate::Skipped(_)) => "skipped",
        Answer::Never(Fate::Cyclic(_)) => "cycle",
        Answer::Never(Fate::Broken(_) | Fate::Open) => "broken",
    }
}

fn because(reason: &Reason) -> Because {
    let named = |name| Because { reason: name, text: reason.to_string(), ..Because::default() };
    match reason {
        Reason::Forced => named("forced"),
        Reason::Cycle => named("cycle"),
        Reason::NeverBuilt => named("never built"),
        Reason::PackageMissing { pkgfile } => Because { old: Some(pkgfile.clone()), ..named("package missing") },
        Reason::Recipe { kind, name, change } => {
            let recipe = Because { kind: Some(kind.clone()), name: Some(name.clone()), ..named("recipe") };
            match change {
                Change::New | Change::Gone => recipe,
                Change::Value { before, now } => {
                    Because { old: Some(before.clone()), new: Some(now.clone()), ..recipe }
                }
                Change::Contents(files) => Because { files: files.iter().map(file).collect(), ..recipe },
            }
        }
        Reason::RecipeUnknown => named("recipe-unknown"),
        Reason::Reordered => named("order"),
        Reason::Dependency { spec, before, now } => Because {
            name: Some(spec.to_string()),
            old: Some(before.clone()),
            new: Some(now.clone()),
            ..named("dependency")
        },
        Reason::OldRecord { before, now, .. } => {
            let [old, new] = [before, now].map(|crc| Some(format!("{crc:08x}")));
            Because { old, new, ..named("old record") }
        }
        Reason::RecordDamaged => named("record damaged"),
        Reason::NotJudged(_) => named("not judged"),
    }
}

fn file(file: &FileChange) -> File {
    let change = match file.how {
        FileFate::New => "new",
        FileFate::Gone => "gone",
        FileFate::Changed => "changed",
    };
    File { name: file.name.clone(), change }
}
