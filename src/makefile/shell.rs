//! Asks commands.

use super::eval::{Evaluation, Run};
use super::expand::Undefined;
use super::host::{Command, Failure};
use super::statement::Severity;
use super::table::Scope;

impl<'a> Evaluation<'a> {
    /// What a command says: without its last newline, the others as blanks.
    pub(super) fn shell(&mut self, text: &[u8], severity: Severity) -> Run<Vec<u8>> {
        let environment = self.shell_environment()?;
        let directory = self.objects.clone();
        let output = self.host.shell(&Command { text, directory: &directory, environment });
        for line in String::from_utf8_lossy(&output.complaints).lines() {
            self.hear(line);
        }
        let shown = String::from_utf8_lossy(text);
        match &output.failure {
            None => {}
            Some(Failure::Status) => self.complain(severity, format!("\"{shown}\" returned non-zero status")),
            Some(Failure::Signal) => self.complain(severity, format!("\"{shown}\" exited on a signal")),
            Some(Failure::NotRun(reason)) => self.complain(severity, format!("Couldn't exec \"{shown}\": {reason}")),
        }
        let mut said = output.text;
        self.room(said.len())?;
        if let Some(nul) = memchr::memchr(0, &said) {
            said.truncate(nul);
        }
        if said.last() == Some(&b'\n') {
            said.pop();
        }
        said.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        Ok(said)
    }

    /// The environment, the command line's variables, and those that are exported, by name.
    fn shell_environment(&mut self) -> Run<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut environment = std::collections::BTreeMap::new();
        if !self.bare_environment {
            environment.extend(self.request.environment.iter().cloned());
            environment.extend(self.request.assignments.iter().cloned());
        }
        environment.extend(self.environment.iter().cloned());
        for at in 0..self.table.variables.len() {
            let variable = &self.table.variables[at];
            let wanted = variable.exported || self.export_all && !variable.name.starts_with(b".");
            let fixed = variable.fixed.then_some(variable.command).flatten();
            if let Some(value) = fixed.or(variable.global.filter(|_| wanted)) {
                let mut text = Vec::new();
                if variable.busy {
                    continue;
                }
                let before = (self.scope, self.undefined);
                (self.scope, self.undefined) = (Scope::Global, Undefined::Vanishes);
                let done = self.value(at, value, &mut text);
                (self.scope, self.undefined) = before;
                done?;
                environment.insert(self.table.variables[at].name.to_vec(), text);
            }
        }
        environment.insert(b"MAKELEVEL".to_vec(), (self.level + 1).to_string().into_bytes());
        Ok(environment.into_iter().collect())
    }
}
