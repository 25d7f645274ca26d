//! The two services that a worker talks to, each of which may fail at any call, and in the midst of which a worker may
//! die or fall asleep. No socket, no waiting: a fault happens where the plan says.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use tests::answer;
use tokio::sync::Notify;

/// What goes wrong with one call to storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    Throttled,
    Fails,
    LosesAnswer,
    /// The worker dies before the call, or right after it.
    DiesBefore,
    DiesAfter,
    /// The worker falls asleep before the call, or right after it, while others go on.
    SleepsBefore,
    SleepsAfter,
}

impl Storage {
    pub(crate) const ALL: [Self; 7] = [
        Self::Throttled,
        Self::Fails,
        Self::LosesAnswer,
        Self::DiesBefore,
        Self::DiesAfter,
        Self::SleepsBefore,
        Self::SleepsAfter,
    ];
}

/// What goes wrong with SES.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ses {
    Throttled,
    DailyQuota,
    Paused,
    NotVerified,
    Rejected,
    NoConnection,
    TimeoutTaken,
    TimeoutNotTaken,
    ErrorTaken,
    ErrorNotTaken,
    /// The worker dies while SES has not got the mail yet, or has it.
    DiesBefore,
    DiesAfter,
}

impl Ses {
    pub(crate) const ALL: [Self; 12] = [
        Self::Throttled,
        Self::DailyQuota,
        Self::Paused,
        Self::NotVerified,
        Self::Rejected,
        Self::NoConnection,
        Self::TimeoutTaken,
        Self::TimeoutNotTaken,
        Self::ErrorTaken,
        Self::ErrorNotTaken,
        Self::DiesBefore,
        Self::DiesAfter,
    ];

    /// SES refused for certain, and says so.
    pub(crate) const CERTAIN: [Self; 5] =
        [Self::Throttled, Self::DailyQuota, Self::Paused, Self::NotVerified, Self::NoConnection];
}

/// What goes wrong next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The call of this number, counted from 0. `reads`: only calls that read are counted. `lasts`: and all calls after it,
    /// so that trying once more does not help.
    Storage {
        at: usize,
        reads: bool,
        lasts: bool,
        how: Storage,
    },
    Ses(Ses),
}

/// What is common to both services.
#[derive(Clone)]
pub(crate) struct World {
    database: Database,
    inner: Arc<Mutex<Inner>>,
    pub(crate) died: Arc<Notify>,
    pub(crate) asleep: Arc<Notify>,
    pub(crate) wake: Arc<Notify>,
    /// Conditions that are always true, to see that this is noticed: those that contain this text.
    pub(crate) broken: &'static str,
}

#[derive(Default)]
struct Inner {
    plan: Option<Fault>,
    /// The plan's fault has happened.
    hit: bool,
    /// Faults that happened, by name.
    happened: BTreeMap<String, u64>,
    /// Copies that SES has taken: outbox id and attempt.
    taken: Vec<(String, String)>,
    /// Of these: how many were told.
    told: usize,
    /// The last claim was neither followed by a call to SES nor ended.
    idle_claim: bool,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl World {
    pub(crate) fn new(database: Database, broken: &'static str) -> Self {
        Self {
            database,
            inner: Arc::default(),
            died: Arc::default(),
            asleep: Arc::default(),
            wake: Arc::default(),
            broken,
        }
    }

    /// The next calls meet this.
    pub(crate) fn plan(&self, fault: Option<Fault>) {
        let mut inner = self.inner();
        inner.plan = fault;
        inner.hit = false;
    }

    /// A worker begins.
    pub(crate) fn begin(&self, fault: Option<Fault>) {
        self.plan(fault);
        self.inner().idle_claim = false;
    }

    /// Whether the last worker claimed a mail and came no further.
    pub(crate) fn claimed_in_vain(&self) -> bool {
        self.inner().idle_claim
    }

    pub(crate) fn happened(&self) -> BTreeMap<String, u64> {
        self.inner().happened.clone()
    }

    /// How many copies of a mail SES has taken.
    pub(crate) fn copies(&self, outbox: &str) -> usize {
        self.inner().taken.iter().filter(|(id, _)| id == outbox).count()
    }

    /// What SES has taken and not told yet: outbox id, attempt, its own number.
    pub(crate) fn untold(&self) -> Vec<(String, String, usize)> {
        let mut inner = self.inner();
        let all = inner.taken.len();
        let from = std::mem::replace(&mut inner.told, all);
        let taken = inner.taken.iter().enumerate().skip(from);
        taken.map(|(n, (id, attempt))| (id.clone(), attempt.clone(), n)).collect()
    }

    pub(crate) fn storage(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(Dynamo(self.clone()));
        http_client_fn(move |_, _| connector.clone())
    }

    pub(crate) fn ses(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(Mails(self.clone()));
        http_client_fn(move |_, _| connector.clone())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hit(&self, name: String) {
        *self.inner().happened.entry(name).or_default() += 1;
    }

    fn storage_fault(&self, operation: &str) -> Option<Storage> {
        let mut inner = self.inner();
        let Some(Fault::Storage { at, reads, lasts, how }) = &mut inner.plan else { return None };
        if *reads && operation != "GetItem" {
            return None;
        }
        if *at > 0 {
            *at -= 1;
            return None;
        }
        // Who dies or sleeps calls no more.
        let (lasts, how) = (*lasts && matches!(how, Storage::Throttled | Storage::Fails | Storage::LosesAnswer), *how);
        if !lasts {
            inner.plan = None;
        }
        // One that lasts is one fault, however many calls it hits.
        if !std::mem::replace(&mut inner.hit, true) {
            *inner.happened.entry(format!("storage {how:?}")).or_default() += 1;
        }
        Some(how)
    }

    fn ses_fault(&self) -> Option<Ses> {
        let mut inner = self.inner();
        let Some(Fault::Ses(how)) = inner.plan else { return None };
        inner.plan = None;
        Some(how)
    }

    async fn die(&self) -> ! {
        self.died.notify_one();
        std::future::pending().await
    }

    async fn sleep(&self) {
        self.asleep.notify_one();
        self.wake.notified().await;
    }
}

fn respond(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).expect("a status"), SdkBody::from(body))
}

