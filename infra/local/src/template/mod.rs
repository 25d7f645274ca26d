// Reads template.yaml, so that the local runner and the tests serve the same routes, tables,
// streams and schedules that a deployment would have. What cannot be imitated here is an error that
// names it, never silently left out.

mod definition;
mod document;
mod events;
mod filter;
mod intrinsics;
mod permissions;
mod routes;
mod table;

#[cfg(test)]
mod promises;

pub use definition::{Attribute, Index, KeyPart, Projection, Stream, TableDefinition, TimeToLive};
pub use filter::Pattern;
pub use permissions::{Access, Permission};
pub use table::Table;

use std::collections::BTreeSet;
use std::fmt;

/// What the runner needs to know of a SAM template.
#[derive(Debug)]
pub struct Template {
    pub tables: Vec<Table>,
    pub functions: Vec<Function>,
}

/// One Lambda function and what calls it.
#[derive(Debug)]
pub struct Function {
    pub logical_id: String,
    /// Its folder under `functions/`, such as `links`.
    pub name: String,
    pub routes: Vec<Route>,
    pub streams: Vec<StreamSource>,
    pub schedules: Vec<Schedule>,
    /// Logical ids of the topics that it is subscribed to.
    pub topics: Vec<String>,
    pub timeout_seconds: u32,
    /// What it may do to which items.
    pub permissions: Vec<Permission>,
    /// The names of its environment variables.
    pub variables: BTreeSet<String>,
}

/// A method and path of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// In capitals, such as `GET`.
    pub method: String,
    /// With parameters in braces, such as `/r/{code}`; `{name+}` takes all that follows.
    pub path: String,
}

impl Route {
    /// What is left over: any method, and any path that no other route takes.
    pub fn default_route() -> Self {
        Self { method: "ANY".into(), path: "$default".into() }
    }

    /// Whether this is what is left over.
    pub fn is_default(&self) -> bool {
        self.path == "$default"
    }

    /// The name by which API Gateway tells it to the function, such as `GET /r/{code}`.
    pub fn key(&self) -> String {
        if self.is_default() { self.path.clone() } else { format!("{} {}", self.method, self.path) }
    }
}

/// A table's stream as the source of a function's events.
#[derive(Debug, Clone)]
pub struct StreamSource {
    /// Logical id of the table.
    pub table: String,
    /// Most records in one invocation.
    pub batch_size: usize,
    /// Records come in windows of so many seconds: then a batch says which shard it is of.
    pub window_seconds: Option<u64>,
    /// A record arrives if one of them matches; without any, every record does.
    pub filters: Vec<Pattern>,
}

/// A fixed rate at which a function is called.
#[derive(Debug)]
pub struct Schedule {
    pub every_seconds: u64,
}

impl Template {
    /// Parses a SAM template in YAML; short tags such as `!Ref` may stand anywhere in it.
    pub fn parse(yaml: &str) -> Result<Self, TemplateError> {
        document::read(&intrinsics::long_form(yaml)?)
    }

    /// The table with this logical id.
    pub fn table(&self, logical_id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.logical_id == logical_id)
    }
}

impl StreamSource {
    /// Whether the function is called for this record, given as in a Lambda event's `Records`.
    pub fn accepts(&self, record: &serde_json::Value) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }
}

/// Where in a template something is wrong or cannot be imitated, and what.
#[derive(Debug, PartialEq, Eq)]
pub struct TemplateError {
    place: String,
    problem: String,
}

impl TemplateError {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }

    /// The same problem, seen from further out.
    fn within(self, outer: &str) -> Self {
        Self { place: format!("{outer}: {}", self.place), ..self }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template: {}: {}", self.place, self.problem)
    }
}

impl std::error::Error for TemplateError {}

#[cfg(test)]
mod tests {
    use super::Template;

    const REAL: &str = include_str!("../../../../template.yaml");

    fn real() -> Template {
        Template::parse(REAL).expect("the real template parses")
    }

    #[test]
    fn the_real_template_serves_the_redirect_by_both_methods() {
        let template = real();
        let redirect = template.functions.iter().find(|function| function.name == "redirect").expect("redirect");
        let mut routes: Vec<_> =
            redirect.routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
        routes.sort();
        let paths = ["/r/{code}", "/r/{code}/{channel}", "/r/{link+}"];
        let expected: Vec<_> =
            ["GET", "HEAD"].iter().flat_map(|method| paths.map(|path| format!("{method} {path}"))).collect();
        assert_eq!(routes, expected);
        assert_eq!(redirect.timeout_seconds, 3);
    }

