//! `configure`, answered as by a person at a terminal.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::world::World;

/// What it says after its list of settings, and its exit status.
fn answered(world: &World, lines: &str) -> String {
    let mut command = world.command(&["configure"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said = said.replace(world.base.as_str(), "W");
    let after = said.find("Number to change").map_or(said.as_str(), |at| &said[at..]);
    format!("{after}exit {}", output.status.code().unwrap())
}

#[test]
fn settings_are_shown_changed_and_saved() {
    let world = World::empty();
    std::fs::set_permissions(world.path("cfg/dsynth.ini"), std::fs::Permissions::from_mode(0o640)).unwrap();
    world.edit("cfg/dsynth.ini", "Number_of_builders= 4", "; how many\nNumber_of_builders= 4 ; not 5");
    let before = world.read("cfg/dsynth.ini");
    let shown = world.finish({
        let mut command = world.command(&["configure"]);
        command.stdin(Stdio::null());
        command
    });
    let shown: Vec<&str> = shown
        .stdout
        .lines()
        .filter(|line| line.contains("builders") || line.contains("Meta") || line.contains("Profile"))
        .collect();
    assert_snapshot!(shown.join("\n"), @"
    Profile T of W/cfg/dsynth.ini
     12  Meta_version           (as without it)
     13  Number_of_builders     4
    ");
    assert_snapshot!(answered(&world, "13\n2000\n13\n3\nMeta_version\n1\nnonsense\n1\nx ; y\n99\nq\n"), @"
    Number to change, s to save, q to leave: Number_of_builders (empty: as it is): W/cfg/dsynth.ini:17: `Number_of_builders`: 2000 is out of range; choose 0 to 1024
    Number to change, s to save, q to leave: Number_of_builders (empty: as it is): Number to change, s to save, q to leave: Meta_version (empty: as it is): Number to change, s to save, q to leave: `nonsense` is neither a number of the list nor a key
    Number to change, s to save, q to leave: Operating_system (empty: as it is): W/cfg/dsynth.ini:5: `Operating_system`: `x` is not one of DragonFly FreeBSD Linux
    Number to change, s to save, q to leave: `99` is neither a number of the list nor a key
    Number to change, s to save, q to leave: nothing was saved
    exit 0
    ");
    assert_eq!(world.read("cfg/dsynth.ini"), before, "nothing was saved");
    assert_snapshot!(answered(&world, "13\n3\nMeta_version\n1\n2\n\ns\n"), @"
    Number to change, s to save, q to leave: Number_of_builders (empty: as it is): Number to change, s to save, q to leave: Meta_version (empty: as it is): Number to change, s to save, q to leave: Directory_packages (empty: as it is): Number to change, s to save, q to leave: saved W/cfg/dsynth.ini
    exit 0
    ");
    let expected = before.replace("Number_of_builders= 4 ;", "Number_of_builders= 3 ;") + "Meta_version= 1\n";
    assert_eq!(world.read("cfg/dsynth.ini"), expected);
    let mode = std::fs::metadata(world.path("cfg/dsynth.ini")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    world.remove("cfg/dsynth.ini");
    assert_snapshot!(answered(&world, ""), @"
    dsynth: no configuration: there is no `W/cfg/dsynth.ini`; `dsynth init` writes one
    exit 1
    ");
}