#[derive(Debug)]
struct Dynamo(World);

impl HttpConnector for Dynamo {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let world = self.0.clone();
        HttpConnectorFuture::new(async move {
            let operation = request.headers().get("x-amz-target").and_then(|target| target.split('.').next_back());
            let operation = operation.expect("an operation").to_owned();
            let mut body = request.body().bytes().expect("a body in memory").to_vec();
            let text = String::from_utf8_lossy(&body).into_owned();
            let (claims, ends) = (text.contains(":claim\""), text.contains("ended + :one"));
            if !world.broken.is_empty() && text.contains(world.broken) {
                // Every name and value of the condition is still in it, as DynamoDB asks for.
                let always = format!("({}) OR attribute_exists(pk)", world.broken);
                body = text.replace(world.broken, &always).into_bytes();
            }
            let fault = world.storage_fault(&operation);
            let refusal = |kind: &str| {
                let body =
                    format!("{{\"__type\":\"com.amazonaws.dynamodb.v20120810#{kind}\",\"message\":\"injected\"}}");
                respond(if kind == "InternalServerError" { 500 } else { 400 }, body)
            };
            match fault {
                Some(Storage::Throttled) => return Ok(refusal("ThrottlingException")),
                Some(Storage::Fails) => return Ok(refusal("InternalServerError")),
                Some(Storage::DiesBefore) => world.die().await,
                Some(Storage::SleepsBefore) => world.sleep().await,
                _ => {}
            }
            let answer = match answer(&world.database, &operation, &body) {
                Ok(body) => respond(200, body),
                Err(failure) => respond(failure.status_code(), failure.to_json()),
            };
            if answer.status().is_success() && (claims || ends) {
                world.inner().idle_claim = claims;
            }
            match fault {
                Some(Storage::LosesAnswer) => Ok(refusal("InternalServerError")),
                Some(Storage::DiesAfter) => world.die().await,
                Some(Storage::SleepsAfter) => {
                    world.sleep().await;
                    Ok(answer)
                }
                _ => Ok(answer),
            }
        })
    }
}

/// No connection, in the words of the client that is deployed (`mailer.rs` tries a real one).
#[derive(Debug)]
struct NoConnection;

impl fmt::Display for NoConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("client error (Connect)")
    }
}

impl std::error::Error for NoConnection {}

#[derive(Debug)]
struct Mails(World);

impl HttpConnector for Mails {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let world = self.0.clone();
        HttpConnectorFuture::new(async move {
            let fault = world.ses_fault();
            if let Some(how) = fault {
                world.hit(format!("ses {how:?}"));
            }
            let refusal = |status: u16, code: &str, message: &str| {
                respond(
                    status,
                    format!(
                        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
                    ),
                )
            };
            match fault {
                Some(Ses::Throttled) => return Ok(refusal(400, "Throttling", "Maximum sending rate exceeded.")),
                Some(Ses::DailyQuota) => return Ok(refusal(400, "Throttling", "Daily message quota exceeded.")),
                Some(Ses::Paused) => return Ok(refusal(400, "AccountSendingPausedException", "")),
                Some(Ses::NotVerified) => {
                    return Ok(refusal(400, "MessageRejected", "Email address is not verified."));
                }
                Some(Ses::Rejected) => return Ok(refusal(400, "MessageRejected", "It contains a virus.")),
                Some(Ses::NoConnection) => return Err(ConnectorError::io(Box::new(NoConnection))),
                Some(Ses::TimeoutNotTaken) => return Err(ConnectorError::timeout("injected".into())),
                Some(Ses::ErrorNotTaken) => return Ok(refusal(500, "InternalFailure", "")),
                Some(Ses::DiesBefore) => world.die().await,
                _ => {}
            }
            let body = request.body().bytes().expect("a body in memory");
            let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
            let tag = |name: &str| {
                let key = fields.iter().find(|(key, value)| key.ends_with(".Name") && value == name).expect("a tag");
                let key = key.0.replace(".Name", ".Value");
                fields.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone()).expect("a value")
            };
            let number = {
                let mut inner = world.inner();
                inner.idle_claim = false;
                inner.taken.push((tag("outbox"), tag("attempt")));
                inner.taken.len() - 1
            };
            match fault {
                Some(Ses::TimeoutTaken) => Err(ConnectorError::timeout("injected".into())),
                Some(Ses::ErrorTaken) => Ok(refusal(500, "InternalFailure", "")),
                Some(Ses::DiesAfter) => world.die().await,
                _ => Ok(respond(
                    200,
                    format!(
                        "<SendRawEmailResponse><SendRawEmailResult><MessageId>m{number}</MessageId></SendRawEmailResult></SendRawEmailResponse>"
                    ),
                )),
            }
        })
    }
}
