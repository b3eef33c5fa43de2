//! The options that directives of ours have after their name. Those of spec 1.5 have none: all that follows them
//! are arguments, however they look.

use std::ffi::OsString;
use std::net::SocketAddr;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

use super::{Directive, UsageError, usage_error};

/// Options of one directive.
#[derive(Clone, Debug, PartialEq)]
pub enum Own {
    None,
    Graph(GraphOptions),
    Check(CheckOptions),
    Explain(ExplainOptions),
    Watch(WatchOptions),
    History(HistoryOptions),
    Serve(ServeOptions),
}

#[derive(Clone, Debug, Default, PartialEq, Parser)]
#[command(no_binary_name = true, disable_version_flag = true)]
pub struct GraphOptions {
    /// For graphviz
    #[arg(long)]
    pub dot: bool,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    /// What depends on the ports, of the whole tree
    #[arg(long)]
    pub reverse: bool,
    /// At most so many edges away from the ports
    #[arg(long, value_name = "N")]
    pub depth: Option<usize>,
    /// With --reverse: not of the whole tree, but of what this port needs
    #[arg(long, value_name = "PORT", requires = "reverse")]
    pub within: Vec<String>,
    #[arg(value_name = "PORT", hide = true)]
    pub(super) words: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Parser)]
#[command(no_binary_name = true, disable_version_flag = true)]
pub struct CheckOptions {
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    #[arg(value_name = "PORT", hide = true)]
    pub(super) words: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Parser)]
#[command(no_binary_name = true, disable_version_flag = true)]
pub struct ExplainOptions {
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    #[arg(value_name = "PORT", hide = true)]
    pub(super) words: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Parser)]
#[command(no_binary_name = true, disable_version_flag = true)]
pub struct WatchOptions {
    /// One round, and no waiting
    #[arg(long)]
    pub once: bool,
    /// Each round says what would be built, and builds nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Compare stamps even where the kernel tells changes: a tree on another machine's disk
    #[arg(long)]
    pub poll: bool,
    #[arg(value_name = "PORT", hide = true)]
    pub(super) words: Vec<OsString>,
}

#[derive(Clone, Debug, PartialEq, Parser)]
#[command(no_binary_name = true, disable_version_flag = true)]
pub struct HistoryOptions {
    /// At most so many
    #[arg(long, value_name = "N", default_value = "20")]
    pub count: usize,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    #[arg(value_name = "PORT", hide = true)]
    pub(super) words: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Parser)]
#[command(no_binary_name = true, disable_version_flag = true)]
pub struct ServeOptions {
    /// Where to listen, before the profile's Api_listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
}

/// A directive with its options, and the words that are left.
pub(super) struct Read {
    pub(super) directive: Directive,
    pub(super) own: Own,
    pub(super) words: Vec<OsString>,
}

/// `json` was given before the directive.
pub(super) fn read(directive: Directive, words: Vec<OsString>, json: bool) -> Result<Read, UsageError> {
    let read = match directive {
        Directive::Graph => options(words)?.map(|mut graph: GraphOptions| {
            graph.json |= json;
            (std::mem::take(&mut graph.words), Own::Graph(graph))
        }),
        Directive::Check => options(words)?.map(|mut check: CheckOptions| {
            check.json |= json;
            (std::mem::take(&mut check.words), Own::Check(check))
        }),
        Directive::Explain => options(words)?.map(|mut explain: ExplainOptions| {
            explain.json |= json;
            (std::mem::take(&mut explain.words), Own::Explain(explain))
        }),
        Directive::Watch if !json => {
            options(words)?.map(|mut watch: WatchOptions| (std::mem::take(&mut watch.words), Own::Watch(watch)))
        }
        Directive::History => options(words)?.map(|mut history: HistoryOptions| {
            history.json |= json;
            (std::mem::take(&mut history.words), Own::History(history))
        }),
        Directive::Serve if !json => options(words)?.map(|serve: ServeOptions| (Vec::new(), Own::Serve(serve))),
        _ if words.first().is_some_and(|word| word == "--help" || word == "-h") => None,
        _ if json && !answers_in_json(directive) => {
            return Err(UsageError::Value(format!("`{}` has no --json", directive.name())));
        }
        _ => Some((words, Own::None)),
    };
    Ok(match read {
        Some((_, Own::Graph(GraphOptions { dot: true, json: true, .. }))) => {
            return Err(UsageError::Value("--dot and --json cannot be had at once".into()));
        }
        Some((words, own)) => Read { directive, own, words },
        None => Read { directive: Directive::Help, own: Own::None, words: vec![directive.name().into()] },
    })
}

/// Those without options of their own; they are told before the directive.
fn answers_in_json(directive: Directive) -> bool {
    use Directive::{
        Build, Debug, Everything, FetchOnly, Force, Install, JustBuild, Monitor, Status, StatusEverything, Test,
    };
    let looks = matches!(directive, Status | StatusEverything | Monitor);
    looks || matches!(directive, Build | JustBuild | Install | Force | Test | Debug | Everything | FetchOnly)
}

/// The command of a directive's own options, for who documents it.
pub(super) fn command(directive: Directive) -> clap::Command {
    match directive {
        Directive::Graph => GraphOptions::command(),
        Directive::Check => CheckOptions::command(),
        Directive::Explain => ExplainOptions::command(),
        Directive::Watch => WatchOptions::command(),
        Directive::History => HistoryOptions::command(),
        Directive::Serve => ServeOptions::command(),
        _ => clap::Command::new(directive.name()),
    }
}

/// `None` if it is help that is wanted.
fn options<T: Parser + FromArgMatches>(words: Vec<OsString>) -> Result<Option<T>, UsageError> {
    match T::try_parse_from(words) {
        Ok(options) => Ok(Some(options)),
        Err(error) if error.kind() == ErrorKind::DisplayHelp => Ok(None),
        Err(error) => Err(usage_error(&error)),
    }
}
