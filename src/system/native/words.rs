//! Simple commands as a shell reads them.

/// The words of commands joined by `&&`, quotes and backslashes taken away (POSIX, Shell Command Language 2.2); `None`
/// where a shell would do more than that: expand something, open a file, or run commands otherwise.
pub(super) fn commands(text: &str) -> Option<Vec<Vec<String>>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\n' => commands.last_mut()?.extend(word.take()),
            '&' => {
                rest.next().filter(|next| *next == '&')?;
                commands.last_mut()?.extend(word.take());
                commands.push(Vec::new());
            }
            '\\' => word.get_or_insert_default().push(rest.next().filter(|c| *c != '\n')?),
            '\'' => quoted(&mut rest, word.get_or_insert_default())?,
            '"' => double_quoted(&mut rest, word.get_or_insert_default())?,
            '#' | '~' if word.is_none() => return None,
            '|' | ';' | '<' | '>' | '(' | ')' | '{' | '}' | '$' | '`' | '*' | '?' | '[' | '!' => return None,
            c => word.get_or_insert_default().push(c),
        }
    }
    commands.last_mut()?.extend(word);
    Some(commands)
}

fn quoted(rest: &mut impl Iterator<Item = char>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '\'' => return Some(()),
            c => word.push(c),
        }
    }
}

fn double_quoted(rest: &mut impl Iterator<Item = char>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '"' => return Some(()),
            '$' | '`' => return None,
            '\\' => match rest.next()? {
                '\n' => {}
                c @ ('$' | '`' | '"' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        let cases = [
            ("make -V A", Some("make|-V|A")),
            (r"cd ../vim && make -V V:R:S,\.,,g", Some("cd|../vim & make|-V|V:R:S,.,,g")),
            (r#"make -V "A B" 'c"d' e\ f """#, Some(r#"make|-V|A B|c"d|e f|"#)),
            (r#"x"\$\a""#, Some(r"x$\a")),
            ("a#b", Some("a#b")),
            ("a # b", None),
            ("a ~/b", None),
            ("a & b", None),
            ("a | b", None),
            ("a $b", None),
            ("a \"$b\"", None),
            ("a *", None),
            ("a 'b", None),
            ("a \\", None),
        ];
        for (text, expected) in cases {
            let words =
                commands(text).map(|all| all.iter().map(|words| words.join("|")).collect::<Vec<_>>().join(" & "));
            assert_eq!(words.as_deref(), expected, "{text}");
        }
    }
}
