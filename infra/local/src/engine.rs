//! The engine: all functions in one process, each called as Lambda would call it, on embedded parts. What is embedded
//! is behind an address (DynamoDB, SES) or in the clock; the functions are the ones that are deployed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_lambda_events::event::dynamodb::Event;
use axum::Router;
use axum::routing::{get, post};
use lambda_http::{Body, Request, Response};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use shared::App;
use shared::app::Clock;
use shared::config::Config;
use shared::crypto::Keys;
use shared::delivery::Courier;
use shared::domain::endpoint::Reach;
use shared::events::Known;
use shared::http::{GatewayAnswer, serve};
use shared::mail::Mailer;
use shared::platform;
use shared::store::{Store, Visits};
use shared::webhook::Client;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::data::{Data, State};
use crate::embedded::{REGION, Tables, create_tables, direct, dynamodb, feeds, has_rows, ses_client, start_dynamodb};
use crate::feed::Feed;
use crate::guard::Guard;
use crate::inbox::{self, Inbox};
use crate::meter::Meter;
use crate::ses_events::in_sns;
use crate::template::{Function, Template};
use crate::watch::Watched;
use crate::wire::Wire;
use crate::{control, gateway};

/// The template that everything here follows.
const TEMPLATE: &str = include_str!("../../../template.yaml");

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How to start.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port to serve on; 0 takes a free one.
    pub port: u16,
    /// Where state is kept; `None` keeps it in memory.
    pub data: Option<PathBuf>,
    /// Another DynamoDB than the embedded one.
    pub dynamodb_endpoint: Option<String>,
    /// The region that calls to it are signed for; `None`: `local`.
    pub dynamodb_region: Option<String>,
    /// The operator key; `None` makes one, or takes the data folder's.
    pub operator_key: Option<String>,
    /// Run streams and schedules by themselves. Without it only `/_local/drain` and the clock move them, so that a
    /// test sees every step.
    pub background: bool,
    /// Let the functions hear what SES tells of mails afterwards. Without it a test does so itself.
    pub feedback: bool,
    /// Put a proxy in front of DynamoDB that can make calls go wrong.
    pub with_wire: bool,
}

/// A running engine; a cheap handle.
#[derive(Clone)]
pub struct Engine {
    /// Where it is served, e.g. `http://127.0.0.1:3000`.
    pub url: String,
    /// What the functions are lent; tests use it to look into the tables.
    pub app: App,
    /// What the redirect is lent.
    pub redirect: Arc<redirect::App>,
    /// Where the functions find DynamoDB. Tests start a function's own binary on it.
    pub endpoint: String,
    /// The embedded DynamoDB, past functions, meter and stream; `None`: another one was named. Tests that need a long
    /// history put it there.
    pub database: Option<dynoxide::Database>,
    pub inbox: Inbox,
    pub meter: Meter,
    /// Faults between the functions and DynamoDB, when started with them.
    pub wire: Wire,
    /// What messages go out with; tests send by hand with it.
    pub courier: Courier,
    /// The same for each function, with no more secrets than its variables in the template give it.
    lent: Arc<BTreeMap<String, App>>,
    cache: Arc<redirect::Cache>,
    /// The function that hears of mails, and whether it does so by itself.
    hears: (Option<String>, bool),
    known: Known,
    warm: Arc<tally::Warm>,
    shift: Arc<AtomicI64>,
    feeds: Arc<Mutex<Vec<Feed>>>,
    data: Data,
    state: Arc<std::sync::Mutex<State>>,
}

