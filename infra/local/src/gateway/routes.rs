//! Which route a request takes, as an HTTP API chooses: the most specific one for its method and path, then one that takes
//! any path below a place (`{name+}`), then `$default`. A slash at the end is a part of the path. Source: API Gateway
//! developer guide, "Create routes for HTTP APIs".

use std::collections::HashMap;

use crate::template::{Route, Template};

/// A route with the function behind it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) function: String,
    pub(super) route: Route,
}

/// All routes of a template.
#[derive(Debug)]
pub(super) struct Routes(Vec<Target>);

impl Routes {
    pub(super) fn of(template: &Template) -> Self {
        let all = template.functions.iter().flat_map(|function| {
            function.routes.iter().map(|route| Target { function: function.name.clone(), route: route.clone() })
        });
        Self(all.collect())
    }

    /// The route for this request; `None`: there is none, not even by default.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<&Target> {
        let of_method = self.0.iter().filter(|target| target.route.method == method);
        let matching = of_method.filter_map(|target| Some((specificity(&target.route.path, path)?, target)));
        let best = matching.max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, target)| target);
        best.or_else(|| self.0.iter().find(|target| target.route.is_default()))
    }
}

/// The name of a part of a route, and whether it takes all that follows.
fn parameter(part: &str) -> Option<(&str, bool)> {
    let name = part.strip_prefix('{')?.strip_suffix('}')?;
    Some(name.strip_suffix('+').map_or((name, false), |name| (name, true)))
}

/// How well a route fits each part of a path: a word better than a parameter, and that better than one for all the rest.
/// `None`: it does not fit.
fn specificity(route: &str, path: &str) -> Option<Vec<u8>> {
    let (mut wanted, mut told) = (route.split('/'), path.split('/'));
    let mut fit = Vec::new();
    loop {
        match (wanted.next(), told.next()) {
            (None, None) => return Some(fit),
            (Some(part), Some(value)) => match parameter(part) {
                None if part == value => fit.push(2),
                Some((_, false)) if !value.is_empty() => fit.push(1),
                Some((_, true)) if !value.is_empty() || told.next().is_some() => {
                    fit.push(0);
                    return Some(fit);
                }
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// What the path says of the parts that a route names, as it is written.
pub(super) fn named<'a>(route: &'a str, path: &str) -> HashMap<&'a str, String> {
    let parts: Vec<&str> = path.split('/').collect();
    let named = route.split('/').enumerate().filter_map(|(at, part)| {
        let (name, takes_all) = parameter(part)?;
        let value = if takes_all { parts.get(at..)?.join("/") } else { (*parts.get(at)?).to_owned() };
        Some((name, value))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_route_is_taken() {
        let target = |(method, path): &(&str, &str)| Target {
            function: "f".into(),
            route: Route { method: (*method).into(), path: (*path).into() },
        };
        let all = [
            ("ANY", "$default"),
            ("GET", "/r/{link+}"),
            ("GET", "/r/{code}"),
            ("GET", "/r/{code}/{channel}"),
            ("GET", "/r/{code}/qr.svg"),
            ("POST", "/v1/links"),
        ];
        let routes = Routes(all.iter().map(target).collect());
        for (method, path, expected) in [
            ("GET", "/r/A", "/r/{code}"),
            ("GET", "/r/A/qr.svg", "/r/{code}/qr.svg"),
            ("GET", "/r/A/email", "/r/{code}/{channel}"),
            ("GET", "/r/A/", "/r/{link+}"),
            ("GET", "/r/A/email/", "/r/{link+}"),
            ("GET", "/r//A", "/r/{link+}"),
            ("GET", "/r/", "$default"),
            ("GET", "/r", "$default"),
            ("HEAD", "/r/A", "$default"),
            ("POST", "/v1/links", "/v1/links"),
            ("POST", "/v1/links/", "$default"),
            ("GET", "/v1/links", "$default"),
            ("GET", "/", "$default"),
        ] {
            let found = routes.find(method, path).map(|target| target.route.path.as_str());
            assert_eq!(found, Some(expected), "{method} {path}");
        }
        assert!(Routes(vec![target(&("GET", "/a"))]).find("GET", "/b").is_none());
    }

    #[test]
    fn the_parts_of_a_path_have_names() {
        let named = |route, path| {
            let mut named: Vec<_> = named(route, path).into_iter().collect();
            named.sort();
            named
        };
        assert_eq!(named("/r/{code}/{channel}", "/r/A%20B/x"), [("channel", "x".into()), ("code", "A%20B".into())]);
        assert_eq!(named("/r/{link+}", "/r/A/x/"), [("link", "A/x/".into())]);
        assert_eq!(named("$default", "/r/A"), []);
    }
}
