//! The command line as types: options, then a directive, then its arguments.
//!
//! As with getopt, options come before the directive; all that follows it belongs to it, however it looks. Some
//! directives have options of their own (`own`).
//! Nothing here prints or exits.

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser};
use uuid::Uuid;

use crate::model::Evaluator;

mod directive;
mod documentation;
mod own;

pub use directive::Directive;
pub use documentation::{about, completions, man_page};
pub use own::{CheckOptions, ExplainOptions, GraphOptions, HistoryOptions, Own, ServeOptions, WatchOptions};

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    pub options: Options,
    pub directive: Directive,
    pub own: Own,
    /// As they were given; what they mean is for the directive to say.
    pub args: Vec<String>,
}

/// The options of spec 1.2, and a few of ours that have long names alone.
#[derive(Clone, Debug, PartialEq, Parser)]
#[command(about = "Builds the packages of a ports tree: those that are out of date, each in a clean jail.")]
#[command(name = "dsynth", bin_name = "dsynth", args_override_self = true, allow_external_subcommands = true)]
#[command(disable_help_flag = true, disable_version_flag = true, disable_help_subcommand = true)]
#[command(override_usage = "dsynth [options] directive [arguments]")]
pub struct Options {
    /// More messages; twice: on the screen, in place of the display
    #[arg(short, long, action = ArgAction::Count)]
    pub debug: u8,
    /// Purge distfiles even where that looks like a mistake
    #[arg(short, long, action = ArgAction::Count)]
    pub force: u8,
    /// Memory for the packages of dependencies; 0 is a third of all
    #[arg(short, long, value_name = "GB", default_value = "0", value_parser = gigabytes, allow_hyphen_values = true)]
    pub memory: u64,
    /// Factor for the limits by load, swap and memory: 2 lets twice as much happen at once
    #[arg(short = 'M', long, value_name = "FACTOR", default_value = "1", value_parser = percent, allow_hyphen_values = true)]
    #[arg(hide_default_value = true)]
    pub memory_scale: u32,
    /// The profile to use, before DSYNTH_PROFILE and dsynth.ini
    #[arg(short, long, value_name = "NAME", allow_hyphen_values = true)]
    pub profile: Option<String>,
    /// Builders to begin with; 0 is all of them at once [default: by their number]
    #[arg(short, long, value_name = "N", default_value = "-1", value_parser = slow_start, allow_hyphen_values = true)]
    #[arg(hide_default_value = true)]
    pub slow_start: SlowStart,
    /// Keep packages whose dependencies are rebuilt; twice: also those whose ports changed
    #[arg(short = 'x', long, action = ArgAction::Count)]
    pub keep: u8,
    /// Answer yes to every question
    #[arg(short, long)]
    pub yes: bool,
    /// Where dsynth.ini is, in place of /etc/dsynth and /usr/local/etc/dsynth
    #[arg(short = 'C', long, value_name = "DIR", allow_hyphen_values = true)]
    pub config_dir: Option<Utf8PathBuf>,
    /// Developer mode; with `everything` it implies -P
    #[arg(short = 'D', long)]
    pub developer: bool,
    /// Check each package's list of files
    #[arg(short = 'P', long)]
    pub check_plist: bool,
    /// Plain lines in place of the display; twice: without colours
    #[arg(short = 'S', long, action = ArgAction::Count)]
    pub plain: u8,
    /// Do not lower the priority of builds
    #[arg(short = 'N', long)]
    pub no_nice: bool,
    /// Who reads makefiles, before the profile's Evaluator: native, make, or both to compare them
    #[arg(long, value_name = "WHO", value_parser = evaluator)]
    pub evaluator: Option<Evaluator>,
    /// The run's id, for who starts it and wants to find it again
    #[arg(long, value_name = "UUID", hide = true)]
    pub run: Option<Uuid>,
    /// Stop at a port that is broken, wherever it came from
    #[arg(long)]
    pub strict: bool,
    /// Say what would be done and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Answer in JSON: one object, or a line for each event where something is built
    #[arg(long)]
    pub json: bool,
    /// Print this text
    #[arg(short, long)]
    help: bool,
    /// Print the version
    #[arg(short, long)]
    version: bool,
    #[command(subcommand)]
    words: Option<Words>,
}

