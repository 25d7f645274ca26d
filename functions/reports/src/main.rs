//! The Lambda function that serves numbers.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::telemetry::init();
    let app = shared::App::from_env()?;
    shared::http::run(|request| reports::handle(&app, request)).await
}
