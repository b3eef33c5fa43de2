//! What one changed file costs over a real tree. For Linux: the tree gets an overlay, so that nothing of it changes.

#[cfg(target_os = "linux")]
mod tree;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(target_os = "linux")]
    tree::changes()?;
    Ok(())
}
