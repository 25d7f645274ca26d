//! The Lambda function that takes orders in.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::telemetry::init();
    let app = shared::App::from_env()?;
    let shops = shared::platform::api::Client::new(app.reach);
    shared::http::run(|request| orders::handle(&app, &shops, request)).await
}
