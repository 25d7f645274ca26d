//! The Lambda function that counts what happened.

use lambda_runtime::{Error, run, service_fn};
use shared::config::Lent;
use shared::{App, telemetry};
use tally::Warm;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let (app, warm) = (App::lent(Lent::Nothing)?, Warm::default());
    run(service_fn(|event| tally::handle(&app, &warm, event))).await
}
