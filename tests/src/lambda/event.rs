//! Events as API Gateway's HTTP API makes them (payload 2.0) when somebody opens a link.

use serde_json::{Value, json};

/// Somebody opens a link.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    pub code: &'a str,
    /// Where the link was shared; empty for a link without.
    pub channel: &'a str,
    /// The address that the request comes from.
    pub from: &'a str,
    pub user_agent: &'a str,
}

impl<'a> Visit<'a> {
    /// A person on a phone opens the link with this code.
    pub fn by_a_person(code: &'a str) -> Self {
        Self { code, channel: "", from: "203.0.113.7", user_agent: crate::BROWSER }
    }

    /// From another address: another visitor.
    #[must_use]
    pub fn from(self, from: &'a str) -> Self {
        Self { from, ..self }
    }

    /// The event.
    pub fn event(&self) -> Value {
        let (route, path) = match self.channel {
            "" => ("GET /r/{code}", format!("/r/{}", self.code)),
            channel => ("GET /r/{code}/{channel}", format!("/r/{}/{channel}", self.code)),
        };
        let mut parameters = json!({"code": self.code});
        if !self.channel.is_empty() {
            parameters["channel"] = json!(self.channel);
        }
        json!({
            "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "",
            "headers": {
                "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "accept-encoding": "gzip, deflate, br", "accept-language": "sv-SE,sv;q=0.9,en;q=0.8",
                "content-length": "0", "host": "r.goodword.example", "user-agent": self.user_agent,
                "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000", "x-forwarded-for": self.from,
                "x-forwarded-port": "443", "x-forwarded-proto": "https",
            },
            "requestContext": {
                "accountId": "123456789012", "apiId": "a1b2c3d4e5", "domainName": "r.goodword.example",
                "domainPrefix": "r",
                "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": self.from,
                    "userAgent": self.user_agent},
                "requestId": "JKJaXmPLvHcESHA=", "routeKey": route, "stage": "$default",
                "time": "21/Nov/2026:10:00:00 +0000", "timeEpoch": 1_795_255_200_000_i64,
            },
            "pathParameters": parameters, "isBase64Encoded": false,
        })
    }
}
