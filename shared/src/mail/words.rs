//! What a mail says: the sentences of each kind, in the reader's language. Names in them are still marked as names.

use super::draft::{Draft, Gift, Occasion};
use super::gift::Voice;
use super::language::name;
use super::names::{first_name, header_text, isolated};
use super::offer::{Reader, first_gift, offer};
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::mail::VoidReason;
use crate::domain::program::{Fulfilment, Program, Side};

/// The sentences of one mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) subject: String,
    /// What mail programs show beside the subject.
    pub(super) preheader: String,
    pub(super) greeting: String,
    /// What it is about.
    pub(super) heading: String,
    /// Paragraphs.
    pub(super) body: Vec<String>,
    /// What the program's rules give.
    pub(super) offer: Vec<String>,
    /// What to copy: a code or a link, each with what it is.
    pub(super) shown: Vec<(String, String)>,
    /// What the button says, for each place that it may lead to.
    pub(super) buttons: Buttons,
    /// Why the reader gets this mail.
    pub(super) reason: String,
    /// What a merchant's own texts can say, by name.
    pub(super) values: Vec<(&'static str, String)>,
}

/// What the button may say. The mail has one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Buttons {
    /// To the link of the mail; `None`: the mail leads to the shop even if there is a link.
    pub(super) link: Option<String>,
    /// To the shop.
    pub(super) visit: String,
}

/// What the mail says on its occasion.
pub(super) fn words(voice: &Voice, draft: &Draft<'_>) -> Words {
    let shop = header_text(draft.merchant.from_name());
    let speaker = Speaker { voice, shop: &shop };
    let mut words = match &draft.occasion {
        Occasion::Invite { code, program, .. } => speaker.invite(program, code),
        Occasion::Reminder { code, program, .. } => speaker.reminder(program, code),
        Occasion::FriendOrdered { gift, until, .. } => speaker.friend_ordered(gift, *until),
        Occasion::RewardReady { gift, coupon, code, .. } => speaker.ready(gift, *coupon, code),
        Occasion::RewardVoid { gift, reason, link } => speaker.void(gift, *reason, link.is_some()),
        Occasion::RewardBack { gift, coupon, until, .. } => speaker.back(gift, *coupon, *until),
        Occasion::RewardExpiring { gift, coupon, expires_at } => speaker.expiring(gift, *coupon, *expires_at),
        Occasion::Welcome { advocate, code, program, .. } => {
            speaker.welcome(advocate.and_then(first_name), code, program)
        }
    };
    let greeted = draft.name.and_then(first_name);
    words.greeting = match greeted {
        Some(reader) => voice.say("hello-name", &[("name", name(reader))]),
        None => voice.say("hello", &[]),
    };
    words.buttons.visit = speaker.say("visit-shop");
    let first = words.body.iter().chain(&words.offer).next();
    words.preheader = first.cloned().unwrap_or_default();
    words.values.push(("shop", isolated(speaker.shop)));
    words.values.push(("name", greeted.map(isolated).unwrap_or_default()));
    words
}

struct Speaker<'a> {
    voice: &'a Voice,
    shop: &'a str,
}

