//! The Lambda function that answers with pages for people.

use lambda_http::{Error, run, service_fn};
use shared::{App, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let app = App::from_env()?;
    run(service_fn(|request| pages::handle(&app, request))).await
}
