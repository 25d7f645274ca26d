//! What a receiver's answer means, and when a webhook is tried again. Sources: Standard Webhooks 1.0, "Webhook delivery";
//! the schedule is the one that Svix publishes.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use super::client::Reply;
use super::hand_over::WHILE_DISABLED;
use crate::store::{Ended, Message, OutboxRow, OutboxState};

/// Waits after the first try, the second, and so on: eight tries in some 27 hours. The sweep runs every minute, so the
/// shorter ones are a lower bound.
const WAITS: [SignedDuration; 7] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(10),
];
/// How often a webhook is sent, tries included of which nobody knows how they ended.
pub(crate) const MAX_TRIES: u32 = 8;
const _: () = assert!(WAITS.len() + 1 == MAX_TRIES as usize, "a wait between each two tries");

/// The longest `Retry-After` that is honoured.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

const GONE: &str = "status 410";

/// What became of a request. The texts are codes of our own: what receivers say is nobody's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Taken,
    /// Not taken, or nobody knows: tried again, not before `wait` has passed.
    Failed {
        code: String,
        wait: SignedDuration,
    },
    /// The receiver wants no more of these.
    Gone,
}

impl Outcome {
    /// A failure of which the receiver says nothing more.
    pub(super) fn failed(code: impl Into<String>) -> Self {
        Self::Failed { code: code.into(), wait: SignedDuration::ZERO }
    }

    /// Why it counts as not taken, if it does.
    pub(super) fn error(&self) -> Option<String> {
        match self {
            Self::Taken => None,
            Self::Failed { code, .. } => Some(code.clone()),
            Self::Gone => Some(GONE.to_owned()),
        }
    }
}

/// What a reply means. A time-out is a failure like others: the webhook's id stays, so a receiver can drop a repeat. So is
/// a redirect: following it would take the webhook to where nobody has checked the address.
pub(super) fn outcome(reply: &Reply, now: Timestamp) -> Outcome {
    match reply {
        Reply::Answer { status: 200..=299, .. } => Outcome::Taken,
        Reply::Answer { status: 410, .. } => Outcome::Gone,
        Reply::Answer { status, retry_after } => {
            let wait = retry_after.as_deref().and_then(|text| asked_wait(text, now)).unwrap_or_default();
            Outcome::Failed { code: format!("status {status}"), wait: wait.min(LONGEST_WAIT) }
        }
        Reply::TimedOut => Outcome::failed("timeout"),
        Reply::Failed(code) => Outcome::failed(*code),
    }
}

/// `Retry-After` as seconds or as a date (RFC 9110 §10.2.3); `None` if it is neither.
fn asked_wait(text: &str, now: Timestamp) -> Option<SignedDuration> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(LONGEST_WAIT, SignedDuration::from_secs)).filter(|_| !text.is_empty());
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    Some(at.duration_since(now).max(SignedDuration::ZERO))
}