impl Engine {
    /// Starts everything and serves it. The error is one line for a person.
    pub async fn start(options: Options) -> Result<Self, String> {
        let template = Template::parse(TEMPLATE).map_err(|e| e.to_string())?;
        let (data, mut state) = Data::open(options.data.as_deref())?;
        let address = format!("127.0.0.1:{}", options.port);
        let listener =
            TcpListener::bind(&address).await.map_err(|e| format!("port {} can't be served: {e}", options.port))?;
        let url = format!("http://{}", listener.local_addr().map_err(|e| e.to_string())?);
        if let Some(operator_key) = options.operator_key {
            state.operator_key = operator_key;
        }

        let region = options.dynamodb_region.as_deref().unwrap_or(REGION);
        let named = options.dynamodb_endpoint.clone();
        let (emulator, database) = match options.dynamodb_endpoint {
            Some(endpoint) if is_http(&endpoint) => (endpoint, None),
            Some(endpoint) => return Err(format!("{endpoint} is no address of a DynamoDB: use http://host:port")),
            None => start_dynamodb(&data).await.map(|(endpoint, database)| (endpoint, Some(database)))?,
        };
        let wire = Wire::default();
        let endpoint = if options.with_wire {
            wire.start(emulator.clone()).await.map_err(|e| e.to_string())?
        } else {
            emulator.clone()
        };
        let shift = Arc::new(AtomicI64::new(state.clock_shift_seconds));
        let clock = Clock::Shifted(shift.clone());
        let inbox = Inbox::open(data.file("inbox.jsonl"), clock.clone())
            .map_err(|e| format!("the inbox can't be opened: {e}"))?;
        let ses = inbox.start().await.map_err(|e| e.to_string())?;

        let meter = Meter::default();
        let tables = Tables { core: "goodword-core", clicks: "goodword-clicks" };
        create_tables(&template, &dynamodb((&emulator, region), None), &tables).await.map_err(
            |problem| match named {
                Some(endpoint) => format!("the DynamoDB at {endpoint}, region {region}, can't be used: {problem}"),
                None => problem,
            },
        )?;
        if state.fresh && has_rows(&dynamodb((&emulator, region), None), tables.core).await? {
            // Under other secrets nobody would be known again, and nothing that is sealed could be opened.
            return Err(
                "the database has rows, but the data folder has no state.json with the keys and the pepper that \
                        they were made with. Put it back, or name an empty database"
                    .into(),
            );
        }
        data.save(&state).map_err(|e| format!("the data folder can't be written: {e}"))?;
        let keys = Keys::new(state.keys.clone(), &state.pepper).ok_or("the data folder's keys are damaged")?;
        let config = Config {
            core_table: tables.core.to_owned(),
            clicks_table: tables.clicks.to_owned(),
            public_url: url.clone(),
            country_header: shared::config::COUNTRY_HEADER.into(),
            keys,
            operator_key: Some(state.operator_key.clone()),
        };
        let watched = Watched::new(meter.clone(), Guard::new(&template, tables.logical_ids()));
        let store = Store::new(dynamodb((&endpoint, region), Some(&watched)), tables.core);
        let visits = Visits::new(direct((&endpoint, region), &watched), tables.core, tables.clicks);
        // A receiver of webhooks is most likely being built on this very machine.
        let reach = Reach::ThisMachine;
        let mailer = Mailer::new(ses_client(&ses), Some("local".into()));
        let shops = platform::api::Client::new(reach).by(clock.clone());
        let courier = Courier { mailer, webhooks: Client::new(reach), shops };
        let feeds = feeds(&template, (&emulator, region), &tables, &state)?;
        let app = App { config, store, clock, reach };
        let lent: BTreeMap<_, _> = template.functions.iter().map(|it| (it.name.clone(), lent(&app, it))).collect();
        let config = lent.get("redirect").ok_or("the template has no redirect")?.config.clone();
        let engine = Self {
            url,
            redirect: Arc::new(App { config, store: visits, clock: app.clock.clone(), reach }),
            app,
            lent: Arc::new(lent),
            endpoint,
            database,
            inbox,
            meter,
            wire,
            courier,
            cache: Arc::new(redirect::Cache::default()),
            hears: (listener_of(&template, "MailEvents"), options.feedback),
            known: Known::default(),
            warm: Arc::new(tally::Warm::default()),
            shift,
            feeds: Arc::new(Mutex::new(feeds)),
            data,
            state: Arc::new(std::sync::Mutex::new(state)),
        };
        engine.save();
        let router = engine.router(&template);
        tokio::spawn(async move { axum::serve(listener, router).await });
        if options.background {
            engine.run_in_background(&template);
        }
        Ok(engine)
    }

    fn router(&self, template: &Template) -> Router {
        let inbox = Router::new()
            .route("/inbox", get(inbox::list))
            .route("/inbox/{number}", get(inbox::one))
            .route("/inbox.json", get(inbox::json))
            .with_state(self.inbox.clone());
        let local = Router::new()
            .route("/_local/clock", post(control::clock))
            .route("/_local/drain", post(control::drain))
            .route("/_local/usage", get(control::usage))
            .with_state(self.clone());
        gateway::router(template, self).merge(inbox).merge(local)
    }

