//! Whether any of many words is in a text, in one pass: at each place only the words that begin with the letter there are
//! compared. Each visit asks this, and a search per word is most of what a visit would compute here.
//!
//! A word is found as a word and not as a part of another: "check" is in `LinkCheck` and `check/1.0`, not in `checkers`;
//! ".com" is in `shop.com/bot`, not in `eng.compiler`.

/// Words in the order of their letters, with where those of each first letter begin.
pub(super) struct Words<const N: usize> {
    words: [&'static str; N],
    /// Of each ASCII letter: how many words begin with a smaller one.
    starts: [u8; 129],
}

impl<const N: usize> Words<N> {
    /// Words of ASCII in small letters, sorted by first letter; others don't compile.
    #[expect(clippy::cast_possible_truncation, reason = "fewer than 256 words")]
    pub(super) const fn new(words: [&'static str; N]) -> Self {
        let mut starts = [0; 129];
        let (mut letter, mut word) = (0, 0);
        while letter < 128 {
            while word < N && (words[word].as_bytes()[0] as usize) < letter {
                assert!(word + 1 == N || words[word].as_bytes()[0] <= words[word + 1].as_bytes()[0], "sorted");
                word += 1;
            }
            starts[letter] = word as u8;
            letter += 1;
        }
        starts[128] = N as u8;
        Self { words, starts }
    }

    /// Whether any of them is in this text, in letters of either case.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.iter().enumerate().filter(|(_, letter)| letter.is_ascii()).any(|(at, letter)| {
            let letter = usize::from(letter.to_ascii_lowercase());
            let begin_so = &self.words[usize::from(self.starts[letter])..usize::from(self.starts[letter + 1])];
            begin_so.iter().any(|word| is_at(bytes, at, word.as_bytes()))
        })
    }
}

fn is_at(text: &[u8], at: usize, word: &[u8]) -> bool {
    let end = at + word.len();
    let is_there = text.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(word));
    is_there && parts(text, at) && parts(text, end)
}

/// Whether one word ends and the next begins here: beside a sign, between letters and digits, and where names written as
/// `LinkCheck` or `SQWatcher` are read so.
fn parts(text: &[u8], at: usize) -> bool {
    let (Some(before), Some(after)) = (at.checked_sub(1).and_then(|before| text.get(before)), text.get(at)) else {
        return true;
    };
    let is_word = before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric();
    !is_word
        || before.is_ascii_digit() != after.is_ascii_digit()
        || (before.is_ascii_lowercase() && after.is_ascii_uppercase())
        || (after.is_ascii_uppercase() && text.get(at + 1).is_some_and(u8::is_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Words<6> = Words::new([" agent", ".com", "agent-", "auto", "bot", "zz"]);

    #[test]
    fn a_word_is_found_wherever_it_is_and_nothing_else() {
        for text in ["bot", "a bot", "bot/1.0", "an agent", "agent-x", "Auto", "pizza zz", "bot å", "å bot", "(zz)"] {
            assert!(WORDS.are_in(text), "{text}");
        }
        for text in ["", "b", "bo", "agent", "aut", "z", "åå", "knife", "\u{7f}"] {
            assert!(!WORDS.are_in(text), "{text}");
        }
    }

    #[test]
    fn a_word_is_no_part_of_another() {
        for text in ["eng.compiler", "eng.COMPIL.2023", "robotics", "bobot", "Bottle", "an agenta", "automat", "pizzza"]
        {
            assert!(!WORDS.are_in(text), "{text}");
        }
        for text in ["shop.com/x", "SHOP.COM", "GoogleBot", "SQBot", "BotTMS", "bot2", "2bot", "HeadlessAuto"] {
            assert!(WORDS.are_in(text), "{text}");
        }
    }
}
