//! The Lambda function that serves the merchant's own calls.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::telemetry::init();
    let app = shared::App::from_env()?;
    let platforms = shared::platform::api::Client::new(app.reach);
    shared::http::run(|request| merchants::handle(&app, &platforms, request)).await
}
