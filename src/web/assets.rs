//! The page: part of the program, so that it fits its data and needs no installation.

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A path beside the data, its contents and their type. Scripts are plain ones, in the order in which the page has them:
/// modules cannot be had from files.
pub(super) const ASSETS: [(&str, &str, &str); 16] = [
    (PAGE, include_str!("page/index.html"), "text/html; charset=utf-8"),
    ("page/page.css", include_str!("page/page.css"), "text/css; charset=utf-8"),
    ("page/element.js", include_str!("page/element.js"), SCRIPT),
    ("page/amount.js", include_str!("page/amount.js"), SCRIPT),
    ("page/source.js", include_str!("page/source.js"), SCRIPT),
    ("page/choice.js", include_str!("page/choice.js"), SCRIPT),
    ("page/run.js", include_str!("page/run.js"), SCRIPT),
    ("page/overview.js", include_str!("page/overview.js"), SCRIPT),
    ("page/slots.js", include_str!("page/slots.js"), SCRIPT),
    ("page/failures.js", include_str!("page/failures.js"), SCRIPT),
    ("page/plots.js", include_str!("page/plots.js"), SCRIPT),
    ("page/table.js", include_str!("page/table.js"), SCRIPT),
    ("page/builds.js", include_str!("page/builds.js"), SCRIPT),
    ("page/log.js", include_str!("page/log.js"), SCRIPT),
    ("page/port.js", include_str!("page/port.js"), SCRIPT),
    ("page/page.js", include_str!("page/page.js"), SCRIPT),
];

pub(super) const PAGE: &str = "index.html";
