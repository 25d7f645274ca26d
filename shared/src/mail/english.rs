//! Mails in English. A language is a file like this one; all of them fill the same [`Words`], so a sentence that is
//! missing in one does not compile.

use super::letter::{Labels, Occasion, Words, header_text};
use crate::domain::amount::Amount;
use crate::domain::program::{Fulfilment, Kind, Side};
use crate::store::Notice;

/// A reward in words.
fn gift(kind: Kind, value: &Amount) -> String {
    match kind {
        Kind::FreeProduct => {
            let sku = value.unit().as_str().trim_start_matches("sku:");
            if value.minor() == 1 { format!("a free {sku}") } else { format!("{} free {sku}", value.minor()) }
        }
        Kind::FreeShipping => "free shipping".to_owned(),
        Kind::StoreCredit => format!("{value} of store credit"),
        Kind::GiftCard => format!("a gift card of {value}"),
        Kind::Percent | Kind::Fixed | Kind::Points | Kind::Cash | Kind::Custom => value.to_string(),
    }
}

/// What a mail says on this occasion.
pub(super) fn words(occasion: &Occasion<'_>) -> Words {
    let Occasion { shop, code, .. } = occasion;
    let value = gift(occasion.kind, occasion.value);
    let next = match (occasion.coupon, occasion.fulfilment) {
        (Some(coupon), _) => format!("Your code for it is {}. It works once.", coupon.as_str()),
        // A code at checkout rewards whoever types it, so an advocate's reward is always handed out.
        (None, Fulfilment::Manual | Fulfilment::CodeAtCheckout) => format!("{shop} will hand it out to you."),
        (None, Fulfilment::CouponPool { .. } | Fulfilment::Webhook { .. } | Fulfilment::PlatformCode) => {
            format!("{shop} has handed it out to you.")
        }
    };
    let (subject, news, next) = match (occasion.side, occasion.fulfilment) {
        (Side::Advocate, _) => (
            format!("You earned {value} at {shop}"),
            format!("A friend you referred ordered: you earned {value}."),
            Some(next),
        ),
        (Side::Friend, Fulfilment::CodeAtCheckout) => (
            format!("Your discount at {shop} is confirmed"),
            format!("Your discount of {value} with the code {code} is confirmed."),
            None,
        ),
        (Side::Friend, _) => (
            format!("You earned {value} at {shop}"),
            format!("You ordered on a friend's recommendation: you earned {value}."),
            Some(next),
        ),
    };
    Words {
        subject,
        greeting: occasion.first_name.map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},")),
        news,
        next,
        reason: match occasion.side {
            Side::Advocate => format!("You get this mail because you refer friends to {shop}."),
            Side::Friend => format!("You get this mail because you ordered at {shop} on a friend's recommendation."),
        },
    }
}

/// What it has to click on.
pub(super) fn labels(occasion: &Occasion<'_>) -> Labels {
    Labels {
        share: "Share your link again".to_owned(),
        visit: format!("Visit {}", occasion.shop),
        unsubscribe: "Unsubscribe".to_owned(),
    }
}

/// What a mail to the merchant says.
pub(super) fn notice(notice: &Notice, merchant: &str) -> Words {
    let mut said = String::new();
    let (subject, next) = match notice {
        Notice::DataRequest { request, due_at } => (
            "A customer asks for their data".to_owned(),
            format!(
                "Get it with GET /v1/privacy/requests/{request}/data and give it to the customer by {}.",
                due_at.strftime("%Y-%m-%d")
            ),
        ),
        Notice::BudgetSpent { program_name, period, .. } => (
            format!("The budget of {} for {} is spent", header_text(program_name), header_text(period)),
            "The program pays nothing more in this period. If it should, raise its budget.".to_owned(),
        ),
        Notice::PoolLow { pool_name, left } => {
            let left = match left {
                0 => "no codes".to_owned(),
                1 => "1 code".to_owned(),
                left => format!("{left} codes"),
            };
            let subject = format!("Coupon pool {} has {left} left", header_text(pool_name));
            (subject, "Please add codes, so that no reward has to wait for one.".to_owned())
        }
        Notice::EndpointDisabled { endpoint, host, failing_since } => (
            format!("Webhooks to {} are switched off", header_text(host)),
            format!(
                "It has taken none since {}. Mend it, then switch it on with PATCH /v1/webhook-endpoints/{endpoint}.",
                failing_since.strftime("%Y-%m-%d")
            ),
        ),
        Notice::MailPaused { complaints, sent, counted } => (
            "Your mails are paused".to_owned(),
            format!(
                "Of the last {sent} mails {counted} {}. Mend the list of addresses, then go on with PATCH /v1/merchant.",
                if *complaints { "were called spam" } else { "came back" }
            ),
        ),
        Notice::Digest { waiting } => (
            "Some things wait for you".to_owned(),
            format!(
                "Flagged referrals: {}. Rewards that can't be handed over: {}. Order events that could not be applied: {}. \
                 Open requests about personal data: {}.",
                waiting.flagged, waiting.stuck_rewards, waiting.parked, waiting.privacy_requests
            ),
        ),
        Notice::CodeRefused { shop_domain, detail } => {
            said = format!(" It says: {}", header_text(detail).trim_end_matches('.'));
            let subject = format!("{} would not make a code", header_text(shop_domain));
            let next = "Rewards and links say which. Mend it there, then try again, or hand the reward over yourself.";
            (subject, next.to_owned())
        }
    };
    Words {
        greeting: "Hello,".to_owned(),
        news: format!("{subject}.{said}{}", if said.is_empty() { "" } else { "." }),
        subject,
        next: Some(next),
        reason: format!("You get this mail because notices for {merchant} come to this address."),
    }
}
