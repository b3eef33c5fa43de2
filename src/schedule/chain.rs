//! Chains of origins that say why a job was skipped.

use crate::model::OriginSpec;

/// Longer chains lose their middle: with many jobs behind one failure, whole chains would fill the memory.
const LINKS: usize = 24;

/// The chain of a job whose dependency `link` was itself skipped for `chain`.
pub(super) fn lengthen(link: &OriginSpec, chain: &str) -> String {
    let mut links: Vec<&str> = chain.split("->").collect();
    if links.len() >= LINKS {
        let culprit = links.last().copied().unwrap_or_default();
        links.truncate(LINKS - 3);
        links.extend(["...", culprit]);
    }
    format!("{link}->{}", links.join("->"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain_of(length: usize) -> String {
        (1..length).fold("c/0".to_owned(), |chain, n| lengthen(&OriginSpec::parse(&format!("c/{n}")).unwrap(), &chain))
    }

    #[test]
    fn a_chain_grows_in_front_and_keeps_its_culprit() {
        assert_eq!(chain_of(3), "c/2->c/1->c/0");
        assert_eq!(chain_of(LINKS).matches("->").count(), LINKS - 1);
    }

    #[test]
    fn a_long_chain_keeps_both_ends() {
        let chain = chain_of(1000);
        assert!(chain.starts_with("c/999->c/998->") && chain.ends_with("->...->c/0"), "{chain}");
        assert_eq!(chain.split("->").count(), LINKS);
    }
}