/// How many builders there are at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowStart {
    /// 1 of fewer than 16, else a quarter.
    Auto,
    /// All of them.
    Off,
    AtMost(u32),
}

/// The directive and what follows it.
#[derive(Clone, Debug, PartialEq, clap::Subcommand)]
enum Words {
    #[command(external_subcommand)]
    All(Vec<OsString>),
}

/// A command line that cannot be understood; exit status 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    #[error("Missing directive")]
    MissingDirective,
    #[error("Unknown option: {0}")]
    UnknownOption(String),
    #[error("Unknown directive '{0}'")]
    UnknownDirective(String),
    #[error("argument `{0}` is not UTF-8")]
    NotUtf8(String),
    /// A value that is missing or wrong, in clap's words.
    #[error("{0}")]
    Value(String),
}

/// What to say after a usage error.
pub const HINT: &str = "Run 'dsynth help' for usage";

/// Reads a command line whose first word is the program's name.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Invocation, UsageError> {
    let matches = command().try_get_matches_from(words).map_err(|error| usage_error(&error))?;
    let mut options = Options::from_arg_matches(&matches).map_err(|error| usage_error(&error))?;
    let words = options.words.take();
    if options.help || options.version {
        let directive = if options.help { Directive::Help } else { Directive::Version };
        return Ok(Invocation { options, directive, own: Own::None, args: Vec::new() });
    }
    let Some(Words::All(words)) = words else { return Err(UsageError::MissingDirective) };
    let mut words = words.into_iter();
    let name = utf8(words.next().ok_or(UsageError::MissingDirective)?)?;
    let directive = Directive::parse(&name).ok_or(UsageError::UnknownDirective(name))?;
    let own::Read { directive, own, words } = own::read(directive, words.collect(), options.json)?;
    let args = words.into_iter().map(utf8).collect::<Result<_, _>>()?;
    Ok(Invocation { options, directive, own, args })
}

fn utf8(word: OsString) -> Result<String, UsageError> {
    word.into_string().map_err(|word| UsageError::NotUtf8(word.to_string_lossy().into_owned()))
}

/// The text of `help` and `-h`, for stderr.
pub fn usage() -> String {
    let width = Directive::ALL.iter().map(|directive| directive.synopsis().len()).max().unwrap_or(0);
    let line = |directive: &Directive| format!("  {:width$}  {}\n", directive.synopsis(), directive.summary());
    let directives: String = Directive::ALL.iter().map(line).collect();
    let after = format!("Directives:\n{directives}\nA port is category/name[@flavor], or a file that lists ports.");
    command().after_help(after).render_help().to_string()
}

/// The line of `version` and `-v`, for stdout.
pub fn version() -> String {
    format!("dsynth {}", env!("CARGO_PKG_VERSION"))
}

fn command() -> clap::Command {
    Options::command()
}

fn usage_error(error: &clap::Error) -> UsageError {
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(option))) => {
            UsageError::UnknownOption(option.trim_start_matches('-').to_owned())
        }
        _ => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            UsageError::Value(first.strip_prefix("error: ").unwrap_or(first).to_owned())
        }
    }
}

fn evaluator(text: &str) -> Result<Evaluator, String> {
    Evaluator::parse(text).ok_or_else(|| "expected native, make or both".into())
}

/// Decimal or `0x` hexadecimal.
fn gigabytes(text: &str) -> Result<u64, String> {
    let hexadecimal = text.strip_prefix("0x").map(|digits| u64::from_str_radix(digits, 16));
    hexadecimal.unwrap_or_else(|| text.parse()).map_err(|_| "expected a number of gigabytes".into())
}

/// A factor as a percentage, kept from 1 to 9900.
fn percent(text: &str) -> Result<u32, String> {
    let factor: f64 = text.parse().map_err(|_| "expected a factor such as 1.5")?;
    if factor.is_nan() {
        return Err("expected a factor such as 1.5".into());
    }
    Ok((factor * 100.0).clamp(1.0, 9900.0) as u32)
}

