//! `configure`: the selected profile's settings, shown and changed line by line; any terminal will do.

use std::fs;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{INI_FILE, Ini, Key, Profile, config_dir, with_value};

use super::args::Invocation;
use super::error::CliError;
use super::terminal;

const GLOBAL: &str = "Global Configuration";

/// Nothing is written before `s` is said; what cannot be used is never taken.
pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let path = config_dir(invocation.options.config_dir.as_deref())?.join(INI_FILE);
    let text = fs::read_to_string(&path).map_err(|error| CliError::Usage(format!("cannot read `{path}`: {error}")))?;
    let environment = std::env::var("DSYNTH_PROFILE").ok().filter(|name| !name.is_empty());
    let wanted = invocation.options.profile.clone().or(environment);
    let profile = read(&path, &text, wanted.as_deref())?.name;
    let mut form = Form { path, profile, text, changed: false };
    form.show();
    while let Some(word) = ask("Number to change, s to save, q to leave: ") {
        match word.as_str() {
            "" => form.show(),
            "s" => {
                form.save()?;
                return Ok(ExitCode::SUCCESS);
            }
            "q" => break,
            word => form.choose(word),
        }
    }
    if form.changed {
        terminal::line("nothing was saved");
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Utf8Path, text: &str, wanted: Option<&str>) -> Result<Profile, CliError> {
    let ini = Ini::parse(path, text.as_bytes()).map_err(|error| CliError::Usage(error.to_string()))?;
    Ok(Profile::from_ini(&ini, wanted)?)
}

struct Form {
    path: Utf8PathBuf,
    profile: String,
    /// Of the file, as it would be written.
    text: String,
    changed: bool,
}

impl Form {
    fn show(&self) {
        terminal::line(&format!("Profile {} of {}", self.profile, self.path));
        for (number, key) in (1..).zip(Key::ALL) {
            let value = self.value(key).unwrap_or_else(|| "(as without it)".into());
            terminal::line(&format!("{number:3}  {:22} {value}", key.name()));
        }
    }

    /// Of the profile, else of all profiles.
    fn value(&self, key: Key) -> Option<String> {
        let ini = Ini::parse(&self.path, self.text.as_bytes()).ok()?;
        let of = |section: &str| {
            ini.entries(section).filter(|entry| entry.key == key.name()).last().map(|entry| entry.value.clone())
        };
        of(&self.profile).or_else(|| of(GLOBAL))
    }

    fn choose(&mut self, word: &str) {
        let number = word.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let Some(key) = number.and_then(|index| Key::ALL.get(index)).copied().or_else(|| Key::parse(word)) else {
            return terminal::line(&format!("`{word}` is neither a number of the list nor a key"));
        };
        match ask(&format!("{} (empty: as it is): ", key.name())) {
            Some(value) if !value.is_empty() => self.set(key, &value),
            _ => {}
        }
    }

    fn set(&mut self, key: Key, value: &str) {
        let text = with_value(&self.text, &self.profile, key.name(), value);
        let before = std::mem::replace(&mut self.text, text);
        match read(&self.path, &self.text, Some(&self.profile)) {
            Ok(_) if self.value(key).as_deref() == Some(value) => self.changed = true,
            Ok(_) => {
                self.text = before;
                terminal::line("a value cannot hold ` ;` or ` #`: what follows is a remark");
            }
            Err(error) => {
                self.text = before;
                terminal::line(error.to_string().trim_start_matches("dsynth: "));
            }
        }
    }

    /// Whole or not at all, with the permissions that it had; a link stays one.
    fn save(&self) -> Result<(), CliError> {
        let error = |error: io::Error| CliError::Usage(format!("cannot write `{}`: {error}", self.path));
        let path = self.path.canonicalize_utf8().map_err(error)?;
        let new = Utf8PathBuf::from(format!("{path}.new"));
        let written = fs::write(&new, &self.text)
            .and_then(|()| fs::set_permissions(&new, fs::metadata(&path)?.permissions()))
            .and_then(|()| fs::rename(&new, &path));
        written.map_err(error)?;
        terminal::line(&format!("saved {}", self.path));
        Ok(())
    }
}

/// A line without its blanks at both ends; `None` at the end of input.
fn ask(question: &str) -> Option<String> {
    let _ = write!(io::stdout(), "{question}").and_then(|()| io::stdout().flush());
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(length) if length > 0 => Some(answer.trim().to_owned()),
        _ => {
            terminal::line("");
            None
        }
    }
}
