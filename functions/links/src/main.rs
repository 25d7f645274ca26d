//! Links as a Lambda function.

use lambda_http::{Error, run, service_fn};
use shared::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::telemetry::init();
    let app = App::from_env()?;
    run(service_fn(|request| links::handle(&app, request))).await
}
