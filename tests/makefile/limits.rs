//! Makefiles that would never end, or take all there is: each is given up with words of its own.

use std::fs;
use std::path::Path;

use dsynth::makefile::{Disk, Limits, Makefile, Request, evaluate};

use crate::random::Random;

fn limits() -> Limits {
    Limits { steps: 2_000_000, value: 1 << 20, memory: 32 << 20, ..Limits::default() }
}

fn failure_in(directory: &Path) -> String {
    let request = Request {
        directory: directory.to_str().unwrap().into(),
        makefiles: vec![b"makefile".to_vec()],
        environment: vec![(b"PATH".to_vec(), b"/usr/bin:/bin".to_vec())],
        expressions: vec![b"${A}".to_vec()],
        limits: limits(),
        ..Request::default()
    };
    match evaluate(&request, &Disk) {
        Ok(answer) => format!("ok {}", answer.values[0].len()),
        Err(failed) => failed.complaints.last().unwrap().message.clone(),
    }
}

fn failure(text: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("makefile"), text).unwrap();
    failure_in(directory.path())
}

#[test]
fn what_grows_without_end_is_given_up() {
    let doubling = "A=aaaaaaaa\n".to_owned() + &"A:=${A} ${A}\n".repeat(40);
    assert_eq!(failure(doubling.as_bytes()), "a value grows longer than 1048576 bytes");
    let nested = "L=a a a a a a a a a a a a a a a a\n".to_owned()
        + &(0..12).map(|at| format!(".for v{at} in ${{L}}\n")).collect::<String>()
        + "X=1\n"
        + &".endfor\n".repeat(12);
    assert_eq!(failure(nested.as_bytes()), "given up after 2000000 steps: does it ever end?");
    assert_eq!(failure(b".include \"makefile\"\n"), "100 files include each other");
    let kept = "A=".to_owned() + &"x".repeat(500_000) + "\n" + &"B:=${A:S/x/y/}\n".repeat(200);
    assert_eq!(failure(kept.as_bytes()), "values take more than 33554432 bytes");
}

#[test]
fn what_is_nested_too_deeply_is_broken_or_given_up() {
    let chain: String = (0..20_000).map(|at| format!("V{at}=${{V{}}}\n", at + 1)).collect();
    assert_eq!(failure(format!("{chain}A:=${{V0}}\n").as_bytes()), "nested too deeply");
    let braces = format!("A:={}x{}\n", "${".repeat(50_000), "}".repeat(50_000));
    assert!(!failure(braces.as_bytes()).starts_with("ok"));
    let patterns = format!("A:={}x{}\n", "${A:M".repeat(50_000), "}".repeat(50_000));
    assert!(!failure(patterns.as_bytes()).starts_with("given up"));
    // Each might be modifiers or the beginning of `from=to`.
    let twice = format!("A:={}x{}\n", "${A:".repeat(100), "}=".repeat(100));
    assert!(!failure(twice.as_bytes()).starts_with("given up"));
    // What `@` holds is looked at as a whole before what is in it.
    let each = format!("A:={}x{}\n", "${E:[-1..1]:@v@${v}/".repeat(320), "@}".repeat(320));
    assert!(!failure(each.as_bytes()).starts_with("given up"));
    let unknown = format!("A:=${{x{}\n", ":a=".repeat(200_000));
    assert!(!failure(unknown.as_bytes()).starts_with("given up"));
    let open = "A=${x:a\n".to_owned() + &"A+=${x:a:b\n".repeat(20_000);
    assert!(failure(open.as_bytes()).starts_with("given up"));
    let parentheses = format!(".if {}1{}\n.endif\n", "(".repeat(50_000), ")".repeat(50_000));
    assert!(failure(parentheses.as_bytes()).starts_with("Malformed conditional"));
    let conditionals = ".if 1\n".repeat(10_000) + "A=x\n" + &".endif\n".repeat(10_000);
    assert_eq!(failure(conditionals.as_bytes()), "ok 1");
    let loops = ".for i in a\n".repeat(200) + &".endfor\n".repeat(200);
    assert_eq!(failure(loops.as_bytes()), "loops nested too deeply");
}

#[test]
fn large_things_are_read_in_their_time() {
    let line = [b"A=".as_slice(), &b"x".repeat(900_000), b"\n"].concat();
    assert_eq!(failure(&line), "ok 900000");
    let words = [b"L=".as_slice(), &b"w ".repeat(400_000), b"\n.for i in ${L}\nA=$i\n.endfor\n"].concat();
    assert_eq!(failure(&words), "ok 1");
    let appended = [b"A=x\n".to_vec(), b"A+=y\n".repeat(100_000)].concat();
    assert_eq!(failure(&appended), "ok 200001");
    assert_eq!(failure(b"A=a\0b\nB=\xff\xfe\nA+=${B}\n"), "ok 4");
}

#[test]
fn a_command_that_never_ends_its_words_is_ended() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("makefile"), "A!=yes\n").unwrap();
    assert_eq!(failure_in(directory.path()), "ok 0");
}

#[test]
fn what_is_no_file_is_no_makefile() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("makefile")).unwrap();
    assert!(failure_in(directory.path()).ends_with("it is a directory"));
    fs::remove_dir(directory.path().join("makefile")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(directory.path().join("makefile")).status().unwrap();
    assert!(made.success());
    assert!(failure_in(directory.path()).ends_with("it is no regular file"));
}

/// Bytes changed, doubled and lost: whatever comes out has an end, and no panic.
#[test]
fn damaged_makefiles_break_nothing() {
    let seconds: u64 = std::env::var("DSYNTH_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let begin = std::time::Instant::now();
    let mut random = Random(0x1234_5678_9abc_def1);
    let mut rounds = 0;
    while rounds < 300 || begin.elapsed().as_secs() < seconds {
        rounds += 1;
        let mut text = random.makefile().replace(":sh", ":tl").into_bytes();
        for _ in 0..random.below(12) {
            let at = random.below(text.len());
            match random.below(4) {
                0 => text[at] = random.draw() as u8,
                1 => text[at] = b"${}():.=\\#\"@!?[]&|\n\t"[random.below(20)],
                2 => drop(text.drain(at..(at + random.below(9)).min(text.len()))),
                _ => text.extend_from_within(at..(at + random.below(40)).min(text.len())),
            }
            if text.is_empty() {
                text.push(b'x');
            }
        }
        // Commands are not for chance to write.
        if text.windows(2).any(|pair| pair == b"!=" || pair == b":!" || pair == b":s") {
            Makefile::parse(&text);
            continue;
        }
        failure(&text);
    }
}
