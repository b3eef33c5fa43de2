//! How long something took, for people.

use std::time::Duration;

/// `HH:MM:SS`; more than 99 hours take more room.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_hours_minutes_and_seconds() {
        let table = [(0, "00:00:00"), (59, "00:00:59"), (3725, "01:02:05"), (360_000, "100:00:00")];
        table.iter().for_each(|(seconds, text)| assert_eq!(clock(Duration::from_secs(*seconds)), *text));
    }
}
