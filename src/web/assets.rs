//! The page: part of the program, so that it fits its data and needs no installation.

/// A file name, its contents and their type.
pub(super) const ASSETS: [(&str, &str, &str); 3] = [
    ("index.html", include_str!("page/index.html"), "text/html; charset=utf-8"),
    ("page.css", include_str!("page/page.css"), "text/css; charset=utf-8"),
    ("page.js", include_str!("page/page.js"), "text/javascript; charset=utf-8"),
];
