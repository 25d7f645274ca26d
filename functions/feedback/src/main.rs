//! The Lambda function that hears from SES what became of mails.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::telemetry::init();
    let app = shared::App::lent(shared::config::Lent::Nothing)?;
    lambda_runtime::run(lambda_runtime::service_fn(|event| feedback::handle(&app, event))).await
}