    /// The operator key of this engine.
    pub fn operator_key(&self) -> String {
        self.app.config.operator_key.clone().unwrap_or_default()
    }

    /// Answers an event of API Gateway's as the function does under Lambda.
    pub async fn answer(&self, function: &str, event: &Value) -> Result<GatewayAnswer, lambda_http::Error> {
        let (flow, event) = (event["routeKey"].as_str().unwrap_or_default(), event.to_string());
        let answering = serve(&event, None, |request| self.call(function, request));
        self.meter.flow(flow, function, answering).await
    }

    /// What a function is lent. One that the template does not name is called by nobody.
    fn of(&self, function: &str) -> &App {
        self.lent.get(function).unwrap_or(&self.app)
    }

    /// Calls a function with an HTTP event.
    async fn call(&self, function: &str, request: Request) -> Result<Response<Body>, lambda_http::Error> {
        match function {
            "customers" => customers::handle(self.of(function), request).await,
            "links" => links::handle(self.of(function), request).await,
            "orders" => orders::handle(self.of(function), &self.courier.shops, request).await,
            "pages" => pages::handle(self.of(function), request).await,
            "redirect" => redirect::handle(&self.redirect, &self.cache, request).await,
            "reports" => reports::handle(self.of(function), request).await,
            "review" => review::handle(self.of(function), request).await,
            "setup" => setup::handle(self.of(function), &self.courier.shops, request).await,
            other => Err(format!("the template routes to {other}, which is not built in here").into()),
        }
    }

    /// Calls a function with a batch of stream records, as Lambda would send it.
    pub(crate) async fn consume(&self, function: &str, batch: Value) -> Result<Value, Failure> {
        match function {
            "announce" => {
                let event = LambdaEvent::new(serde_json::from_value::<Event>(batch)?, Context::default());
                let run = announce::handle(self.of(function), &self.courier, &self.known, event);
                Ok(serde_json::to_value(self.meter.flow("stream announce", function, run).await?)?)
            }
            "notify" => {
                let event = LambdaEvent::new(serde_json::from_value::<Event>(batch)?, Context::default());
                let answer = self
                    .meter
                    .flow("stream notify", function, notify::handle(self.of(function), &self.courier, event))
                    .await?;
                Ok(serde_json::to_value(answer)?)
            }
            "tally" => {
                let event = LambdaEvent::new(serde_json::from_value::<tally::Batch>(batch)?, Context::default());
                Ok(self
                    .meter
                    .flow("stream tally", function, tally::handle(self.of(function), &self.warm, event))
                    .await?)
            }
            other => Err(format!("the template feeds {other}, which is not built in here").into()),
        }
    }

    /// Lets the functions hear what SES has told since. Answers how much that was.
    pub async fn feedback(&self) -> Result<usize, Failure> {
        let events = self.inbox.events.take();
        for event in &events {
            self.hear(&in_sns(std::slice::from_ref(event))).await?;
        }
        Ok(events.len())
    }

    /// Calls the function that hears of mails with an event as SNS has it.
    pub async fn hear(&self, event: &Value) -> Result<(), Failure> {
        let event = LambdaEvent::new(serde_json::from_value(event.clone())?, Context::default());
        match self.hears.0.as_deref() {
            Some("feedback") => {
                self.meter.flow("topic feedback", "feedback", feedback::handle(self.of("feedback"), event)).await
            }
            other => Err(format!("the template has {other:?} hear of mails, which is not built in here").into()),
        }
    }

    /// Calls the scheduled function once. Answers how much it did.
    pub async fn tick(&self) -> Result<u64, Failure> {
        let event = LambdaEvent::new(json!({}), Context::default());
        let answer = self
            .meter
            .flow("schedule timers", "timers", timers::handle(self.of("timers"), &self.courier, event))
            .await?;
        Ok(answer["handled"].as_u64().unwrap_or(0))
    }

