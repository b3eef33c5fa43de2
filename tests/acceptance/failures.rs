//! What a failure comes down to, wherever it is told.

use insta::assert_snapshot;
use serde_json::Value;

use crate::world::World;

/// Class, phase, exit and lines of each failure, without paths of this run.
fn told<'a>(failed: impl IntoIterator<Item = &'a Value>) -> String {
    let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let line = |one: &Value| {
        let [port, class, phase, exit] = ["port", "class", "phase", "exit"].map(|name| text(&one[name]));
        let lines: Vec<String> = one["lines"].as_array().into_iter().flatten().map(text).collect();
        let lines = lines.iter().map(|line| format!("\n    {line}")).collect::<String>();
        format!("{port}: {class} in {phase}, {exit}{lines}")
    };
    let mut told: Vec<String> = failed.into_iter().map(line).collect();
    told.sort();
    told.join("\n")
}

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_failure_has_a_class_and_the_lines_that_say_why() {
    let Some(mut world) = World::new() else { return };
    world.set("Max_log_size", "1M");
    let port = |name: &str, more: &str| {
        let begin = format!("PORTNAME={name}\nPORTVERSION=1\nCATEGORIES=broken\nMAINTAINER=x@example.org\nCOMMENT=x\n");
        world.write(
            &format!("ports/broken/{name}/Makefile"),
            format!("{begin}{more}.include <bsd.port.mk>\n").as_bytes(),
        );
    };
    port("fetch", "MASTER_SITES=file:///nowhere/\nDISTFILES=gone-1.tar.gz\n");
    let sums = format!("SHA256 (gone-1.tar.gz) = {}\nSIZE (gone-1.tar.gz) = 1\n", "0".repeat(64));
    world.write("ports/broken/fetch/distinfo", sums.as_bytes());
    port(
        "configure",
        "USES=token\ndo-configure:\n\t@echo checking for x... no; echo 'configure: error: no x'; exit 77\n",
    );
    let link = "do-build:\n\t@echo 'int f(void); int main(void){return f();}' > ${WRKDIR}/a.c; cc -o ${WRKDIR}/a ${WRKDIR}/a.c\n";
    port("link", &format!("USES=token\n{link}"));
    port("killed", "USES=token\ndo-build:\n\t@echo x; kill -9 $$PPID\n");
    port(
        "flood",
        "USES=token\ndo-build:\n\t@while :; do echo error: nothing but this, all over and over again; done\n",
    );
    let names = "fetch configure link killed flood build-fails badplist patch-fails wrong-checksum";
    let ports: Vec<String> = names.split(' ').map(|name| format!("broken/{name}")).collect();
    let words =
        |first: &[&str]| -> Vec<String> { first.iter().map(ToString::to_string).chain(ports.clone()).collect() };
    let run = |first: &[&str]| world.run(&words(first).iter().map(String::as_str).collect::<Vec<_>>());

    let ran = run(&["-P", "--json", "just-build"]);
    assert_eq!(ran.status, 2, "{}", ran.whole());
    let events = json(&ran.stdout);
    let failed = events.iter().filter(|event| event["event"] == "failed");
    let events = told(failed);
    assert_snapshot!(events, @"
    broken/badplist: plist in check-plist, 1
        ===>  Checking the plist of badplist-1
        ===>   Orphaned: /usr/local/share/fixture/stray
    broken/build-fails: compile in build, 1
        wrong.c:3:16: error: 'this_is_not_declared' undeclared (first use in this function)
    broken/configure: configure in configure, 1
        configure: error: no x
    broken/fetch: fetch in fetch, 1
        ===>   Couldn't fetch gone-1.tar.gz
    broken/flood: too much output in build, null
    broken/killed: killed in build, null
        ===>  Building for killed-1
        x
    broken/link: link in build, 1
        a.c:(.text+0x5): undefined reference to `f'
        collect2: error: ld returned 1 exit status
    broken/patch-fails: patch in patch, 1
        1 out of 1 hunk FAILED -- saving rejects to file tablegen.c.rej
    broken/wrong-checksum: checksum in checksum, 1
        ===>   checksum mismatch for tablegen-1.2.tar.gz
    ");

    let history: Value = serde_json::from_str(&run(&["history", "--json"]).stdout).unwrap();
    assert_eq!(told(history.as_array().unwrap()), events, "recorded");
    let explained: Value = serde_json::from_str(&run(&["explain", "--json"]).stdout).unwrap();
    let explained: Vec<Value> = explained["ports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|port| {
            let mut failed = port["failed"].clone();
            failed["port"] = port["port"].clone();
            failed
        })
        .collect();
    assert_eq!(told(&explained), events, "explained");
    assert_snapshot!(world.run(&["history", "broken/link"]).stdout.split_once(" broken").unwrap().1, @"/link 1 failed in build: link, exit 1");
    let explained = world.run(&["explain", "broken/link"]).stdout;
    assert_snapshot!(explained.lines().filter(|line| !line.contains("last build")).collect::<Vec<_>>().join("\n"), @"
    broken/link: to be built
      never built
        a.c:(.text+0x5): undefined reference to `f'
        collect2: error: ld returned 1 exit status
    ");
    let log = world.log("broken___link.log");
    let end: Vec<&str> = log.lines().rev().take(5).collect();
    assert_snapshot!(end.into_iter().rev().collect::<Vec<_>>().join("\n"), @"
    --------
    dsynth: broken/link failed in build: link, exit 1
        a.c:(.text+0x5): undefined reference to `f'
        collect2: error: ld returned 1 exit status
    --------
    ");
}
