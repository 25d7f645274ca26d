//! Requests to addresses that merchants chose: their own systems, and the platforms that their shops run on. One limit on
//! time, no redirects, and only to where [`Reach`](crate::domain::endpoint::Reach) lets it. The TLS stack is the one that
//! the AWS clients use.

mod dns;
mod http;

pub use self::dns::leads_inside;
pub use self::http::Http;
pub(crate) use self::http::{Failure, Limits};
