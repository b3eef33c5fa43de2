//! A run for programs: each event is an object on a line of its own (docs/json.md).

use serde_json::{Value, json};

use crate::model::{Event, Fault, HostLoad, OriginSpec, SlotId, Summary};

/// One line without its newline; `None` for what only a person would like to see.
pub fn json_line(event: &Event) -> Option<String> {
    Some(object(event)?.to_string())
}

fn object(event: &Event) -> Option<Value> {
    Some(match event {
        // The scan comes to an end once; how far it is on its way is for people.
        Event::Scanned { done, total } if done < total => return None,
        Event::Scanned { total, .. } => json!({"event": "scanned", "ports": total}),
        Event::Note { text } => json!({"event": "note", "text": text}),
        Event::Complaint { spec, text } => json!({"event": "complaint", "port": port(spec), "text": text}),
        Event::RunStarted { run, queued, workers, limit } => json!({
            "event": "run-started", "run": run.to_string(), "queued": queued, "workers": workers, "limit": limit,
        }),
        Event::Replanned { queued } => json!({"event": "replanned", "queued": queued}),
        Event::Fresh { spec } => json!({"event": "fresh", "port": port(spec)}),
        Event::Dirty { spec, reasons } => json!({"event": "dirty", "port": port(spec), "reasons": reasons}),
        Event::JobStarted { slot, spec, depends, dependents, depth, memory } => json!({
            "event": "started", "slot": id(*slot), "port": port(spec),
            "depends": depends, "dependents": dependents, "depth": depth, "memory": memory,
        }),
        Event::PhaseStarted { slot, spec, phase } => {
            json!({"event": "phase-started", "slot": id(*slot), "port": port(spec), "phase": phase.name()})
        }
        Event::PhaseEnded { slot, spec, phase, took } => json!({
            "event": "phase-ended", "slot": id(*slot), "port": port(spec), "phase": phase.name(),
            "milliseconds": took.as_millis() as u64,
        }),
        Event::Output { slot, lines } => json!({"event": "output", "slot": id(*slot), "lines": lines}),
        Event::Memory { slot, bytes } => json!({"event": "memory", "slot": id(*slot), "bytes": bytes}),
        Event::Built { slot, spec, pkgfile, took } => json!({
            "event": "built", "slot": id(*slot), "port": port(spec), "package": pkgfile,
            "milliseconds": took.as_millis() as u64,
        }),
        Event::Failed { slot, spec, pkgfile, fault: Fault { phase, why, diagnosis }, skips, took, log } => json!({
            "event": "failed", "slot": id(*slot), "port": port(spec), "package": pkgfile, "phase": phase.name(),
            "why": why.to_string(), "class": diagnosis.class.name(), "exit": diagnosis.exit, "lines": diagnosis.lines,
            "skips": skips, "milliseconds": took.as_millis() as u64, "log": log.as_str(),
        }),
        Event::Interrupted { slot, spec } => json!({"event": "interrupted", "slot": id(*slot), "port": port(spec)}),
        Event::Ignored { spec, pkgfile, reason, skips } => json!({
            "event": "ignored", "port": port(spec), "package": pkgfile, "reason": reason, "skips": skips,
        }),
        Event::Skipped { spec, pkgfile, chain } => {
            json!({"event": "skipped", "port": port(spec), "package": pkgfile, "chain": chain})
        }
        Event::Broken { spec, reason } => json!({"event": "missing", "port": port(spec), "reason": reason}),
        Event::Adjusted { load, swap, memory, limits, from, to } => json!({
            "event": "adjusted", "load": load, "swap": swap, "memory": memory, "limits": limits, "from": from, "to": to,
        }),
        Event::Host(HostLoad { load, swap, free }) => {
            json!({"event": "host", "load": load, "swap": swap, "free": free})
        }
        Event::Obsolete { path } => json!({"event": "obsolete", "path": path.as_str()}),
        Event::RunEnded { summary } => ended(summary),
    })
}

fn ended(summary: &Summary) -> Value {
    let Summary { queued, built, ignored, skipped, failed, missing, meta, fresh, interrupted, took, bound } = summary;
    json!({
        "event": "run-ended", "queued": queued, "built": built, "ignored": ignored, "skipped": skipped, "failed": failed,
        "missing": missing, "meta": meta, "fresh": fresh, "interrupted": interrupted,
        "milliseconds": took.as_millis() as u64, "bound": bound.as_millis() as u64,
    })
}

fn port(spec: &OriginSpec) -> String {
    spec.to_string()
}

fn id(slot: SlotId) -> u32 {
    slot.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples;

    #[test]
    fn each_event_is_an_object_on_a_line() {
        let last = Event::Memory { slot: SlotId(0), bytes: 3 << 20 };
        let lines: Vec<String> = samples::run().iter().chain([&last]).filter_map(json_line).collect();
        assert!(lines.iter().all(|line| !line.contains('\n')));
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"event":"scanned","ports":1}
        {"event":"note","text":"pkg is taken from the repository"}
        {"event":"complaint","port":"c/odd","text":"malformed `x:`"}
        {"event":"run-started","limit":2,"queued":9,"run":"00000000-0000-0000-0000-000000000000","workers":2}
        {"event":"ignored","package":"no-1.pkg","port":"c/no","reason":"is marked as broken","skips":2}
        {"event":"missing","port":"c/gone","reason":"not in the tree"}
        {"event":"fresh","port":"c/fresh"}
        {"event":"dirty","port":"lang/python@py39","reasons":["distinfo differs","forced"]}
        {"dependents":2,"depends":1,"depth":3,"event":"started","memory":268435456,"port":"lang/python@py39","slot":0}
        {"dependents":1234,"depends":112,"depth":3,"event":"started","memory":268435456,"port":"multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor","slot":1}
        {"event":"phase-started","phase":"fetch","port":"lang/python@py39","slot":0}
        {"event":"output","lines":3,"slot":0}
        {"event":"built","milliseconds":62000,"package":"x-1.pkg","port":"lang/python@py39","slot":0}
        {"event":"built","milliseconds":360000000,"package":"x-1.pkg","port":"multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor","slot":1}
        {"dependents":12,"depends":0,"depth":3,"event":"started","memory":268435456,"port":"c/bad","slot":0}
        {"class":"compile","event":"failed","exit":1,"lines":["a.c:1: error: no","a.c:2: error: never"],"log":"/logs/c___bad.log","milliseconds":725000,"package":"x-1.pkg","phase":"build","port":"c/bad","skips":12,"slot":0,"why":"exit 1"}
        {"chain":"c/between->c/bad","event":"skipped","package":"late-1.pkg","port":"c/late"}
        {"dependents":0,"depends":0,"depth":3,"event":"started","memory":268435456,"port":"c/cut","slot":0}
        {"event":"interrupted","port":"c/cut","slot":0}
        {"bound":0,"built":2,"event":"run-ended","failed":1,"fresh":1,"ignored":1,"interrupted":1,"meta":0,"milliseconds":3725000,"missing":1,"queued":8,"skipped":1}
        {"bytes":3145728,"event":"memory","slot":0}
        "#);
    }
}
