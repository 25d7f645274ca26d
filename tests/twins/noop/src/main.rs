//! A function that only answers: the least that a redirect by `lambda_http` can cost.

use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(answer)).await
}

async fn answer(_: Request) -> Result<Response<Body>, Error> {
    let response = Response::builder().status(302).header("location", "https://nordicshoes.example/");
    Ok(response.header("cache-control", "no-store").body(Body::Empty)?)
}
