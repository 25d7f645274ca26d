//! Mails in English. A language is a file like this one; all of them fill the same [`Words`], so a sentence that is
//! missing in one does not compile.

use super::letter::{Occasion, Words};
use crate::domain::program::{Fulfilment, Side};

/// What a mail says on this occasion.
pub(super) fn words(occasion: &Occasion<'_>) -> Words {
    let Occasion { shop, value, code, .. } = occasion;
    let by_hand = Some(format!("{shop} will hand it out to you."));
    let (subject, news, next) = match (occasion.side, occasion.fulfilment) {
        // A code at checkout rewards whoever types it, so an advocate's reward is always handed out.
        (Side::Advocate, Fulfilment::Manual | Fulfilment::CodeAtCheckout) => (
            format!("You earned {value} at {shop}"),
            format!("A friend you referred ordered: you earned {value}."),
            by_hand,
        ),
        (Side::Friend, Fulfilment::CodeAtCheckout) => (
            format!("Your discount at {shop} is confirmed"),
            format!("Your discount of {value} with the code {code} is confirmed."),
            None,
        ),
        (Side::Friend, Fulfilment::Manual) => (
            format!("You earned {value} at {shop}"),
            format!("You ordered on a friend's recommendation: you earned {value}."),
            by_hand,
        ),
    };
    Words {
        subject,
        greeting: occasion.first_name.map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},")),
        news,
        next,
        share: "Share your link again".to_owned(),
        visit: format!("Visit {shop}"),
        reason: match occasion.side {
            Side::Advocate => format!("You get this mail because you refer friends to {shop}."),
            Side::Friend => format!("You get this mail because you ordered at {shop} on a friend's recommendation."),
        },
        unsubscribe: "Unsubscribe".to_owned(),
    }
}
