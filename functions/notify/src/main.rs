//! The Lambda function that sends what was written to the outbox.

use lambda_runtime::{Error, run, service_fn};
use shared::mail::Mailer;
use shared::{App, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let (app, mailer) = (App::from_env()?, Mailer::from_env());
    run(service_fn(|event| notify::handle(&app, &mailer, event))).await
}
