//! The Lambda function that answers with pages for people.

use lambda_http::Error;
use shared::config::Lent;
use shared::{App, http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let app = App::lent(Lent::Ring)?;
    http::run(|request| pages::handle(&app, request)).await
}