    /// Feeds the streams once. Answers how many records functions took.
    pub async fn feed(&self) -> Result<usize, Failure> {
        let mut feeds = self.feeds.lock().await;
        let mut taken = 0;
        for feed in feeds.iter_mut() {
            taken += feed.run(self).await?;
        }
        let positions = feeds.iter().filter_map(Feed::position).collect();
        if taken > 0 {
            self.with_state(|state| state.stream_positions = positions);
        }
        Ok(taken)
    }

    /// Sends all that the streams still have once more to a function, in batches of this size; for tests.
    pub async fn send_again(&self, function: &str, batch_size: usize) -> Result<usize, Failure> {
        for feed in self.feeds.lock().await.iter_mut().filter(|feed| feed.function == function) {
            feed.batch_size = Some(batch_size);
            feed.rewind();
        }
        self.feed().await
    }

    /// Has a function's next records come from another shard, as after a split; for tests.
    pub async fn split_shards(&self, function: &str) {
        self.feeds.lock().await.iter_mut().filter(|feed| feed.function == function).for_each(Feed::split);
    }

    /// Runs streams and schedules until nothing is left to do. Answers how much was done.
    pub async fn drain(&self) -> Result<u64, Failure> {
        let mut handled = 0;
        loop {
            let heard = if self.hears.1 { self.feedback().await? } else { 0 };
            let done = self.feed().await? as u64 + heard as u64 + self.tick().await?;
            if done == 0 {
                return Ok(handled);
            }
            handled += done;
        }
    }

    /// Moves the engine's clock forward.
    pub fn advance(&self, seconds: i64) {
        let shift = self.shift.fetch_add(seconds, Ordering::SeqCst) + seconds;
        self.with_state(|state| state.clock_shift_seconds = shift);
    }

    /// Whether the engine started with nothing in its data folder.
    pub fn is_fresh(&self) -> bool {
        self.with_state(|state| state.fresh)
    }

    /// What the demo made, if it was played here.
    pub fn demo(&self) -> Option<Value> {
        self.with_state(|state| state.demo.clone())
    }

    pub(crate) fn remember_demo(&self, demo: Value) {
        self.with_state(|state| state.demo = Some(demo));
    }

    fn with_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let result = change(&mut state);
        if let Err(failure) = self.data.save(&state) {
            tracing::error!(%failure, "the state could not be kept");
        }
        result
    }

    fn save(&self) {
        self.with_state(|_| ());
    }

    fn run_in_background(&self, template: &Template) {
        let engine = self.clone();
        tokio::spawn(async move {
            loop {
                if let Err(failure) = engine.feed().await {
                    tracing::error!(failure, "the streams stopped for a moment");
                }
                if engine.hears.1
                    && let Err(failure) = engine.feedback().await
                {
                    tracing::error!(failure, "SES could not be heard for a moment");
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        });
        for schedule in template.functions.iter().flat_map(|function| &function.schedules) {
            let (engine, every) = (self.clone(), Duration::from_secs(schedule.every_seconds));
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(every).await;
                    if let Err(failure) = engine.tick().await {
                        tracing::error!(failure, "the schedule failed");
                    }
                }
            });
        }
    }
}

/// Whether this is where a DynamoDB can be spoken to. Nothing here brings certificates, so it is plain HTTP.
fn is_http(endpoint: &str) -> bool {
    reqwest::Url::parse(endpoint).is_ok_and(|url| url.scheme() == "http" && url.has_host())
}

/// The function that is subscribed to this topic.
fn listener_of(template: &Template, topic: &str) -> Option<String> {
    let mut functions = template.functions.iter();
    functions.find(|function| function.topics.iter().any(|known| known == topic)).map(|function| function.name.clone())
}

/// What a function is lent: the keys that the template puts into its environment, and no others.
fn lent(app: &App, function: &Function) -> App {
    let has = |name: &str| function.variables.contains(name);
    let keys = app.config.keys.clone();
    let keys = match (has("GOODWORD_KEYS"), has("GOODWORD_PEPPER")) {
        (true, true) => keys,
        (true, false) => keys.without_pepper(),
        (false, _) => Keys::none(),
    };
    let operator_key = app.config.operator_key.clone().filter(|_| has("GOODWORD_OPERATOR_KEY"));
    App { config: Config { keys, operator_key, ..app.config.clone() }, ..app.clone() }
}
