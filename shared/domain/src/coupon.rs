//! The codes of coupon pools. A merchant makes them in the shop and uploads them; each is worth what the coupon gives,
//! so whoever reads one in a log can spend it: `Debug` hides it, and there is no `Display`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text can't be a coupon's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 printable ASCII characters without spaces")]
pub struct InvalidCoupon;

/// A coupon's code as it was written. Shops compare codes without case, so `nice-1` and `NICE-1` are one code.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CouponCode(String);

impl CouponCode {
    /// More characters than any shop's codes have.
    pub const MAX_LENGTH: usize = 64;

    /// The code as it was written, for who may have it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The spelling that the code is known by: upper case.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_uppercase()
    }
}

impl FromStr for CouponCode {
    type Err = InvalidCoupon;

    fn from_str(text: &str) -> Result<Self, InvalidCoupon> {
        let valid = (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then(|| Self(text.to_owned())).ok_or(InvalidCoupon)
    }
}

impl TryFrom<String> for CouponCode {
    type Error = InvalidCoupon;

    fn try_from(text: String) -> Result<Self, InvalidCoupon> {
        text.parse()
    }
}

impl From<CouponCode> for String {
    fn from(code: CouponCode) -> Self {
        code.0
    }
}

impl PartialEq for CouponCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for CouponCode {}

impl PartialOrd for CouponCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CouponCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical().cmp(&other.canonical())
    }
}

impl Hash for CouponCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl fmt::Debug for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The end tells two codes apart; of a short one it would be most of the code.
        let end = self.0.get(self.0.len().saturating_sub(2)..).filter(|_| self.0.len() >= 4);
        write!(f, "…{}", end.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn code(text: &str) -> CouponCode {
        text.parse().expect(text)
    }

    #[test]
    fn a_code_is_printable_ascii_without_spaces() {
        for right in ["x", "Nice-1", "100%#off/~", &"A".repeat(64)] {
            assert_eq!(code(right).as_str(), right);
        }
        for wrong in ["", " ", "a b", "a\n", "\u{7f}", "Å10", &"A".repeat(65)] {
            assert_eq!(wrong.parse::<CouponCode>(), Err(InvalidCoupon), "{wrong:?}");
        }
    }

    #[test]
    fn codes_compare_without_case_and_keep_their_spelling() {
        assert_eq!(code("nice-1"), code("NICE-1"));
        assert_ne!(code("nice-1"), code("nice-2"));
        assert_eq!(HashSet::from([code("nice-1"), code("Nice-1")]).len(), 1);
        let kept: CouponCode =
            serde_json::from_str(&serde_json::to_string(&code("Nice-1")).expect("writes")).expect("reads");
        assert_eq!((kept.as_str(), kept.canonical().as_str()), ("Nice-1", "NICE-1"));
    }

    #[test]
    fn a_code_that_is_printed_for_debugging_can_not_be_spent() {
        for (text, shown) in [("NICE-42", "…42"), ("ABCD", "…CD"), ("ABC", "…"), ("A", "…")] {
            assert_eq!(format!("{:?}", code(text)), shown);
        }
    }
}
