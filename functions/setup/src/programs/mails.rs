//! Reading which mails a program sends, and when it asks customers to refer.

use std::collections::BTreeSet;

use jiff::civil::Time;
use shared::domain::mail::MailKind;
use shared::domain::person::Locale;
use shared::domain::program::{Eligible, Invite, InviteOn, Mails, Quiet};
use shared::http::{Field, Fields};

use super::MAX_ENTRIES;
use super::amounts::money;

/// More than anybody should be reminded.
const MAX_REMINDERS: usize = 3;
/// A customer is asked a day after what makes it the moment, unless the merchant says otherwise.
const DELAY_HOURS: u32 = 24;
/// Two weeks between two requests, a month after a refund.
const REST_DAYS: u32 = 14;
const REFUND_REST_DAYS: u32 = 30;
/// A year.
const LONGEST_DAYS: u32 = 365;

/// The program's mails.
pub(super) fn mails(field: &Field<'_>) -> Mails {
    let Some(fields) = field.fields(&["locale", "off", "expiring_days", "invite"]) else { return Mails::default() };
    let default = Mails::default();
    let off = fields.get("off").and_then(|field| field.list(MailKind::ALL.len())).unwrap_or_default();
    Mails {
        locale: fields.get("locale").and_then(|field| field.parse::<Locale>()),
        off: off.iter().filter_map(Field::parse::<MailKind>).collect(),
        expiring_days: whole(&fields, "expiring_days", 1, 90).unwrap_or(default.expiring_days),
        invite: fields.get("invite").and_then(|field| invite(&field)),
    }
}

fn invite(field: &Field<'_>) -> Option<Invite> {
    let fields = field.fields(&[
        "on",
        "milestone",
        "delay_hours",
        "reminders_days",
        "again_days",
        "rest_days",
        "refund_rest_days",
        "quiet_hours",
        "opt_in_only",
        "eligible",
    ])?;
    let on = on(&fields);
    Some(Invite {
        on: on?,
        delay_hours: whole(&fields, "delay_hours", 0, 24 * LONGEST_DAYS).unwrap_or(DELAY_HOURS),
        reminders_days: reminders(&fields),
        again_days: whole(&fields, "again_days", 1, 10 * LONGEST_DAYS),
        rest_days: whole(&fields, "rest_days", 0, LONGEST_DAYS).unwrap_or(REST_DAYS),
        refund_rest_days: whole(&fields, "refund_rest_days", 0, LONGEST_DAYS).unwrap_or(REFUND_REST_DAYS),
        quiet: fields.get("quiet_hours").and_then(|field| quiet(&field)).unwrap_or_default(),
        opt_in_only: fields.get("opt_in_only").and_then(|field| field.flag()).unwrap_or_default(),
        eligible: fields.get("eligible").map(|field| eligible(&field)).unwrap_or_default(),
    })
}

fn on(fields: &Fields<'_>) -> Option<InviteOn> {
    let words = [("paid", 0), ("fulfilled", 1), ("delivered", 2), ("milestone", 3)];
    let on = fields.required("on").and_then(|on| on.choice(&words));
    let milestone = match on {
        Some(3) => fields.required("milestone").and_then(|field| field.line(64)).map(|name| name.trim().to_owned()),
        Some(_) => {
            fields.unless(fields.get("milestone").is_none(), "milestone", "only \"on\": \"milestone\" has one");
            None
        }
        None => None,
    };
    match on? {
        0 => Some(InviteOn::Paid),
        1 => Some(InviteOn::Fulfilled),
        2 => Some(InviteOn::Delivered),
        _ => milestone.map(|name| InviteOn::Milestone { name }),
    }
}

/// Waits that do not become shorter: whoever does not answer is asked less and less, and then left alone.
fn reminders(fields: &Fields<'_>) -> Vec<u32> {
    let Some(field) = fields.get("reminders_days") else { return Vec::new() };
    let days: Vec<_> =
        field.list(MAX_REMINDERS).unwrap_or_default().iter().filter_map(|day| day.whole(1..=LONGEST_DAYS)).collect();
    field.unless(days.is_sorted(), "each wait must be at least as long as the one before it");
    days
}

fn clock(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

fn quiet(field: &Field<'_>) -> Option<Quiet> {
    let fields = field.fields(&["from", "to"])?;
    let time =
        |name| fields.required(name).and_then(|at| at.parse_as::<Time>("must be a time of day such as \"21:00\""));
    let (from, to) = (time("from"), time("to"));
    Some(Quiet { from: from?, to: to? })
}

fn eligible(field: &Field<'_>) -> Eligible {
    let known = &["min_orders", "min_spend", "ordered_within_days", "tags_any", "tags_none", "loyalty_tiers"];
    let Some(fields) = field.fields(known) else { return Eligible::default() };
    Eligible {
        min_orders: whole(&fields, "min_orders", 1, 10_000),
        min_spend: fields.get("min_spend").and_then(|field| money(&field)),
        ordered_within_days: whole(&fields, "ordered_within_days", 1, 10 * LONGEST_DAYS),
        tags_any: words(&fields, "tags_any", 64),
        tags_none: words(&fields, "tags_none", 64),
        loyalty_tiers: words(&fields, "loyalty_tiers", 32),
    }
}

fn words(fields: &Fields<'_>, name: &str, most: usize) -> BTreeSet<String> {
    let list = fields.get(name).and_then(|field| field.list(MAX_ENTRIES)).unwrap_or_default();
    list.iter().filter_map(|word| word.line(most)).map(|word| word.trim().to_owned()).collect()
}

fn whole(fields: &Fields<'_>, name: &str, least: u32, most: u32) -> Option<u32> {
    fields.get(name).and_then(|field| field.whole(least..=most))
}

/// As it can be sent again.
pub(super) fn view(mails: &Mails) -> serde_json::Value {
    let invite = mails.invite.as_ref().map(|invite| {
        let (on, milestone) = match &invite.on {
            InviteOn::Paid => ("paid", None),
            InviteOn::Fulfilled => ("fulfilled", None),
            InviteOn::Delivered => ("delivered", None),
            InviteOn::Milestone { name } => ("milestone", Some(name)),
        };
        serde_json::json!({
            "on": on,
            "milestone": milestone,
            "delay_hours": invite.delay_hours,
            "reminders_days": invite.reminders_days,
            "again_days": invite.again_days,
            "rest_days": invite.rest_days,
            "refund_rest_days": invite.refund_rest_days,
            "quiet_hours": {"from": clock(invite.quiet.from), "to": clock(invite.quiet.to)},
            "opt_in_only": invite.opt_in_only,
            "eligible": invite.eligible,
        })
    });
    serde_json::json!({
        "locale": mails.locale,
        "off": mails.off,
        "expiring_days": mails.expiring_days,
        "invite": invite,
    })
}
