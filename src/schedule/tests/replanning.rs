//! One plan takes the place of another.

use super::*;

/// Carries out one plan; `a` waits in it until another plan is in place and its `c` is built. Answers with the events,
/// and with what the second runner did.
fn replaced(first: &Plan, second: &Plan) -> (String, String, Report) {
    let (tell_a, wait) = unbounded();
    let (tell, news) = unbounded();
    let before = Fake { waits: [("a", wait)].into(), ..Fake::of(first) };
    let after = Fake { tells: [("c", tell_a)].into(), ..Fake::of(second) };
    let lines = Mutex::new(Vec::new());
    let events = |event: Event| {
        if matches!(&event, Event::JobStarted { spec, .. } if spec.to_string() == "c/a") {
            let _ = tell.send(());
        }
        // The two end at about the same time: which is heard first is nobody's promise.
        lines.lock().unwrap().extend(short(&event).filter(|line| !line.starts_with("c/c built")));
    };
    let round = |plan: &Plan, runner| Round { plan: Arc::new(plan.clone()), runner };
    let mut others = vec![round(second, Arc::new(&after) as Arc<dyn Runner>)];
    let report = run_with(
        round(first, Arc::new(&before)),
        &news,
        &mut |()| others.pop().map_or(Next::Same, Next::Other),
        &options(2),
        &Stop::default(),
        &events,
    );
    (lines.into_inner().unwrap().join("\n"), after.logged("judge "), report.unwrap())
}

#[test]
fn another_plan_takes_the_place_of_one_and_what_runs_goes_on() {
    // `b` is gone before it began, `c` and `d` are new.
    let (events, judged, report) = replaced(&plan("a:; b: a"), &plan("a:; c:; d: a"));
    assert_snapshot!(events, @"
    run of 2 with 2
    c/a starts in 0 needs 0 for 1 deep 1
    now 3
    c/c starts in 1 needs 0 for 0 deep 0
    c/a built a-1.pkg
    c/d starts in 0 needs 1 for 0 deep 0
    c/d built d-1.pkg
    ended: queued 3 built 3 ignored 0 skipped 0 failed 0 missing 0 meta 0 fresh 0 interrupted 0
    ");
    assert_eq!(judged, "c d", "a runs: nobody asks about it");
    assert_eq!(report.ends, [JobEnd::Built, JobEnd::Built, JobEnd::Built]);
}

#[test]
fn what_is_made_from_something_else_now_is_built_again() {
    let mut second = plan("a:; c:; d: a");
    second.jobs[0].recipe = Fingerprint::of(b"edited");
    let (events, judged, _) = replaced(&plan("a:; b: a"), &second);
    assert_snapshot!(events, @"
    run of 2 with 2
    c/a starts in 0 needs 0 for 1 deep 1
    now 4
    c/c starts in 1 needs 0 for 0 deep 0
    c/a built a-1.pkg
    c/a starts in 0 needs 0 for 1 deep 1
    c/a built a-1.pkg
    c/d starts in 0 needs 1 for 0 deep 0
    c/d built d-1.pkg
    ended: queued 4 built 4 ignored 0 skipped 0 failed 0 missing 0 meta 0 fresh 0 interrupted 0
    ");
    assert_eq!(judged, "c a d", "a once more, and before what needs it");
}

#[test]
fn what_is_in_no_plan_any_more_ends_as_well() {
    let (events, judged, report) = replaced(&plan("a:; b: a"), &plan("c:"));
    assert_snapshot!(events, @"
    run of 2 with 2
    c/a starts in 0 needs 0 for 1 deep 1
    now 2
    c/c starts in 1 needs 0 for 0 deep 0
    c/a built a-1.pkg
    ended: queued 2 built 2 ignored 0 skipped 0 failed 0 missing 0 meta 0 fresh 0 interrupted 0
    ");
    assert_eq!((judged.as_str(), report.ends), ("c", vec![JobEnd::Built]));
}

#[test]
fn enough_begins_nothing_more() {
    let plan = Arc::new(plan("a:; b: a"));
    let fake = Fake::of(&plan);
    let (tell, news) = unbounded();
    tell.send(()).unwrap();
    let round = Round { plan: plan.clone(), runner: Arc::new(&fake) };
    let report = run_with(round, &news, &mut |()| Next::Enough, &options(1), &Stop::default(), &|_| {}).unwrap();
    assert_eq!(report.ends, [JobEnd::NotStarted, JobEnd::NotStarted]);
    assert_eq!(fake.logged(""), "");
}
