//! Finds the addresses of a host's name, and refuses those that lead inside. The client connects to what this
//! returns and asks nobody again, so a name can't show one address here and another one later.

use std::net::IpAddr;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError, SharedDnsResolver};
use tokio::net::lookup_host;

use crate::domain::endpoint::Reach;

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
