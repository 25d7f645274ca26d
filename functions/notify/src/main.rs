//! The Lambda function that sends what was written to the outbox.

use lambda_runtime::{Error, run, service_fn};
use shared::delivery::Courier;
use shared::{App, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let (app, courier) = (App::from_env()?, Courier::from_env());
    run(service_fn(|event| notify::handle(&app, &courier, event))).await
}
