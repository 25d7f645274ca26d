//! What SES's answers mean, and what then becomes of the mail: the one place that looks at SES's error codes. Only an
//! answer that can't be known can end in a second copy; everything else is certain. Sources: SES v1 API reference, "Common
//! errors" and `SendRawEmail`; SES developer guide, "Errors related to the sending quotas".

use aws_sdk_ses::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ses::operation::send_raw_email::{SendRawEmailError, SendRawEmailOutput};
use jiff::{SignedDuration, Timestamp};

use crate::domain::mail::Copies;
use crate::store::{Ended, OutboxRow, OutboxState};

/// How often a mail is tried that something of ours is missing for.
pub(super) const MAX_BROKEN: u32 = 8;
/// How old a mail becomes that SES puts off. Rate, quota and pauses are the account's state and no fault of the mail, so
/// no number of tries ends it; but nothing is written for ever.
const TOO_OLD: SignedDuration = SignedDuration::from_hours(30 * 24);

const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);
/// Between two tries of a mail that has waited for days.
const SLOWEST: SignedDuration = SignedDuration::from_hours(3);

/// The code of our own for: there was no connection.
pub(super) const CONNECT: &str = "connect";

/// How many copies of a mail may go out of which nobody knows.
pub(crate) const fn max_unknown(copies: Copies) -> u32 {
    match copies {
        Copies::AtLeastOnce => 2,
        Copies::AtMostOnce => 1,
    }
}

/// What became of a request to send. The texts are codes of SES or of our own, never its messages: they quote
/// addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// SES has it, under this id.
    Accepted(String),
    /// Certainly not sent, for a reason that passes.
    PutOff(Why, String),
    /// Certainly not sent, and never will be as it is.
    Refused(String),
    /// Perhaps sent: the request was on its way when the connection or SES failed.
    Unknown(String),
}

/// Why a mail was put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Too many mails a second, or no connection.
    Busy,
    /// Too many mails a day.
    Quota,
    /// The account, its configuration or our permissions: nobody's mail is sent.
    Paused,
    /// The merchant's sender is not verified yet, or, in the sandbox, the reader's address: others' mails go.
    Sender,
}

/// What SES's answer means.
pub(super) fn outcome(answer: Result<SendRawEmailOutput, SdkError<SendRawEmailError>>) -> Outcome {
    match answer {
        Ok(sent) => Outcome::Accepted(sent.message_id),
        // The request could not even be made, e.g. without credentials.
        Err(SdkError::ConstructionFailure(_)) => Outcome::PutOff(Why::Paused, "construction".into()),
        Err(SdkError::DispatchFailure(failure)) => match failure.as_connector_error() {
            Some(error) if never_connected(error) => Outcome::PutOff(Why::Busy, CONNECT.into()),
            _ => Outcome::Unknown("connection".into()),
        },
        Err(SdkError::TimeoutError(_)) => Outcome::Unknown("timeout".into()),
        Err(SdkError::ServiceError(service)) => {
            let (status, error) = (service.raw().status().as_u16(), service.err());
            refusal(status, error.code(), error.message().unwrap_or_default())
        }
        // An answer that can't be read; and what the SDK may add.
        Err(_) => Outcome::Unknown("response".into()),
    }
}

/// Whether the failure came before a byte of the request left. The client's error has no public type for that, but
/// says so (`hyper_util`); a test fails should it ever say it otherwise, and then the mail's fate counts as unknown.
fn never_connected(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| error.to_string() == "client error (Connect)")
}

fn refusal(status: u16, code: Option<&str>, message: &str) -> Outcome {
    let code = code.unwrap_or_default();
    let note = || {
        if code.is_empty() {
            format!("status {status}")
        } else {
            code.chars().filter(char::is_ascii_alphanumeric).take(64).collect()
        }
    };
    match code {
        // Both quotas have the same code; only the message tells them apart.
        "Throttling" | "ThrottlingException" if message.to_ascii_lowercase().contains("quota") => {
            Outcome::PutOff(Why::Quota, note())
        }
        // Its owner is about to mend it.
        "MessageRejected" if message.to_ascii_lowercase().contains("not verified") => {
            Outcome::PutOff(Why::Sender, note())
        }
        "MailFromDomainNotVerifiedException" => Outcome::PutOff(Why::Sender, note()),
        "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestLimitExceeded" => Outcome::PutOff(Why::Busy, note()),
        "LimitExceeded" | "LimitExceededException" => Outcome::PutOff(Why::Quota, note()),
        "AccountSendingPausedException"
        | "ConfigurationSetDoesNotExist"
        | "ConfigurationSetDoesNotExistException"
        | "ConfigurationSetSendingPausedException"
        | "AccessDenied"
        | "AccessDeniedException"
        | "ExpiredToken"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "MissingAuthenticationToken"
        | "NotAuthorized"
        | "OptInRequired"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => Outcome::PutOff(Why::Paused, note()),
        // A fault on the other side, or a success that can't be read.
        _ if !(400..500).contains(&status) => Outcome::Unknown(note()),
        "" if status == 429 => Outcome::PutOff(Why::Busy, note()),
        // MessageRejected, InvalidParameterValue, ValidationError, and what AWS may add: about this very mail.
        _ => Outcome::Refused(note()),
    }
}

