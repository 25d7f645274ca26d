//! The Lambda function that serves what is asked of people.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::telemetry::init();
    let app = shared::App::from_env()?;
    shared::http::run(|request| customers::handle(&app, request)).await
}