fn slow_start(text: &str) -> Result<SlowStart, String> {
    match text.parse::<i64>() {
        Ok(0) => Ok(SlowStart::Off),
        Ok(number) if number < 0 => Ok(SlowStart::Auto),
        Ok(number) => Ok(SlowStart::AtMost(u32::try_from(number).unwrap_or(u32::MAX))),
        Err(_) => Err("expected a number of builders".into()),
    }
}

impl SlowStart {
    /// The limit to begin with, for so many builders.
    pub fn limit(self, workers: u32) -> u32 {
        let limit = match self {
            SlowStart::Auto if workers < 16 => 1,
            SlowStart::Auto => workers / 4,
            SlowStart::Off => workers,
            SlowStart::AtMost(limit) => limit.min(workers),
        };
        limit.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Invocation, UsageError> {
        let words = line.split(' ').filter(|word| !word.is_empty());
        parse(std::iter::once("dsynth").chain(words).map(OsString::from))
    }

    fn options(line: &str) -> Options {
        read(&format!("{line} build")).unwrap().options
    }

    #[test]
    fn what_follows_the_directive_belongs_to_it() {
        let table = [
            ("build editors/vim", Directive::Build, vec!["editors/vim"]),
            ("build -x/y -S --strict -- a", Directive::Build, vec!["-x/y", "-S", "--strict", "--", "a"]),
            ("-Syx just-build", Directive::JustBuild, vec![]),
            ("status -h", Directive::Help, vec!["status"]),
            ("build --help", Directive::Help, vec!["build"]),
            ("build a/b --help", Directive::Build, vec!["a/b", "--help"]),
            ("help build", Directive::Help, vec!["build"]),
            ("-p build version", Directive::Version, vec![]),
            ("-- status a/b", Directive::Status, vec!["a/b"]),
        ];
        for (line, directive, args) in table {
            let found = read(line).unwrap();
            assert_eq!(
                (found.directive, found.args),
                (directive, args.into_iter().map(String::from).collect()),
                "{line}"
            );
        }
    }

    #[test]
    fn directives_of_ours_have_options_of_their_own() {
        let own = |line: &str| read(line).map(|found| (found.own, found.args.join(" ")));
        let graph = |change: fn(&mut GraphOptions)| {
            let mut graph = GraphOptions::default();
            change(&mut graph);
            Own::Graph(graph)
        };
        let explain = Own::Explain(ExplainOptions { json: true, ..ExplainOptions::default() });
        let watch = WatchOptions { once: true, poll: true, ..WatchOptions::default() };
        let table = [
            ("watch --once a/b --poll", Own::Watch(watch), "a/b"),
            ("serve --listen [::1]:0", Own::Serve(ServeOptions { listen: "[::1]:0".parse().ok() }), ""),
            ("graph --dot a/b", graph(|graph| graph.dot = true), "a/b"),
            ("graph a/b --depth 2 c/d", graph(|graph| graph.depth = Some(2)), "a/b c/d"),
            ("graph -- --dot", graph(|_| ()), "--dot"),
            ("explain --json a/b", explain.clone(), "a/b"),
            ("--json explain a/b", explain, "a/b"),
            ("build --json a/b", Own::None, "--json a/b"),
        ];
        for (line, expected, args) in table {
            assert_eq!(own(line), Ok((expected, args.to_owned())), "{line}");
        }
        let wrong = [
            ("graph --colour", "Unknown option: colour"),
            ("explain -x a/b", "Unknown option: x"),
            ("--json cleanup", "`cleanup` has no --json"),
            ("--json watch", "`watch` has no --json"),
            ("--json graph --dot", "--dot and --json cannot be had at once"),
            ("graph --depth x", "invalid value 'x' for '--depth <N>': invalid digit found in string"),
            ("graph --within a/b", "the following required arguments were not provided:"),
        ];
        for (line, message) in wrong {
            assert_eq!(own(line).map_err(|error| error.to_string()), Err(message.to_owned()), "{line}");
        }
        assert_eq!(read("graph --help").unwrap().directive, Directive::Help);
    }

    #[test]
    fn options_may_be_clustered_and_repeated() {
        let found = options("-ddSSxxyDPNf -C /cfg -plive -m0x10 -M 1.5 -s4");
        assert_eq!((found.debug, found.plain, found.keep, found.force), (2, 2, 2, 1));
        assert!(found.yes && found.developer && found.check_plist && found.no_nice);
        assert_eq!((found.config_dir, found.profile), (Some("/cfg".into()), Some("live".into())));
        assert_eq!((found.memory, found.memory_scale, found.slow_start), (16, 150, SlowStart::AtMost(4)));
        let found = options("-yy -p a -p b");
        assert_eq!((found.yes, found.profile.as_deref()), (true, Some("b")));
    }

    #[test]
    fn long_names_stand_beside_the_letters() {
        let found = options("--debug --profile=live --config-dir /c --slow-start 0 --keep --strict --dry-run");
        assert!(found.strict && found.dry_run && found.debug == 1 && found.keep == 1);
        assert_eq!((found.profile.as_deref(), found.slow_start), (Some("live"), SlowStart::Off));
    }

    #[test]
    fn without_options_the_defaults_are_dsynths() {
        let found = options("");
        assert_eq!((found.memory, found.memory_scale, found.slow_start), (0, 100, SlowStart::Auto));
        assert!(!found.strict && !found.dry_run && found.config_dir.is_none());
    }

    #[test]
    fn numbers_are_clipped_or_refused() {
        for (text, value) in [("0.001", 1), ("1e9", 9900), ("-3", 1), ("0.999", 99), ("inf", 9900)] {
            assert_eq!(percent(text), Ok(value), "{text}");
        }
        assert_eq!(options("-s -1").slow_start, SlowStart::Auto);
        for line in ["-m x build", "-m -1 build", "-M x build", "-M nan build", "-s 1k build", "-p", "-C"] {
            assert!(matches!(read(line), Err(UsageError::Value(_))), "{line}: {:?}", read(line));
        }
        assert_eq!(
            read("-m x build").unwrap_err().to_string(),
            "invalid value 'x' for '--memory <GB>': expected a number of gigabytes"
        );
    }

    #[test]
    fn a_slow_start_follows_the_builders() {
        let table = [
            (SlowStart::Auto, 15, 1),
            (SlowStart::Auto, 16, 4),
            (SlowStart::Off, 9, 9),
            (SlowStart::AtMost(20), 9, 9),
            (SlowStart::AtMost(2), 9, 2),
        ];
        for (slow_start, workers, limit) in table {
            assert_eq!(slow_start.limit(workers), limit);
        }
    }

    #[test]
    fn a_line_that_says_nothing_known_is_named() {
        let table = [
            ("", "Missing directive"),
            ("-y", "Missing directive"),
            ("-Q build", "Unknown option: Q"),
            ("-yQ build", "Unknown option: Q"),
            ("-O", "Unknown option: O"),
            ("--colour build", "Unknown option: colour"),
            ("--color=never build", "Unknown option: color"),
            ("Build", "Unknown directive 'Build'"),
            ("buil a/b", "Unknown directive 'buil'"),
            ("WORKER", "Unknown directive 'WORKER'"),
        ];
        for (line, message) in table {
            assert_eq!(read(line).map_err(|error| error.to_string()), Err(message.to_owned()), "{line}");
        }
    }

    #[test]
    fn help_and_version_are_directives_too() {
        for (line, directive) in [("-h", Directive::Help), ("-yh build", Directive::Help), ("-v", Directive::Version)] {
            assert_eq!(read(line).unwrap().directive, directive);
        }
        assert!(version().starts_with("dsynth "));
    }

    #[test]
    fn the_usage_names_every_directive_and_option() {
        let usage = usage();
        for directive in Directive::ALL {
            assert!(usage.contains(&format!("\n  {}", directive.synopsis())), "{usage}");
        }
        for letter in "dfhmpvxysCDPMNS".chars() {
            assert!(usage.contains(&format!("  -{letter}, --")), "-{letter}\n{usage}");
        }
    }

    #[test]
    fn a_word_that_is_not_utf8_is_refused() {
        use std::os::unix::ffi::OsStringExt;
        let words = ["dsynth".into(), "build".into(), OsString::from_vec(vec![b'a', 0xff])];
        assert!(matches!(parse(words), Err(UsageError::NotUtf8(_))));
    }
}
