//! What clap knows of the command line, for people: help of a directive, completions, the manual page.

use clap::{Arg, Command};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::{Directive, UsageError, command, own};

/// The text of `help` for one directive.
pub fn about(directive: Directive) -> String {
    page(directive).render_long_help().to_string()
}

/// A script that completes directives and options.
pub fn completions(shell: &str) -> Result<String, UsageError> {
    let shell: Shell = shell.parse().map_err(|_| {
        UsageError::Value(format!("no completions for `{shell}`; choose bash, zsh, fish, elvish or powershell"))
    })?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut documented(), "dsynth", &mut script);
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// The manual page, in the language of man(7).
pub fn man_page() -> String {
    let main = Man::new(command());
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = main.render_title(&mut text);
    let _ = main.render_name_section(&mut text);
    let _ = main.render_synopsis_section(&mut text);
    let _ = main.render_description_section(&mut text);
    let _ = main.render_options_section(&mut text);
    let mut directives = Roff::new();
    directives.control("SH", ["DIRECTIVES"]);
    for directive in Directive::ALL {
        directives.control("TP", []);
        directives.text([bold(directive.synopsis())]);
        directives.text([roman(sentence(directive))]);
        for option in own::command(directive).get_arguments().filter(|option| !option.is_hide_set()) {
            directives.control("RS", []);
            directives.control("TP", []);
            directives.text([bold(name(option))]);
            directives.text([roman(option.get_help().map(ToString::to_string).unwrap_or_default())]);
            directives.control("RE", []);
        }
    }
    directives.control("SH", ["EXIT STATUS"]);
    directives.text([roman(
        "0: all that was asked for is built or up to date. 1: usage, configuration, lock, environment. 2: the run finished, \
         and some port failed, was skipped or is missing. 130, 143: interrupted.",
    )]);
    let _ = directives.to_writer(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// All that can be said in one tree: what is parsed knows nothing of directives, since all that follows one is its own.
fn documented() -> Command {
    let pages = Directive::ALL.map(|directive| page(directive).disable_help_flag(true));
    command().allow_external_subcommands(false).mut_subcommands(|other| other.hide(true)).subcommands(pages)
}

fn page(directive: Directive) -> Command {
    let (name, operands) = directive.synopsis().split_once(' ').unwrap_or((directive.synopsis(), ""));
    let page = own::command(directive).name(name).about(directive.summary());
    let page =
        page.long_about(sentence(directive)).override_usage(format!("dsynth [options] {}", directive.synopsis()));
    let page = page.no_binary_name(false).after_help("Options of all directives: dsynth help");
    if operands.is_empty() || page.get_positionals().next().is_some() {
        page
    } else {
        page.arg(Arg::new("operands").num_args(0..).hide(true))
    }
}

fn sentence(directive: Directive) -> String {
    let summary = directive.summary();
    let mut letters = summary.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}. {}", letters.as_str(), directive.description()).trim_end().to_owned()
}

fn name(option: &Arg) -> String {
    let long = option.get_long().map(|long| format!("--{long}")).unwrap_or_default();
    let value = option.get_value_names().filter(|_| option.get_action().takes_values());
    value.map_or(long.clone(), |names| format!("{long} {}", names.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_has_its_help() {
        for directive in Directive::ALL {
            let text = about(directive);
            assert!(text.contains(&format!("Usage: dsynth [options] {}\n", directive.synopsis())), "{text}");
            assert!(text.contains(directive.description().split(' ').next().unwrap()), "{text}");
        }
        insta::assert_snapshot!(about(Directive::History), @"
        List past runs, or the builds of ports; --count. The newest first.

        Usage: dsynth [options] history [ports]

        Options:
              --count <N>
                  At most so many
                  
                  [default: 20]

              --json
                  Answer in JSON

          -h, --help
                  Print help (see a summary with '-h')

        Options of all directives: dsynth help
        ");
    }

    #[test]
    fn completions_know_directives_and_options() {
        for shell in ["bash", "zsh", "fish", "elvish"] {
            let script = completions(shell).unwrap();
            for word in ["purge-distfiles", "config-dir", "within"] {
                assert!(script.contains(word), "{shell} does not know {word}");
            }
        }
        let error = completions("csh").unwrap_err().to_string();
        assert_eq!(error, "no completions for `csh`; choose bash, zsh, fish, elvish or powershell");
    }

    #[test]
    fn the_manual_page_has_every_directive_and_option() {
        let page = man_page();
        for directive in Directive::ALL {
            let name = directive.name().replace('-', "\\-");
            assert!(page.contains(&format!("\\fB{name}")), "{name}\n{page}");
        }
        for word in ["\\-\\-config\\-dir", "\\-\\-within PORT", ".SH \"EXIT STATUS\""] {
            assert!(page.contains(word), "{word}\n{page}");
        }
    }
}
