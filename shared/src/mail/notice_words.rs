//! What the mails to a merchant say, in the merchant's language.

use super::gift::Voice;
use super::language::name;
use super::words::Words;
use crate::store::{Notice, Waiting};

/// What a notice says: what is up, and what to do about it.
pub(super) fn words(voice: &Voice, notice: &Notice, merchant: &str) -> Words {
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
        Notice::Digest { waiting } => (voice.say("notice-digest-subject", &[]), digest(voice, waiting)),
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
        reason: voice.say("because-notice", &[("merchant", name(merchant))]),
        ..Words::default()
    }
}

/// Only what there is any of.
fn digest(voice: &Voice, waiting: &Waiting) -> Vec<String> {
    let counts = [
        ("notice-digest-flagged", waiting.flagged),
        ("notice-digest-stuck", waiting.stuck_rewards),
        ("notice-digest-parked", waiting.parked),
        ("notice-digest-privacy", waiting.privacy_requests),
    ];
    let some = counts.into_iter().filter(|(_, count)| *count > 0);
    some.map(|(key, count)| voice.counted(key, count.into(), &[])).collect()
}