    #[test]
    fn no_two_functions_of_the_real_template_share_a_route() {
        let template = real();
        let mut routes: Vec<_> = template
            .functions
            .iter()
            .flat_map(|function| &function.routes)
            .map(|route| (&route.method, &route.path))
            .collect();
        let all = routes.len();
        routes.sort();
        routes.dedup();
        assert_eq!(routes.len(), all);
    }

    #[test]
    fn notify_gets_new_outbox_items_of_the_core_table_and_nothing_else() {
        let template = real();
        let notify = template.functions.iter().find(|function| function.name == "notify").expect("notify");
        let [source] = notify.streams.as_slice() else { panic!("one stream, not {:?}", notify.streams) };
        assert_eq!((source.table.as_str(), source.batch_size), ("CoreTable", 10));

        let record = |event: &str, pk: &str| {
            serde_json::json!({
                "eventName": event, "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": "#"}}}
            })
        };
        assert!(source.accepts(&record("INSERT", "OUT#out_1")));
        assert!(!source.accepts(&record("MODIFY", "OUT#out_1")));
        assert!(!source.accepts(&record("REMOVE", "OUT#out_1")));
        assert!(!source.accepts(&record("INSERT", "ORD#shp_1#1001")));
    }

    #[test]
    fn announce_gets_webhooks_changes_and_endpoints_of_the_core_table_and_nothing_else() {
        let template = real();
        let announce = template.functions.iter().find(|function| function.name == "announce").expect("announce");
        let [source] = announce.streams.as_slice() else { panic!("one stream, not {:?}", announce.streams) };
        assert_eq!((source.table.as_str(), source.batch_size), ("CoreTable", 100));
        let record = |event: &str, pk: &str, sk: &str, kind: &str| {
            serde_json::json!({"eventName": event, "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                "NewImage": {"message": {"M": {"kind": {"S": kind}}}}}})
        };
        for (event, pk, sk, kind) in [
            ("INSERT", "OUT#out_1", "#", "event"),
            ("INSERT", "OUT#out_1", "#", "hand_over"),
            ("INSERT", "ORD#shp_1#1001", "#", ""),
            ("MODIFY", "REF#ref_1", "#", ""),
            ("MODIFY", "LNK#ANNA10", "#", ""),
            ("INSERT", "ADV#adv_1", "#", ""),
            ("MODIFY", "PER#mer_1#0", "#", ""),
            ("REMOVE", "MER#mer_1", "WHE#whe_1", ""),
        ] {
            assert!(source.accepts(&record(event, pk, sk, kind)), "{event} {pk} {sk}");
        }
        for (event, pk, sk, kind) in [
            ("INSERT", "OUT#out_1", "#", "mail"),
            ("MODIFY", "OUT#out_1", "#", "event"),
            ("REMOVE", "LNK#ANNA10", "#", ""),
            ("INSERT", "ADV#adv_1", "PRG#prg_1", ""),
            ("INSERT", "PER#mer_1#0", "ORD#1", ""),
            ("MODIFY", "MER#mer_1", "PRG#prg_1", ""),
            ("INSERT", "LED#mer_1#adv_1", "ref_1#000001", ""),
        ] {
            assert!(!source.accepts(&record(event, pk, sk, kind)), "{event} {pk} {sk}");
        }
    }

    #[test]
    fn timers_runs_every_minute_and_has_a_minute() {
        let template = real();
        let timers = template.functions.iter().find(|function| function.name == "timers").expect("timers");
        let periods: Vec<_> = timers.schedules.iter().map(|schedule| schedule.every_seconds).collect();
        assert_eq!((periods.as_slice(), timers.timeout_seconds), ([60].as_slice(), 60));
    }

    #[test]
    fn the_real_template_has_two_tables() {
        let template = real();
        assert!(template.table("CoreTable").is_some());
        assert!(template.table("ClicksTable").is_some());
        assert!(template.table("CoreTabel").is_none());
        assert_eq!(template.tables.len(), 2);
    }
}