/// What becomes of a claimed webhook.
pub(super) fn ended(row: &OutboxRow, outcome: &Outcome, now: Timestamp) -> Ended {
    match outcome {
        Outcome::Taken => Ended::settled(OutboxState::Sent, None),
        // The reward is owed all the same: it waits until the endpoint is switched on again.
        Outcome::Gone if matches!(row.message, Message::HandOver { .. }) => Ended::again(now, WHILE_DISABLED, GONE),
        Outcome::Gone => Ended::settled(OutboxState::Dead, Some(GONE)),
        Outcome::Failed { code, wait } => {
            let scheduled = usize::try_from(row.tries()).ok().and_then(|tries| WAITS.get(tries.checked_sub(1)?));
            match scheduled {
                Some(scheduled) => Ended::again(now, *scheduled.max(wait), code),
                None => Ended::settled(OutboxState::Dead, Some(code)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T10:00:00Z".parse().expect("a time")
    }

    fn row(attempts: u32, ended: u32, failed: u32) -> OutboxRow {
        let row = json!({
            "id": "out_01HF7YAT00000000000000000A", "merchant": "mer_01HF7YAT00000000000000000A",
            "message": {"kind": "hand_over", "endpoint": "whe_01HF7YAT00000000000000000A", "reward": "rwd_01HF7YAT00000000000000000A"},
            "state": "claimed", "attempts": attempts, "ended": ended, "failed": failed, "created_at": now(), "due_at": now(),
        });
        serde_json::from_value(row).expect("a row")
    }

    fn answer(status: u16, retry_after: Option<&str>) -> Outcome {
        outcome(&Reply::Answer { status, retry_after: retry_after.map(str::to_owned) }, now())
    }

    fn wait(outcome: &Outcome) -> i64 {
        let Outcome::Failed { wait, .. } = outcome else { panic!("{outcome:?}") };
        wait.as_secs()
    }

    #[test]
    fn each_answer_means_one_thing() {
        for status in [200, 201, 204, 299] {
            assert_eq!(answer(status, None), Outcome::Taken, "{status}");
        }
        assert_eq!(answer(410, None), Outcome::Gone);
        for status in [100, 301, 302, 304, 400, 401, 404, 408, 429, 500, 502, 503] {
            assert_eq!(answer(status, None), Outcome::failed(format!("status {status}")));
        }
        assert_eq!(outcome(&Reply::TimedOut, now()), Outcome::failed("timeout"));
        assert_eq!(outcome(&Reply::Failed("connection"), now()), Outcome::failed("connection"));
    }

    #[test]
    fn a_receiver_may_ask_for_up_to_a_day() {
        let day = 86_400;
        for (text, expected) in [
            ("120", 120),
            ("0", 0),
            ("86401", day),
            ("99999999999999999999999", day),
            ("Sat, 21 Nov 2026 11:00:00 GMT", 3_600),
            ("Sat, 21 Nov 2026 09:00:00 GMT", 0),
            ("Sat, 21 Nov 2099 09:00:00 GMT", day),
            ("", 0),
            ("-5", 0),
            ("soon", 0),
        ] {
            assert_eq!(wait(&answer(429, Some(text))), expected, "{text}");
        }
    }

    #[test]
    fn eight_tries_are_made_in_some_27_hours_and_then_it_is_dead() {
        let failed = Outcome::failed("status 500");
        let after = |try_: u32| {
            let ended = ended(&row(try_, try_ - 1, try_ - 1), &failed, now());
            (ended.state, ended.due_at.map(|due_at| due_at.duration_since(now()).as_secs()))
        };
        let waits: Vec<_> = (1..=7).map(after).collect();
        let expected = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map(|wait| (OutboxState::Queued, Some(wait)));
        assert_eq!(waits, expected);
        assert_eq!(after(8), (OutboxState::Dead, None));
    }

    #[test]
    fn tries_that_were_cut_off_count_and_looks_that_found_nothing_to_send_do_not() {
        let failed = Outcome::failed("status 500");
        let wait = |row| ended(&row, &failed, now()).due_at.map(|due_at| due_at.duration_since(now()).as_secs());
        assert_eq!(wait(row(2, 0, 0)), Some(300), "one was cut off");
        assert_eq!(wait(row(9, 8, 0)), Some(5), "eight times the reward did not stand");
    }

    #[test]
    fn what_a_receiver_asks_for_makes_a_wait_longer_and_never_shorter() {
        let due = |status_wait: &str| ended(&row(2, 1, 1), &answer(503, Some(status_wait)), now()).due_at;
        assert_eq!(due("600").map(|at| at.duration_since(now()).as_secs()), Some(600));
        assert_eq!(due("1").map(|at| at.duration_since(now()).as_secs()), Some(300));
        assert_eq!(ended(&row(8, 7, 7), &answer(503, Some("600")), now()).state, OutboxState::Dead);
    }
}
