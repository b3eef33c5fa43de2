//! Changes one value of dsynth.ini and leaves all else as it is: remarks, order, other profiles.

use super::ini::without_remark;

/// The text with that value in the section, where the key stands already, or behind the section's last key. A section that is not
/// there is begun at the end.
pub fn with_value(text: &str, section: &str, key: &str, value: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let Place { header, last, old } = find(&lines, section, key);
    let line = format!("{key}= {value}");
    match (old, last.or(header)) {
        (Some(index), _) => {
            let remark = remark(&lines[index]);
            lines[index] = line + &remark;
        }
        (None, Some(index)) => lines.insert(index + 1, line),
        (None, None) => lines.extend([String::new(), format!("[{section}]"), line]),
    }
    lines.join("\n") + "\n"
}

/// Indices of lines.
#[derive(Default)]
struct Place {
    header: Option<usize>,
    /// The section's last key, of whatever name.
    last: Option<usize>,
    old: Option<usize>,
}

/// The last that there are: they are the ones that count.
fn find(lines: &[String], section: &str, key: &str) -> Place {
    let (mut place, mut inside) = (Place::default(), false);
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.starts_with('[') {
            let name = without_remark(line).trim_start_matches('[').trim_end_matches(']').trim();
            inside = name == section;
            if inside {
                (place.header, place.last) = (Some(index), None);
            }
        } else if inside
            && !line.starts_with([';', '#'])
            && let Some((name, _)) = line.split_once('=')
        {
            place.last = Some(index);
            if name.trim() == key {
                place.old = Some(index);
            }
        }
    }
    place
}

/// What follows a value, with the blank before it.
fn remark(line: &str) -> String {
    let value = line.split_once('=').map_or("", |(_, value)| value);
    let kept = without_remark(value);
    let rest = value.split_once(kept).map_or("", |(_, rest)| rest).trim();
    if rest.is_empty() { String::new() } else { format!(" {rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "; mine\n[Global Configuration]\nprofile_selected= A\n\n[A]\nMeta_version= 1 ; old\n; Check_plist= no\n\n[B]\nMeta_version= 1\n";

    #[test]
    fn a_value_changes_where_it_stands_and_its_remark_stays() {
        let changed = with_value(TEXT, "A", "Meta_version", "2");
        assert_eq!(changed, TEXT.replacen("Meta_version= 1 ; old", "Meta_version= 2 ; old", 1));
    }

    #[test]
    fn a_new_key_comes_behind_the_others_and_a_new_profile_at_the_end() {
        let changed = with_value(TEXT, "A", "Check_plist", "yes");
        assert_eq!(changed, TEXT.replacen("; old\n", "; old\nCheck_plist= yes\n", 1));
        assert_eq!(with_value(TEXT, "C", "Check_plist", "yes"), format!("{TEXT}\n[C]\nCheck_plist= yes\n"));
        assert_eq!(with_value("[A]", "A", "X", "1"), "[A]\nX= 1\n");
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_is_changed() {
        assert_eq!(with_value("[A]\nX= 1\n[B]\n[A]\nX= 2\n", "A", "X", "3"), "[A]\nX= 1\n[B]\n[A]\nX= 3\n");
    }
}
