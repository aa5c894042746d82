use serde_json::{Value, json};

use super::Document;
use crate::exercise;
use crate::interview::{Interview, Script};

use super::handout::session_report;

/// What was discussed: for people. It judges nobody; points that were not mentioned are suggestions for a next time.
pub fn scorecard(script: &Script, interview: &Interview) -> Document {
    let mut document = Document::new(format!("{}: {}", script.title, interview.candidate));
    document.list([
        format!(
            "begun {}",
            interview.started_at.strftime("%Y-%m-%d %H:%M UTC")
        ),
        format!(
            "{:.0} minutes used, {} planned{}",
            interview.minutes(),
            script.minutes,
            if interview.finished {
                ""
            } else {
                "; not finished"
            }
        ),
    ]);
    document.heading(2, "Overview");
    let rows = script
        .topics
        .iter()
        .map(|topic| {
            let notes = interview
                .topics
                .get(&topic.name)
                .cloned()
                .unwrap_or_default();
            vec![
                topic.title.clone(),
                if notes.skipped {
                    "skipped".to_owned()
                } else {
                    format!("{} of {}", notes.mentioned.len(), topic.listen_for.len())
                },
                format!("{:.0} of {}", notes.seconds as f64 / 60.0, topic.minutes),
                notes
                    .impression
                    .map_or_else(String::new, |impression| format!("{impression} of 4")),
                notes
                    .exercises
                    .iter()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", "),
            ]
        })
        .collect();
    document.table(
        [
            "topic",
            "points touched",
            "minutes",
            "impression",
            "exercises",
        ],
        rows,
    );
    document.paragraph(
        "A point that was not touched is no failure: there may have been no occasion. It is listed as something to ask another time.",
    );
    for topic in &script.topics {
        let Some(notes) = interview.topics.get(&topic.name) else {
            continue;
        };
        if notes.skipped && notes.notes.is_empty() && notes.mentioned.is_empty() {
            continue;
        }
        document.heading(2, &topic.title);
        document.paragraph(&topic.question);
        let (touched, open): (Vec<_>, Vec<_>) = topic
            .listen_for
            .iter()
            .enumerate()
            .partition(|(at, _)| notes.mentioned.contains(at));
        if !touched.is_empty() {
            document.heading(3, "Discussed");
            document.list(touched.into_iter().map(|(_, point)| point.clone()));
        }
        if !notes.notes.is_empty() {
            document.heading(3, "Notes");
            document.list(notes.notes.iter().cloned());
        }
        if !open.is_empty() {
            document.heading(3, "To ask another time");
            document.list(open.into_iter().map(|(_, point)| point.clone()));
        }
        for name in &notes.exercises {
            if let (Ok(pack), Ok(Some(session))) =
                (exercise::find(name), interview.exercise_session(name))
            {
                let pack = match session.variant {
                    Some(seed) => pack.variant(seed),
                    None => pack,
                };
                document.append(session_report(&pack, &session));
            }
        }
    }
    document
}

/// The same for programs.
pub fn scorecard_json(script: &Script, interview: &Interview) -> Value {
    let topics: Vec<Value> = script
        .topics
        .iter()
        .map(|topic| {
            let notes = interview.topics.get(&topic.name).cloned().unwrap_or_default();
            let points: Vec<Value> = topic
                .listen_for
                .iter()
                .enumerate()
                .map(|(at, point)| json!({"point": point, "mentioned": notes.mentioned.contains(&at)}))
                .collect();
            let exercises: Vec<Value> = notes
                .exercises
                .iter()
                .map(|name| {
                    let session = interview.exercise_session(name).ok().flatten();
                    json!({"name": name, "session": session})
                })
                .collect();
            json!({
                "name": topic.name, "title": topic.title, "minutes_planned": topic.minutes,
                "minutes_used": notes.seconds as f64 / 60.0, "skipped": notes.skipped,
                "impression": notes.impression, "points": points, "notes": notes.notes, "exercises": exercises,
            })
        })
        .collect();
    json!({
        "version": 1, "script": script.name, "title": script.title, "candidate": interview.candidate,
        "started_at": interview.started_at, "finished": interview.finished, "minutes_planned": script.minutes,
        "minutes_used": interview.minutes(), "topics": topics,
    })
}
