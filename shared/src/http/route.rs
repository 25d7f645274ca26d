//! What a route of our own API takes beside its path and body. Each function states its routes once, here it is held to
//! them: a parameter that is none would be ignored otherwise, and a filter with a slip of the pen answers everybody's rows.

use std::pin::Pin;

use lambda_http::RequestExt as _;

use super::{Answer, ApiError, Call, Faults};

/// What answers a call.
pub type Routed<'a> = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send + 'a>>;

/// Makes each future in a frame of its own: those of all routes in one frame would fill a thread's stack.
#[inline(never)]
pub fn boxed<'a, F>(make: impl FnOnce() -> F) -> Routed<'a>
where
    F: Future<Output = Result<Answer, ApiError>> + Send + 'a,
{
    Box::pin(make())
}

/// A route with the query parameters that it takes. Routes that take none need not be stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// As `template.yaml` names it, e.g. `GET /v1/links`.
    pub key: &'static str,
    /// Names of its query parameters.
    pub query: &'static [&'static str],
}

impl Route {
    /// A route that takes these.
    pub const fn new(key: &'static str, query: &'static [&'static str]) -> Self {
        Self { key, query }
    }
}

/// What is shown of a parameter's name at most, in characters.
const SHOWN: usize = 60;

impl Call {
    /// The same call, held to these routes. Shoppers' and platforms' routes carry no key and are not held to anything: links
    /// come with the parameters of whoever shares them.
    #[must_use]
    pub fn within(mut self, routes: &'static [Route]) -> Self {
        self.routes = routes;
        self
    }

    /// Refuses query parameters that the route does not take, or that came more than once. Asked where the key is checked, so
    /// that nobody without one hears of parameters.
    pub(super) fn only_known_parameters(&self) -> Result<(), ApiError> {
        let Some(given) = self.request.query_string_parameters_ref() else { return Ok(()) };
        let route = self.routes.iter().find(|route| route.key == self.route());
        let known = route.map_or(&[][..], |route| route.query);
        let names: std::collections::BTreeSet<_> = given.iter().map(|(name, _)| name).collect();
        let mut faults = Faults::default();
        for name in names {
            let shown: String = name.chars().take(SHOWN).collect();
            let allowed = match known {
                [] => "unknown parameter; this call takes none".to_owned(),
                known => format!("unknown parameter; this call takes {}", known.join(", ")),
            };
            faults.unless(known.contains(&name), shown.clone(), allowed);
            let once = given.all(name).is_none_or(|values| values.len() == 1);
            faults.unless(once, shown, "must be given once");
        }
        faults.finish()
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::request::from_str;

    use super::*;

    const ROUTES: &[Route] = &[Route::new("GET /v1/things", &["limit", "state"])];

    fn fails(route: &str, query: &str) -> String {
        let event = serde_json::json!({
            "version": "2.0", "routeKey": route, "rawPath": "/v1/things", "rawQueryString": query, "headers": {},
            "requestContext": {"accountId": "1", "apiId": "a", "domainName": "a", "domainPrefix": "a", "requestId": "r",
                "routeKey": route, "stage": "$default", "time": "1", "timeEpoch": 1,
                "http": {"method": "GET", "path": "/v1/things", "protocol": "HTTP/1.1", "sourceIp": "1.1.1.1", "userAgent": "a"}},
            "isBase64Encoded": false,
        });
        let call = Call::new(from_str(&event.to_string()).expect("an event")).within(ROUTES);
        call.only_known_parameters().map_or_else(|error| error.detail().to_owned(), |()| String::new())
    }

    #[test]
    fn what_a_route_does_not_take_is_named_and_so_is_what_it_takes() {
        let cases = [
            ("GET /v1/things", "", ""),
            ("GET /v1/things", "limit=1&state=a", ""),
            ("GET /v1/things", "staet=a", "staet: unknown parameter; this call takes limit, state"),
            ("GET /v1/things", "state=a&state=b", "state: must be given once"),
            ("GET /v1/others", "limit=1", "limit: unknown parameter; this call takes none"),
            (
                "GET /v1/things",
                "b=&a=",
                "a: unknown parameter; this call takes limit, state; b: unknown parameter; this call takes limit, state",
            ),
        ];
        for (route, query, told) in cases {
            assert_eq!(fails(route, query), told, "{route}?{query}");
        }
        let long = fails("GET /v1/others", &format!("{}=1", "x".repeat(5000)));
        assert!(long.len() < 200, "{} characters", long.len());
    }
}
