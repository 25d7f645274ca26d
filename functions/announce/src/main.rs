//! The Lambda function that tells merchants' own systems what happened.

use lambda_runtime::{Error, run, service_fn};
use shared::delivery::Courier;
use shared::events::Known;
use shared::{App, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let (app, courier, known) = (App::from_env()?, Courier::from_env(), Known::default());
    run(service_fn(|event| announce::handle(&app, &courier, &known, event))).await
}
