//! Where webhooks may be sent. A merchant names the address and we connect to it from inside our own network, so an
//! address that leads back there must be refused: when it is saved, and again with every address a name resolves to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Longest address that is taken.
const MAX_LENGTH: usize = 2000;

/// How far webhooks may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The public internet: what every deployment has.
    Internet,
    /// This machine too, without TLS and on any port; only the local runner gives it.
    ThisMachine,
}

impl Reach {
    /// Whether a connection may be made to this address.
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::ThisMachine && address.to_canonical().is_loopback())
    }
}

/// The address is none that webhooks may be sent to. Says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an https URL of a public host on port 443, without user name, password and fragment, at most \
     {MAX_LENGTH} characters"
)]
pub struct InvalidEndpoint;

/// An address that webhooks may be sent to. A host name still has to resolve to addresses within [`Reach`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// Reads an address. The `url` crate reads it as browsers do, so `0x7f.1` and `2130706433` are seen for the IPv4
    /// address that they are.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, InvalidEndpoint> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= MAX_LENGTH).ok_or(InvalidEndpoint)?;
        let (is_outside, is_here) = match url.host().ok_or(InvalidEndpoint)? {
            Host::Ipv4(address) => (is_public(address.into()), address.is_loopback()),
            Host::Ipv6(address) => (is_public(address.into()), IpAddr::from(address).to_canonical().is_loopback()),
            Host::Domain(name) => (!is_local_name(name), name == "localhost"),
        };
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // The port that `https` has anyway reads as none.
        let public = is_outside && url.scheme() == "https" && url.port().is_none();
        let on_this_machine = is_here && reach == Reach::ThisMachine && matches!(url.scheme(), "http" | "https");
        (plain && (public || on_this_machine)).then_some(Self(url)).ok_or(InvalidEndpoint)
    }

    /// The whole address. Its path and query may hold a secret of the receiver's: not for logs.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the way there is encrypted: always, but for this machine.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host, for logs.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The host where it is an address, which no resolver gets to see.
    pub fn address(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }
}

/// Names that never lead out: whatever has a single label, and what is kept for inside: `localhost` (RFC 6761 §6.3),
/// `local` (RFC 6762), `home.arpa` (RFC 8375), `internal` (reserved by ICANN in 2024; clouds' metadata is there).
fn is_local_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let inside = [".localhost", ".local", ".localdomain", ".internal", ".home.arpa"];
    !name.contains('.') || name == "home.arpa" || inside.iter().any(|end| name.ends_with(end))
}