impl Speaker<'_> {
    /// A sentence that names nothing but the shop.
    fn say(&self, key: &str) -> String {
        self.voice.say(key, &[("shop", name(self.shop))])
    }

    fn with_gift(&self, key: &str, gift: &str) -> String {
        self.voice.say(key, &[("shop", name(self.shop)), ("gift", gift.into())])
    }

    fn invite(&self, program: &Program, code: &Code) -> Words {
        let gifts = [Side::Advocate, Side::Friend].map(|side| first_gift(self.voice, program, side));
        let subject = match &gifts {
            [Some(gift), _] => self.with_gift("invite-subject", gift),
            [None, Some(gift)] => self.with_gift("invite-subject-give", gift),
            [None, None] => self.say("invite-subject-plain"),
        };
        let words = self.asking(program, code, gifts);
        Words { subject, heading: self.say("invite-heading"), body: vec![self.say("invite-body")], ..words }
    }

    fn reminder(&self, program: &Program, code: &Code) -> Words {
        let gifts = [Side::Advocate, Side::Friend].map(|side| first_gift(self.voice, program, side));
        let words = self.asking(program, code, gifts);
        let (subject, heading) = (self.say("reminder-subject"), self.say("reminder-heading"));
        Words { subject, heading, body: vec![self.say("reminder-body")], ..words }
    }

    /// What an invitation and its reminder have in common. The link itself is on the share page: in a mail it would be
    /// opened by who is to pass it on.
    fn asking(&self, program: &Program, code: &Code, gifts: [Option<String>; 2]) -> Words {
        let [own, friends] = gifts;
        Words {
            offer: offer(self.voice, program, Reader::Advocate),
            shown: vec![(self.say("your-code"), code.to_string())],
            buttons: Buttons { link: Some(self.say("share-link")), ..Buttons::default() },
            reason: self.say("because-customer"),
            values: vec![
                ("code", code.to_string()),
                ("gift", own.unwrap_or_default()),
                ("friend_gift", friends.unwrap_or_default()),
            ],
            ..Words::default()
        }
    }

    /// From when on a gift that waits for returns is there; and that day by itself.
    fn waits(&self, gift: &str, until: jiff::Timestamp) -> (String, String) {
        let (until, day) = (self.voice.figures.day(until), self.voice.figures.day_number(until));
        let arguments = [("gift", gift.into()), ("until", (&until).into()), ("day", day.into())];
        (self.voice.say("friend-ordered-until", &arguments), until)
    }

    fn friend_ordered(&self, gift: &Gift<'_>, until: Option<jiff::Timestamp>) -> Words {
        let gift = self.voice.gift(gift.sort(), gift.value);
        let (body, until) = match until {
            None => (self.with_gift("friend-ordered-open", &gift), String::new()),
            Some(until) => self.waits(&gift, until),
        };
        Words {
            subject: self.say("friend-ordered-subject"),
            heading: self.say("friend-ordered-heading"),
            body: vec![body],
            buttons: Buttons { link: Some(self.say("share-again")), ..Buttons::default() },
            reason: self.say("because-advocate"),
            values: vec![("gift", gift), ("until", until)],
            ..Words::default()
        }
    }

    fn back(&self, gift: &Gift<'_>, coupon: Option<&CouponCode>, until: Option<jiff::Timestamp>) -> Words {
        let phrase = self.voice.gift(gift.sort(), gift.value);
        let (next, until) = match until {
            Some(until) => self.waits(&phrase, until),
            None => (self.say(handing_out(gift.fulfilment, coupon)), String::new()),
        };
        Words {
            subject: self.say("back-subject"),
            heading: self.with_gift("back-heading", &phrase),
            body: vec![self.say("back-body"), next],
            shown: self.coupon(coupon),
            buttons: Buttons { link: coupon.is_none().then(|| self.say("share-again")), ..Buttons::default() },
            reason: self.reason(gift.side),
            values: vec![("gift", phrase), ("coupon", coupon_text(coupon)), ("until", until)],
            ..Words::default()
        }
    }

    fn ready(&self, gift: &Gift<'_>, coupon: Option<&CouponCode>, code: &Code) -> Words {
        let phrase = self.voice.gift(gift.sort(), gift.value);
        let confirmed = (gift.side, gift.fulfilment) == (Side::Friend, Fulfilment::CodeAtCheckout);
        let (subject, heading) = match gift.side {
            Side::Friend if confirmed => {
                let value = self.voice.figures.amount(gift.value);
                let arguments = [("value", value.into()), ("code", code.as_str().into())];
                (self.say("ready-confirmed-subject"), self.voice.say("ready-confirmed-heading", &arguments))
            }
            Side::Friend => (self.with_gift("ready-subject", &phrase), self.with_gift("ready-heading-friend", &phrase)),
            Side::Advocate => {
                (self.with_gift("ready-subject", &phrase), self.with_gift("ready-heading-advocate", &phrase))
            }
        };
        let next = (!confirmed).then(|| handing_out(gift.fulfilment, coupon));
        let thanks = (gift.side == Side::Advocate).then(|| self.say("ready-thanks"));
        Words {
            subject,
            heading,
            body: next.map(|key| self.say(key)).into_iter().chain(thanks).collect(),
            shown: self.coupon(coupon),
            // Who holds a code wants to use it.
            buttons: Buttons { link: coupon.is_none().then(|| self.say("share-again")), ..Buttons::default() },
            reason: self.reason(gift.side),
            values: vec![("gift", phrase), ("coupon", coupon_text(coupon)), ("code", code.to_string())],
            ..Words::default()
        }
    }

    fn void(&self, gift: &Gift<'_>, reason: VoidReason, can_share: bool) -> Words {
        let phrase = self.voice.gift(gift.sort(), gift.value);
        let why = self.say(match reason {
            VoidReason::Refunded => "void-refunded",
            VoidReason::Cancelled => "void-cancelled",
            VoidReason::NotCredited => "void-not-credited",
            VoidReason::Rejected => "void-rejected",
        });
        let next = (gift.side == Side::Advocate && can_share).then(|| self.say("void-next"));
        Words {
            subject: self.say("void-subject"),
            heading: self.with_gift("void-heading", &phrase),
            body: [why.clone()].into_iter().chain(next).collect(),
            buttons: Buttons { link: Some(self.say("share-again")), ..Buttons::default() },
            reason: self.reason(gift.side),
            values: vec![("gift", phrase), ("reason", why)],
            ..Words::default()
        }
    }

    fn expiring(&self, gift: &Gift<'_>, coupon: Option<&CouponCode>, expires_at: jiff::Timestamp) -> Words {
        let phrase = self.voice.gift(gift.sort(), gift.value);
        let (until, day) = self.voice.figures.last_day(expires_at);
        let dated = |key| {
            let more = [("shop", name(self.shop)), ("until", (&until).into()), ("day", day.into())];
            let gift = [("gift", (&phrase).into())];
            self.voice.say(key, &[&more[..], &gift[..]].concat())
        };
        Words {
            subject: dated("expiring-subject"),
            heading: dated("expiring-heading"),
            body: coupon.map(|_| self.say("use-code")).into_iter().chain([self.say("expiring-body")]).collect(),
            shown: self.coupon(coupon),
            reason: self.reason(gift.side),
            values: vec![("gift", phrase), ("coupon", coupon_text(coupon)), ("until", until.clone())],
            ..Words::default()
        }
    }

    fn welcome(&self, advocate: Option<&str>, code: &Code, program: &Program) -> Words {
        let said = |named: &str, plain: &str| match advocate {
            Some(advocate) => self.voice.say(named, &[("shop", name(self.shop)), ("advocate", name(advocate))]),
            None => self.say(plain),
        };
        let gift = first_gift(self.voice, program, Side::Friend).unwrap_or_default();
        Words {
            subject: said("welcome-subject", "welcome-subject-plain"),
            heading: said("welcome-heading", "welcome-heading-plain"),
            body: vec![self.say("welcome-body")],
            offer: offer(self.voice, program, Reader::Friend),
            shown: vec![(self.say("your-code"), code.to_string())],
            buttons: Buttons { link: Some(self.say("welcome-button")), ..Buttons::default() },
            reason: self.say("because-welcome"),
            values: vec![
                ("advocate", advocate.map(isolated).unwrap_or_default()),
                ("gift", gift),
                ("code", code.to_string()),
            ],
            ..Words::default()
        }
    }

    fn coupon(&self, coupon: Option<&CouponCode>) -> Vec<(String, String)> {
        coupon.map(|coupon| (self.say("your-code"), coupon.as_str().to_owned())).into_iter().collect()
    }

    fn reason(&self, side: Side) -> String {
        self.say(match side {
            Side::Advocate => "because-advocate",
            Side::Friend => "because-friend",
        })
    }
}

/// How a reward comes to its owner.
const fn handing_out(fulfilment: Fulfilment, coupon: Option<&CouponCode>) -> &'static str {
    match (coupon, fulfilment) {
        (Some(_), _) => "use-code",
        // A code at checkout rewards whoever types it, so an advocate's reward is always handed out.
        (None, Fulfilment::Manual | Fulfilment::CodeAtCheckout) => "ready-by-hand",
        (None, Fulfilment::CouponPool { .. } | Fulfilment::Webhook { .. } | Fulfilment::PlatformCode) => {
            "ready-handed-out"
        }
    }
}

fn coupon_text(coupon: Option<&CouponCode>) -> String {
    coupon.map(|coupon| coupon.as_str().to_owned()).unwrap_or_default()
}
