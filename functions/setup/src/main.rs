//! The Lambda function that serves what merchants set up.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::telemetry::init();
    let app = shared::App::from_env()?;
    let platforms = shared::platform::api::Client::new(app.reach);
    shared::http::run(|request| setup::handle(&app, &platforms, request)).await
}
