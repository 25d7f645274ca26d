//! The redirect as a Lambda function.

use lambda_http::{Error, run, service_fn};
use redirect::{App, Cache};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::telemetry::init();
    let (app, cache) = (App::for_visits_from_env()?, Cache::default());
    redirect::warm(&app, &cache).await;
    run(service_fn(|request| redirect::handle(&app, &cache, request))).await
}
