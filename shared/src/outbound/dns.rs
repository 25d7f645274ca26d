//! Finds the addresses of a host's name, and refuses those that lead inside. The client connects to what this
//! returns and asks nobody again, so a name can't show one address here and another one later.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError, SharedDnsResolver};
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::domain::endpoint::{EndpointUrl, Reach};

/// A name led to an address that nothing may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address of this host is not public")]
pub(super) struct OutOfReach;

/// The machine's own resolver.
#[derive(Debug)]
pub(super) struct System;

impl ResolveDns for System {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = lookup_host((name, 443)).await.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Another resolver whose answers are held to a reach.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    pub(super) resolver: SharedDnsResolver,
    pub(super) reach: Reach,
}

impl ResolveDns for Guarded {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = self.resolver.resolve_dns(name).await?;
            // One that is refused spoils all: whoever mixes inner addresses among public ones is up to something.
            let within = |address: &IpAddr| self.reach.allows(*address);
            if found.iter().all(within) { Ok(found) } else { Err(ResolveDnsError::new(OutOfReach)) }
        })
    }
}

/// How long a name that somebody wants to save may take to be looked up.
const WHILE_SOMEBODY_WAITS: Duration = Duration::from_secs(2);

/// Whether an address leads where nothing may be sent to, as far as can be told now: a name that is not known yet may be
/// by the time that it is needed, and is judged again then.
pub async fn leads_inside(url: &EndpointUrl, reach: Reach) -> bool {
    leads_inside_by(url, Guarded { resolver: SharedDnsResolver::new(System), reach }).await
}

async fn leads_inside_by(url: &EndpointUrl, names: Guarded) -> bool {
    if url.address().is_some() {
        // Judged when it was parsed.
        return false;
    }
    let found = timeout(WHILE_SOMEBODY_WAITS, names.resolve_dns(url.host())).await;
    let refused = |failure: ResolveDnsError| failure.source().is_some_and(<dyn Error>::is::<OutOfReach>);
    found.is_ok_and(|found| found.is_err_and(refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that all lead to the same addresses; none: nobody knows the name.
    #[derive(Clone, Debug)]
    struct Names(Vec<IpAddr>);

    impl ResolveDns for Names {
        fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
            if self.0.is_empty() {
                return DnsFuture::ready(Err(ResolveDnsError::new(std::io::Error::other("no such name"))));
            }
            DnsFuture::ready(Ok(self.0.clone()))
        }
    }

    async fn refused(addresses: &[&str], reach: Reach) -> bool {
        let url = EndpointUrl::parse("https://hooks.nordicshoes.example/", Reach::Internet).expect("an address");
        let names = Names(addresses.iter().map(|address| address.parse().expect(address)).collect());
        leads_inside_by(&url, Guarded { resolver: SharedDnsResolver::new(names), reach }).await
    }

    #[tokio::test]
    async fn a_name_is_refused_where_any_of_its_addresses_leads_inside() {
        for inside in [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "192.168.0.1",
            "100.64.0.1",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "fe80::1",
            "fd00:ec2::254",
        ] {
            assert!(refused(&[inside], Reach::Internet).await, "{inside}");
            assert!(refused(&["8.8.8.8", inside], Reach::Internet).await, "{inside} among others");
        }
        assert!(!refused(&["8.8.8.8", "2606:4700::1111"], Reach::Internet).await);
        assert!(!refused(&[], Reach::Internet).await, "not known yet");
        assert!(!refused(&["127.0.0.1"], Reach::ThisMachine).await);
        assert!(refused(&["10.0.0.1"], Reach::ThisMachine).await);
    }
}
