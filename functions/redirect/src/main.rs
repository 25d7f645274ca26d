//! The redirect as a Lambda function.

use lambda_http::{Error, run, service_fn};
use redirect::Cache;
use shared::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::telemetry::init();
    let (app, cache) = (App::from_env()?, Cache::default());
    redirect::warm(&app).await;
    run(service_fn(|request| redirect::handle(&app, &cache, request))).await
}