/// Whether an address is one of the public internet's: none of IANA's special-purpose registries (RFC 6890 and its
/// updates), no multicast, and where IPv6 carries an IPv4 address, that one public.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Whether the first bits of an address are those of a network.
const fn within(address: u32, network: u32, bits: u32) -> bool {
    (address ^ network) >> (32 - bits) == 0
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = [
        (0x0000_0000, 8),  // 0/8: this network
        (0x0a00_0000, 8),  // 10/8: private
        (0x6440_0000, 10), // 100.64/10: shared by a carrier's customers
        (0x7f00_0000, 8),  // 127/8: loopback
        (0xa9fe_0000, 16), // 169.254/16: link-local, and the cloud's metadata
        (0xac10_0000, 12), // 172.16/12: private
        (0xc000_0000, 24), // 192.0.0/24: protocol assignments
        (0xc000_0200, 24), // 192.0.2/24: documentation
        (0xc058_6300, 24), // 192.88.99/24: relays to 6to4
        (0xc0a8_0000, 16), // 192.168/16: private
        (0xc612_0000, 15), // 198.18/15: benchmarks
        (0xc633_6400, 24), // 198.51.100/24: documentation
        (0xcb00_7100, 24), // 203.0.113/24: documentation
        (0xe000_0000, 4),  // 224/4: multicast
        (0xf000_0000, 4),  // 240/4: reserved, broadcast
    ];
    !special.iter().any(|(network, bits)| within(address.to_bits(), *network, *bits))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // How IPv4 is reached where there is only IPv6 (RFC 6052): the last four bytes are the address that is meant.
    if let [0x64, 0xff9b, 0, 0, 0, 0, ..] = address.segments() {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let [one, two, ..] = address.segments();
    let first = (u32::from(one) << 16) | u32::from(two);
    let special = [
        (0x2001_0000, 23), // 2001::/23: protocol assignments, with Teredo, which carries IPv4
        (0x2001_0db8, 32), // 2001:db8::/32: documentation
        (0x2002_0000, 16), // 2002::/16: 6to4, which carries IPv4
        (0x3fff_0000, 20), // 3fff::/20: documentation
    ];
    // 2000::/3 is all that is handed out to the public.
    within(first, 0x2000_0000, 3) && !special.iter().any(|(network, bits)| within(first, *network, *bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str, reach: Reach) -> bool {
        EndpointUrl::parse(text, reach).is_ok()
    }

    #[test]
    fn webhooks_go_to_public_hosts_over_https_only() {
        for good in [
            "https://hooks.nordicshoes.example/goodword?key=1",
            "https://hooks.nordicshoes.example:443/",
            "https://NORDICSHOES.example./x",
            "https://8.8.8.8/x",
            "https://[2606:4700::1111]/",
            "https://åäö.example/",
        ] {
            assert!(taken(good, Reach::Internet), "{good}");
        }
        let long = format!("https://a.example/{}", "x".repeat(2000));
        for wrong in [
            "",
            "hooks.nordicshoes.example",
            "http://nordicshoes.example/",
            "ftp://nordicshoes.example/",
            "https://nordicshoes.example:8443/",
            "https://nordicshoes.example:80/",
            "https://user@nordicshoes.example/",
            "https://user:secret@nordicshoes.example/",
            "https://nordicshoes.example/#part",
            "https://localhost/",
            "https://localhost./",
            "https://shop.localhost/",
            "https://intranet/",
            "https://intranet./",
            "https://metadata.google.internal/computeMetadata/v1/",
            "https://METADATA.GOOGLE.INTERNAL./",
            "https://printer.local/",
            "https://nas.home.arpa/",
            "https://shop.localhost./",
            "https://localhost.localdomain/",
            "https:///x",
            long.as_str(),
        ] {
            assert!(!taken(wrong, Reach::Internet), "{wrong}");
        }
    }

    #[test]
    fn no_spelling_of_an_inner_address_is_taken() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.0.0.1.",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "169.254.170.2",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:10.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::169.254.169.254]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "①②⑦.0.0.1",
            "0",
            "0x7f.1",
            "127.0.1",
            "017700000001",
            "0xa9fea9fe",
            "2852039166",
            "0251.0376.0251.0376",
            "169.254.43518",
            "127。0。0。1",
            "%31%32%37.0.0.1",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:ffff:a9fe:a9fe]",
            "[::ffff:0:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::a00:1]",
            "[fd12:3456:789a::1]",
            "[fc00::1]",
        ] {
            assert!(!taken(&format!("https://{host}/"), Reach::Internet), "{host}");
        }
    }

    #[test]
    fn addresses_beside_the_special_ones_are_public() {
        for address in [
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "2003::1",
            "3ffe::1",
        ] {
            assert!(is_public(address.parse().expect(address)), "{address}");
        }
    }

    #[test]
    fn only_the_local_runner_reaches_its_own_machine_and_nothing_more_inside() {
        for here in ["http://127.0.0.1:4000/x", "http://localhost:4000/", "https://[::1]:4000/"] {
            assert!(taken(here, Reach::ThisMachine) && !taken(here, Reach::Internet), "{here}");
        }
        for wrong in ["http://10.0.0.1/", "https://10.0.0.1/", "http://nordicshoes.example/", "http://u@127.0.0.1/"] {
            assert!(!taken(wrong, Reach::ThisMachine), "{wrong}");
        }
        let loopback: IpAddr = "::ffff:127.0.0.1".parse().expect("an address");
        assert!(Reach::ThisMachine.allows(loopback) && !Reach::Internet.allows(loopback));
        assert!(!Reach::ThisMachine.allows("10.0.0.1".parse().expect("an address")));
    }
}
