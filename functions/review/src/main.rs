//! The Lambda function that serves why, review and the books.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::telemetry::init();
    let app = shared::App::from_env()?;
    shared::http::run(|request| review::handle(&app, request)).await
}
