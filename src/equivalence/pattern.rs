//! Strings that match a pattern, and strings that just miss it.

/// Strings that match a LIKE pattern, then strings that nearly do.
pub(super) fn like_samples(pattern: &str) -> Vec<String> {
    let mut samples = Vec::new();
    for (any, one) in [("", "a"), ("x", "b"), ("a b", "1")] {
        samples.push(fill(pattern, any, one));
    }
    let shortest = fill(pattern, "", "a");
    samples.extend(near_misses(&shortest));
    let mut unescaped = pattern.replace('%', "x");
    unescaped = unescaped.replace('_', "xx");
    samples.push(unescaped);
    samples.dedup();
    samples
}

fn fill(pattern: &str, any: &str, one: &str) -> String {
    let mut text = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => text.push_str(any),
            '_' => text.push_str(one),
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

/// Strings that differ from `text` by one character or in case.
pub(super) fn near_misses(text: &str) -> Vec<String> {
    let mut misses = vec![format!("{text}x"), format!("x{text}"), swap_case(text)];
    let characters: Vec<char> = text.chars().collect();
    if characters.len() > 1 {
        misses.push(characters[..characters.len() - 1].iter().collect());
        misses.push(characters[1..].iter().collect());
    }
    misses.retain(|miss| miss != text);
    misses
}

fn swap_case(text: &str) -> String {
    if text.chars().any(char::is_lowercase) {
        text.to_uppercase()
    } else {
        text.to_lowercase()
    }
}

/// Strings that match a regular expression of the simple kind (literals, classes, `.`, groups, alternatives,
/// quantifiers), then strings that nearly do. What is not understood is taken literally: the server has the last word.
pub(super) fn regex_samples(pattern: &str) -> Vec<String> {
    let mut samples = Vec::new();
    for variant in 0..3 {
        let characters: Vec<char> = pattern.chars().collect();
        let mut generator = RegexGenerator {
            characters: &characters,
            at: 0,
            variant,
            depth: 0,
        };
        samples.push(generator.alternatives());
    }
    let first = samples[0].clone();
    samples.extend(near_misses(&first));
    samples.push(format!("{first} "));
    samples.push(format!("-{first}"));
    samples.push(format!("1{first}"));
    for sample in samples.clone() {
        samples.push(format!("{sample}a"));
    }
    samples.sort();
    samples.dedup();
    samples
}

struct RegexGenerator<'a> {
    characters: &'a [char],
    at: usize,
    /// Which alternative and how many repetitions are taken.
    variant: usize,
    depth: usize,
}

impl RegexGenerator<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn alternatives(&mut self) -> String {
        self.depth += 1;
        let mut arms = vec![String::new()];
        while let Some(character) = self.peek() {
            match character {
                ')' if self.depth > 1 => break,
                '|' => {
                    self.at += 1;
                    arms.push(String::new());
                }
                _ => {
                    let piece = self.piece();
                    if let Some(arm) = arms.last_mut() {
                        arm.push_str(&piece);
                    }
                }
            }
        }
        self.depth -= 1;
        let chosen = self.variant % arms.len();
        arms.swap_remove(chosen)
    }

    fn piece(&mut self) -> String {
        let Some(character) = self.peek() else {
            return String::new();
        };
        self.at += 1;
        let atom = match character {
            '^' | '$' => return String::new(),
            '.' => ["a", "1", "Z"][self.variant % 3].to_owned(),
            '(' if self.depth < 20 => {
                if self.peek() == Some('?') {
                    self.at += 2;
                }
                let inner = self.alternatives();
                if self.peek() == Some(')') {
                    self.at += 1;
                }
                inner
            }
            '[' => self.class(),
            '\\' => {
                let escaped = self.peek().unwrap_or('\\');
                self.at += 1;
                match escaped {
                    'd' => ["1", "0", "9"][self.variant % 3].to_owned(),
                    'w' => ["a", "1", "_"][self.variant % 3].to_owned(),
                    's' => " ".to_owned(),
                    'y' | 'm' | 'M' | 'b' | 'A' | 'Z' => String::new(),
                    other => other.to_string(),
                }
            }
            other => other.to_string(),
        };
        let count = self.quantifier();
        atom.repeat(count)
    }

    fn class(&mut self) -> String {
        let mut members = Vec::new();
        let negated = self.peek() == Some('^');
        if negated {
            self.at += 1;
        }
        while let Some(character) = self.peek() {
            self.at += 1;
            match character {
                ']' if !members.is_empty() => break,
                '[' if self.peek() == Some(':') => {
                    let rest: String = self.characters[self.at..].iter().collect();
                    let name = rest
                        .trim_start_matches(':')
                        .split(':')
                        .next()
                        .unwrap_or("")
                        .to_owned();
                    self.at = (self.at + name.len() + 3).min(self.characters.len());
                    members.push(match name.as_str() {
                        "digit" => '1',
                        "upper" => 'A',
                        "space" => ' ',
                        "punct" => '.',
                        _ => 'a',
                    });
                }
                '\\' => {
                    members.push(match self.peek() {
                        Some('d') => '1',
                        Some('w') => 'a',
                        Some('s') => ' ',
                        Some(other) => other,
                        None => '\\',
                    });
                    self.at += 1;
                }
                '-' if !members.is_empty() && self.peek().is_some_and(|next| next != ']') => {
                    members.extend(self.peek());
                    self.at += 1;
                }
                other => members.push(other),
            }
        }
        if negated {
            return ["~", "a", "1"]
                .into_iter()
                .find(|sample| !members.contains(&sample.chars().next().unwrap_or(' ')))
                .unwrap_or("~")
                .to_owned();
        }
        members
            .get(self.variant % members.len().max(1))
            .map(char::to_string)
            .unwrap_or_default()
    }

    fn quantifier(&mut self) -> usize {
        let count = match self.peek() {
            Some('*') => self.variant.min(2),
            Some('+') => 1 + self.variant % 2,
            Some('?') => self.variant % 2,
            Some('{') => {
                let rest: String = self.characters[self.at..].iter().collect();
                let Some(end) = rest.find('}') else {
                    return 1;
                };
                let least = rest[1..end]
                    .split(',')
                    .next()
                    .and_then(|text| text.trim().parse().ok());
                let Some(least) = least else {
                    return 1;
                };
                self.at += rest[..end].chars().count();
                usize::min(least, 64)
            }
            _ => return 1,
        };
        self.at += 1;
        if self.peek() == Some('?') {
            self.at += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_patterns_are_filled() {
        let samples = like_samples("A%b_");
        assert!(samples.contains(&"Aba".to_owned()));
        assert!(samples.contains(&"Axbb".to_owned()));
        assert!(samples.contains(&"Ab".to_owned()), "a near miss");
        assert_eq!(fill("50\\%", "x", "y"), "50%");
    }

    #[test]
    fn regular_expressions_are_followed() {
        let samples = regex_samples(r"^[A-Za-z][\w.-]*@leetcode\.com$");
        assert!(
            samples.contains(&"A@leetcode.com".to_owned()),
            "{samples:?}"
        );
        let samples = regex_samples("^(foo|bar){2}x?$");
        assert!(samples.contains(&"foofoo".to_owned()), "{samples:?}");
        assert!(samples.contains(&"barbarx".to_owned()), "{samples:?}");
        regex_samples("[");
        regex_samples("a{");
        regex_samples("(((");
        regex_samples("[[:alpha:]");
    }
}
