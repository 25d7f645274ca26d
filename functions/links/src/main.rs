//! Links as a Lambda function.

use lambda_http::Error;
use shared::{App, http};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::telemetry::init();
    let app = App::from_env()?;
    http::run(|request| links::handle(&app, request)).await
}
