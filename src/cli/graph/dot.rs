//! A graph for graphviz; arrows go from a port to what it depends on.

use crate::model::{Chart, ChartPort, PortState};

pub(super) fn draw(chart: &Chart) -> String {
    let mut lines = vec!["digraph ports {".to_owned(), "  node [shape=box];".to_owned()];
    for port in &chart.ports {
        lines.push(format!(
            "  {} [label={}{}];",
            quoted(&port.spec.to_string()),
            quoted(&label(port)),
            style(&port.state)
        ));
    }
    for port in &chart.ports {
        for edge in &port.depends {
            let (from, to) = (port.spec.to_string(), chart.ports[edge.port].spec.to_string());
            lines.push(format!("  {} -> {} [label={}];", quoted(&from), quoted(&to), quoted(&edge.kinds.to_string())));
        }
    }
    lines.push("}".into());
    lines.join("\n")
}

fn label(port: &ChartPort) -> String {
    let cut = if port.cut { "\n..." } else { "" };
    match port.pkgname.as_str() {
        "" => format!("{}{cut}", port.spec),
        package => format!("{}\n{package}{cut}", port.spec),
    }
}

fn style(state: &PortState) -> &'static str {
    match state {
        PortState::Fine => "",
        PortState::Ignored(_) => " style=dashed",
        PortState::Missing(_) | PortState::Broken(_) => " color=red",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
