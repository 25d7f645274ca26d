//! Whether any of many words is in a text, in one pass: at each place only the words that begin with the letter there are
//! compared. Each visit asks this, and a search per word is most of what a visit would compute here.

/// Words in the order of their letters, with where those of each first letter begin.
pub(super) struct Words<const N: usize> {
    words: [&'static str; N],
    /// Of each ASCII letter: how many words begin with a smaller one.
    starts: [u8; 129],
}

impl<const N: usize> Words<N> {
    /// Words of ASCII, sorted by first letter; others don't compile.
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

    /// Whether any of them is in this text.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.iter().enumerate().filter(|(_, letter)| letter.is_ascii()).any(|(at, letter)| {
            let letter = usize::from(*letter);
            let begin_so = &self.words[usize::from(self.starts[letter])..usize::from(self.starts[letter + 1])];
            begin_so.iter().any(|word| bytes[at..].starts_with(word.as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_wherever_it_is_and_nothing_else() {
        const WORDS: Words<5> = Words::new([" agent", "agent-", "auto", "bot", "zz"]);
        for text in ["bot", "a bot", "bobot", "an agent", "agent-x", "autobahn", "pizzza zz", "åbot", "bot å"] {
            assert!(WORDS.are_in(text), "{text}");
        }
        for text in ["", "b", "bo", "agent", "aut", "z", "åå", "knife", "\u{7f}"] {
            assert!(!WORDS.are_in(text), "{text}");
        }
    }
}
