//! The same visit as most would write it: `aws-config`, all default features, a client that is made before the first event
//! and opens its connection with the first call. It keeps link, program and shop for some seconds as `redirect` does, and
//! leaves out what else `redirect` computes (who visits, tokens, safe addresses).

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn, tracing};

type Item = HashMap<String, AttributeValue>;

struct Function {
    client: Client,
    core: String,
    clicks: String,
    known: Mutex<HashMap<String, (Item, Instant)>>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let client = Client::new(&aws_config::load_from_env().await);
    let of = |name| std::env::var(name).unwrap_or_default();
    let function = Function { client, core: of("CORE_TABLE"), clicks: of("CLICKS_TABLE"), known: Mutex::default() };
    let function = &function;
    run(service_fn(move |request| function.visit(request))).await
}

impl Function {
    async fn visit(&self, request: Request) -> Result<Response<Body>, Error> {
        let path = request.path_parameters();
        let code = path.first("code").unwrap_or_default().to_uppercase();
        let link = self.item(format!("LNK#{code}"), "#".to_owned()).await?;
        let (merchant, program, shop) = (text(&link, "merchant"), text(&link, "program"), text(&link, "shop"));
        let (program, shop) = tokio::try_join!(
            self.item(format!("MER#{merchant}"), format!("PRG#{program}")),
            self.item(format!("SHP#{shop}"), "#".to_owned())
        )?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        let id = format!("{:x}", now.as_nanos());
        let value = AttributeValue::S;
        self.client
            .update_item()
            .table_name(&self.clicks)
            .key("pk", value(format!("CLK#{id}")))
            .update_expression(
                "SET click = if_not_exists(click, :id), code = if_not_exists(code, :code), program = if_not_exists(program, :program), \
                 merchant = if_not_exists(merchant, :merchant), #ttl = if_not_exists(#ttl, :ttl), last_click = :id ADD hits :one",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":id", value(id.clone()))
            .expression_attribute_values(":code", value(code.clone()))
            .expression_attribute_values(":program", value(text(&program, "id")))
            .expression_attribute_values(":merchant", value(merchant))
            .expression_attribute_values(":ttl", AttributeValue::N((now.as_secs() + 7_776_000).to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .send()
            .await?;
        let to = format!("{}/?ref={code}&ref_click={id}", text(&shop, "site"));
        Ok(Response::builder().status(302).header("location", to).header("cache-control", "no-store").body(Body::Empty)?)
    }

    async fn item(&self, pk: String, sk: String) -> Result<Item, Error> {
        let name = format!("{pk} {sk}");
        let known = self.known.lock().expect("not poisoned").get(&name).cloned();
        if let Some((item, until)) = known
            && Instant::now() < until
        {
            return Ok(item);
        }
        let get = self.client.get_item().table_name(&self.core);
        let answer = get.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await?;
        let item = answer.item.ok_or("nothing there")?;
        let until = Instant::now() + Duration::from_secs(3);
        self.known.lock().expect("not poisoned").insert(name, (item.clone(), until));
        Ok(item)
    }
}

fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}
