//! The redirect as a Lambda function.

use lambda_http::Error;
use redirect::{App, Cache};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::telemetry::init();
    let (app, cache) = (App::for_visits_from_env()?, Cache::default());
    redirect::warm(&app, &cache).await;
    shared::http::run(|request| redirect::handle(&app, &cache, request)).await
}