/// What becomes of a claimed mail. `jitter` spreads waits over their whole length.
pub(crate) fn ended(row: &OutboxRow, outcome: &Outcome, now: Timestamp, jitter: u16) -> Ended {
    let age = now.duration_since(row.created_at);
    match outcome {
        Outcome::Accepted(id) => Ended { message_id: Some(id.clone()), ..Ended::settled(OutboxState::Sent, None) },
        Outcome::PutOff(_, code) if age > TOO_OLD => Ended::settled(OutboxState::Dead, Some(code)),
        Outcome::PutOff(why, code) => Ended::retry(now, wait(*why, row.attempts, age, jitter), code),
        Outcome::Refused(code) => Ended::settled(OutboxState::Dead, Some(code)),
        Outcome::Unknown(code) => Ended::uncertain(now, code),
    }
}

/// What becomes of a claimed mail that can't be written because something of ours is not there.
pub(crate) fn broken(row: &OutboxRow, missing: &str, now: Timestamp, jitter: u16) -> Ended {
    if row.failed >= MAX_BROKEN {
        return Ended::settled(OutboxState::Dead, Some(missing));
    }
    Ended::again(now, wait(Why::Busy, row.failed + 1, SignedDuration::ZERO, jitter), missing)
}

/// How long to wait after so many tries. Full jitter: mails that were put off together should not come back together.
pub(super) fn wait(why: Why, attempts: u32, age: SignedDuration, jitter: u16) -> SignedDuration {
    let up_to = |longest: SignedDuration| {
        SignedDuration::from_millis_i128(longest.as_millis() * i128::from(jitter) / i128::from(u16::MAX))
    };
    match why {
        Why::Busy => {
            let doubled = SignedDuration::from_mins(1 << attempts.saturating_sub(1).min(4));
            up_to(doubled.min(LONGEST_WAIT))
        }
        Why::Quota => LONGEST_WAIT + up_to(LONGEST_WAIT),
        Why::Paused | Why::Sender => (age / 8).clamp(LONGEST_WAIT, SLOWEST),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ses::config::http::HttpResponse;
    use aws_sdk_ses::error::ErrorMetadata;
    use aws_smithy_types::body::SdkBody;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, code: &str, message: &str) -> Outcome {
        let error = ErrorMetadata::builder().code(code).message(message).build();
        let response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::empty());
        outcome(Err(SdkError::service_error(SendRawEmailError::generic(error), response)))
    }

    fn row(attempts: u32, ended: u32) -> OutboxRow {
        let row = json!({
            "id": "out_01HF7YAT00000000000000000A", "merchant": "mer_01HF7YAT00000000000000000B",
            "message": {"kind": "notice", "notice": {"kind": "pool_low", "pool_name": "Summer", "left": 12}},
            "state": "claimed", "attempts": attempts, "ended": ended, "failed": ended,
            "created_at": "2026-11-21T10:00:00Z", "due_at": "2026-11-21T10:15:00Z",
        });
        serde_json::from_value(row).expect("a row")
    }

    fn now() -> Timestamp {
        "2026-11-21T10:00:00Z".parse().expect("a time")
    }

    /// What becomes of a mail: its state, and after how many seconds it is due.
    fn becomes(row: &OutboxRow, outcome: &Outcome, jitter: u16) -> (OutboxState, Option<i64>) {
        let ended = ended(row, outcome, now(), jitter);
        (ended.state, ended.due_at.map(|due_at| due_at.duration_since(now()).as_secs()))
    }

    #[test]
    fn each_answer_of_ses_means_one_thing() {
        let put_off = |why| move |code: &str| Outcome::PutOff(why, code.to_owned());
        let (busy, quota, paused, sender) =
            (put_off(Why::Busy), put_off(Why::Quota), put_off(Why::Paused), put_off(Why::Sender));
        let refused = |code: &str| Outcome::Refused(code.to_owned());
        let unknown = |code: &str| Outcome::Unknown(code.to_owned());
        let cases = [
            (400, "Throttling", "Maximum sending rate exceeded.", busy("Throttling")),
            (400, "Throttling", "Daily message quota exceeded.", quota("Throttling")),
            (400, "LimitExceededException", "", quota("LimitExceededException")),
            (400, "AccountSendingPausedException", "", paused("AccountSendingPausedException")),
            (400, "ConfigurationSetSendingPausedException", "", paused("ConfigurationSetSendingPausedException")),
            (400, "ConfigurationSetDoesNotExist", "", paused("ConfigurationSetDoesNotExist")),
            (400, "MailFromDomainNotVerifiedException", "", sender("MailFromDomainNotVerifiedException")),
            (403, "AccessDenied", "User is not authorized", paused("AccessDenied")),
            (400, "MessageRejected", "Email address is not verified: x@y.example", sender("MessageRejected")),
            (400, "MessageRejected", "The message contains a virus.", refused("MessageRejected")),
            (400, "InvalidParameterValue", "", refused("InvalidParameterValue")),
            (400, "SomethingNew", "", refused("SomethingNew")),
            (500, "InternalFailure", "", unknown("InternalFailure")),
            (503, "ServiceUnavailable", "", unknown("ServiceUnavailable")),
            (503, "Throttling", "Rate exceeded", busy("Throttling")),
            (502, "", "", unknown("status 502")),
            (200, "", "", unknown("status 200")),
            (429, "", "", busy("status 429")),
            (413, "", "", refused("status 413")),
        ];
        for (status, code, message, expected) in cases {
            assert_eq!(answer(status, code, message), expected, "{status} {code} {message}");
        }
        assert_eq!(outcome(Err(SdkError::timeout_error("5 s"))), unknown("timeout"));
        assert_eq!(outcome(Err(SdkError::construction_failure("no key"))), paused("construction"));
    }

    #[test]
    fn what_is_noted_of_a_refusal_holds_no_address() {
        assert_eq!(answer(400, "Bad<x@y.example>", "x@y.example"), Outcome::Refused("Badxyexample".into()));
    }

    #[test]
    fn certain_answers_settle_a_mail_or_put_it_off() {
        let first = row(1, 0);
        assert_eq!(becomes(&first, &Outcome::Accepted("m".into()), 0), (OutboxState::Sent, None));
        assert_eq!(ended(&first, &Outcome::Accepted("m".into()), now(), 0).message_id, Some("m".into()));
        assert_eq!(becomes(&first, &Outcome::Refused("r".into()), 0), (OutboxState::Dead, None));
        let after = |attempts, why, jitter| {
            let (state, due) = becomes(&row(attempts, attempts - 1), &Outcome::PutOff(why, "p".into()), jitter);
            assert_eq!(state, OutboxState::Retry);
            due.expect("a time")
        };
        // Up to a minute at first, up to ten in the end.
        let longest: Vec<_> =
            [1, 2, 3, 4, 5, 100].into_iter().map(|attempts| after(attempts, Why::Busy, u16::MAX)).collect();
        assert_eq!(longest, [60, 120, 240, 480, 600, 600]);
        assert_eq!(after(100, Why::Busy, 0), 0);
        assert_eq!((after(1, Why::Quota, 0), after(9, Why::Quota, u16::MAX)), (600, 1200));
        for why in [Why::Paused, Why::Sender] {
            assert_eq!((after(1, why, 0), after(9, why, u16::MAX)), (600, 600));
        }
    }

    #[test]
    fn a_paused_account_costs_no_mail_for_weeks_and_no_write_for_ever() {
        for why in [Why::Busy, Why::Quota, Why::Paused, Why::Sender] {
            let put_off = Outcome::PutOff(why, "p".into());
            let after = |days: i64| {
                let mut row = row(5_000, 4_999);
                row.created_at = now() - SignedDuration::from_hours(days * 24);
                becomes(&row, &put_off, 0)
            };
            assert_eq!(after(29).0, OutboxState::Retry, "{why:?}");
            assert_eq!(after(31), (OutboxState::Dead, None), "{why:?}");
        }
        let hours: Vec<_> =
            [1, 8, 48].map(|age| wait(Why::Paused, 9, SignedDuration::from_hours(age), 0).as_mins()).into();
        assert_eq!(hours, [10, 60, 180]);
    }

    #[test]
    fn an_unknown_answer_waits_for_evidence() {
        assert_eq!(becomes(&row(1, 0), &Outcome::Unknown("u".into()), 0), (OutboxState::Uncertain, Some(900)));
        assert_eq!((max_unknown(Copies::AtLeastOnce), max_unknown(Copies::AtMostOnce)), (2, 1));
    }

    #[test]
    fn a_mail_that_cannot_be_written_is_given_up_after_a_while() {
        assert_eq!(broken(&row(8, 7), "the shop", now(), 0).state, OutboxState::Queued);
        assert_eq!(broken(&row(9, 8), "the shop", now(), 0).state, OutboxState::Dead);
    }
}
