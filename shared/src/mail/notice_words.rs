//! What the mails to a merchant say, in the merchant's language.

use super::gift::{Sort, Voice};
use super::language::name;
use super::words::Words;
use crate::domain::person::PersonName;
use crate::domain::program::{Fulfilment, Side};
use crate::owed::{ToPay, Unpaid};
use crate::store::{Notice, Waiting};

/// What a notice says: what is up, and what to do about it.
pub(super) fn words(voice: &Voice, notice: &Notice, merchant: &str, unpaid: &Unpaid) -> Words {
    let day = |at| voice.figures.day(at);
    let (subject, body) = match notice {
        Notice::DataRequest { request, due_at } => {
            let until = [("request", request.to_string().into()), ("until", day(*due_at).into())];
            (voice.say("notice-data-request-subject", &[]), vec![voice.say("notice-data-request-body", &until)])
        }
        Notice::BudgetSpent { program_name, period, .. } if period == "total" => {
            let program = [("program", name(program_name))];
            (voice.say("notice-budget-total-subject", &program), vec![voice.say("notice-budget-total-body", &[])])
        }
        Notice::BudgetSpent { program_name, period, .. } => {
            let program = [("program", name(program_name)), ("period", period.into())];
            (voice.say("notice-budget-subject", &program), vec![voice.say("notice-budget-body", &[])])
        }
        Notice::PoolLow { pool_name, left: 0 } => {
            let subject = voice.say("notice-pool-empty-subject", &[("pool", name(pool_name))]);
            (subject, vec![voice.say("notice-pool-body", &[])])
        }
        Notice::PoolLow { pool_name, left } => {
            let subject = voice.counted("notice-pool-subject", (*left).into(), &[("pool", name(pool_name))]);
            (subject, vec![voice.say("notice-pool-body", &[])])
        }
        Notice::EndpointDisabled { endpoint, host, failing_since } => {
            let failing = [("since", day(*failing_since).into()), ("endpoint", endpoint.to_string().into())];
            let subject = voice.say("notice-endpoint-subject", &[("host", name(host))]);
            (subject, vec![voice.say("notice-endpoint-body", &failing)])
        }
        Notice::MailPaused { complaints, sent, counted } => {
            let key = if *complaints { "notice-paused-complaints" } else { "notice-paused-bounces" };
            let sent = [("sent", voice.figures.number((*sent).into()).into())];
            (voice.say("notice-paused-subject", &[]), vec![voice.counted(key, (*counted).into(), &sent)])
        }
        Notice::Digest { waiting } => (voice.say("notice-digest-subject", &[]), digest(voice, waiting, unpaid)),
        Notice::CodeRefused { shop_domain, detail } => {
            let subject = voice.say("notice-code-subject", &[("host", name(shop_domain))]);
            let detail = voice.say("notice-code-detail", &[("detail", name(detail))]);
            (subject, vec![detail, voice.say("notice-code-body", &[])])
        }
    };
    Words {
        greeting: voice.say("hello", &[]),
        // No preheader: the text itself is short, and what is hidden costs trust where nothing can be unsubscribed from.
        heading: subject.clone(),
        subject,
        body,
        offer: to_pay(voice, unpaid),
        reason: voice.say("because-notice", &[("merchant", name(merchant))]),
        ..Words::default()
    }
}

/// Only what there is any of; last what is then listed.
fn digest(voice: &Voice, waiting: &Waiting, unpaid: &Unpaid) -> Vec<String> {
    let counts = [
        ("notice-digest-flagged", waiting.flagged),
        ("notice-digest-stuck", waiting.stuck_rewards),
        ("notice-digest-parked", waiting.parked),
        ("notice-digest-privacy", waiting.privacy_requests),
        ("notice-digest-to-pay", waiting.to_pay),
    ];
    let some = counts.into_iter().filter(|(_, count)| *count > 0);
    let all =
        (waiting.to_pay > 0).then(|| voice.say("notice-digest-to-pay-all", &[("call", unpaid.call.as_str().into())]));
    some.map(|(key, count)| voice.counted(key, count.into(), &[])).chain(all).collect()
}

/// Whom to hand what over to, and since when.
fn to_pay(voice: &Voice, unpaid: &Unpaid) -> Vec<String> {
    let more = (unpaid.more > 0).then(|| voice.counted("notice-digest-to-pay-more", unpaid.more.into(), &[]));
    unpaid.rewards.iter().map(|reward| one(voice, reward)).chain(more).collect()
}

/// Whom nobody can name is told of by the advocate's code.
fn one(voice: &Voice, reward: &ToPay) -> String {
    let code = || reward.code.as_str().into();
    let friend = || voice.say("notice-digest-to-pay-friend", &[("code", code())]);
    let who = match (reward.name.as_ref().map(PersonName::expose), reward.side) {
        (Some(known), _) => name(known),
        (None, Side::Advocate) => code(),
        (None, Side::Friend) => friend().into(),
    };
    let sort = Sort { side: reward.side, kind: reward.kind, fulfilment: Fulfilment::Manual };
    let gift = voice.gift(sort, &reward.value);
    let since = voice.figures.day(reward.since);
    voice.say("notice-digest-to-pay-one", &[("who", who), ("gift", gift.into()), ("since", since.into())])
}
