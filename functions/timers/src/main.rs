//! The Lambda function that does what has become due.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::telemetry::init();
    let app = shared::App::from_env()?;
    let courier = shared::delivery::Courier::from_env();
    lambda_runtime::run(lambda_runtime::service_fn(|event| timers::handle(&app, &courier, event))).await
}
