//! Loops in the graph, shown as a path.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::graph::Graph;

/// For each node that is part of a loop, the loop: from the node back to itself.
pub fn cycles(graph: &Graph) -> Vec<Option<Vec<usize>>> {
    let mut directed: DiGraph<(), ()> = DiGraph::with_capacity(graph.nodes.len(), 0);
    for _ in &graph.nodes {
        directed.add_node(());
    }
    for (from, node) in graph.nodes.iter().enumerate() {
        for (to, _) in &node.edges {
            directed.add_edge(NodeIndex::new(from), NodeIndex::new(*to), ());
        }
    }
    // Kosaraju's way needs no recursion: a chain of 100,000 ports is no reason to overflow the stack.
    let mut loops = vec![None; graph.nodes.len()];
    for component in kosaraju_scc(&directed) {
        let members: Vec<usize> = component.iter().map(|node| node.index()).collect();
        let to_itself = |node: &usize| graph.nodes[*node].edges.iter().any(|(to, _)| to == node);
        if members.len() > 1 || members.iter().any(to_itself) {
            for member in &members {
                loops[*member] = Some(shortest(graph, *member, &members));
            }
        }
    }
    loops
}

/// A loop as `a -> b -> a`.
pub fn shown(graph: &Graph, path: &[usize]) -> String {
    path.iter().map(|node| graph.nodes[*node].spec.to_string()).collect::<Vec<_>>().join(" -> ")
}

/// A shortest way from a member back to itself.
fn shortest(graph: &Graph, start: usize, members: &[usize]) -> Vec<usize> {
    let mut came_from = vec![None; graph.nodes.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for (to, _) in &graph.nodes[node].edges {
            if *to == start {
                return walk_back(start, node, &came_from);
            }
            if members.contains(to) && came_from[*to].is_none() {
                came_from[*to] = Some(node);
                queue.push_back(*to);
            }
        }
    }
    vec![start]
}

fn walk_back(start: usize, last: usize, came_from: &[Option<usize>]) -> Vec<usize> {
    let mut path = vec![start];
    let mut at = last;
    while at != start {
        path.push(at);
        at = came_from[at].unwrap_or(start);
    }
    path.push(start);
    path.reverse();
    path
}
