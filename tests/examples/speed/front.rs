//! DynamoDB behind TLS, as functions find it: a chain of RSA certificates as AWS's endpoints have it, in front of the
//! embedded database. `openssl` makes the chain.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How many authorities AWS has; the bundle for `redirect` has as many, so that it parses what it parses in Lambda.
const AUTHORITIES: usize = 5;

/// The front.
pub(crate) struct Front {
    /// Its address.
    pub(crate) endpoint: String,
    /// The authority that signed, as often as AWS has authorities.
    pub(crate) few: PathBuf,
    /// The same among those of this system, as a program with defaults reads them.
    pub(crate) many: PathBuf,
    /// The authority alone.
    pub(crate) one: PathBuf,
}

impl Front {
    /// Starts it in front of a plain endpoint.
    pub(crate) async fn start(upstream: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("goodword-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        make_chain(&folder);
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let authority = read("root.pem");
        let system = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
        let system = system.iter().find_map(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        std::fs::write(folder.join("few.pem"), authority.repeat(AUTHORITIES)).expect("written");
        std::fs::write(folder.join("many.pem"), format!("{system}\n{authority}")).expect("written");

        let pem = format!("{}{}", read("leaf.pem"), read("middle.pem"));
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).map(|it| it.expect("PEM")).collect();
        let key = PrivateKeyDer::from_pem_slice(read("leaf.key").as_bytes()).expect("a key");
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("TLS").with_no_client_auth().with_single_cert(chain, key).expect("a certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let upstream = upstream.trim_start_matches("http://").to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
                tokio::spawn(async move {
                    // A connection that breaks is a child that ended.
                    let Ok(mut client) = acceptor.accept(client).await else { return };
                    let Ok(mut server) = TcpStream::connect(upstream).await else { return };
                    let _ = server.set_nodelay(true);
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { endpoint, few: folder.join("few.pem"), many: folder.join("many.pem"), one: folder.join("root.pem") }
    }
}

/// Root, intermediate and leaf, RSA with 2048 bits each.
fn make_chain(folder: &Path) {
    std::fs::write(folder.join("ca.ext"), "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")
        .expect("written");
    std::fs::write(folder.join("leaf.ext"), "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
        .expect("written");
    let run = |line: &str| {
        let mut command = Command::new("openssl");
        let command = command.args(line.split(' ')).current_dir(folder).stderr(Stdio::null()).stdout(Stdio::null());
        assert!(command.status().expect("openssl is installed").success(), "openssl {line}");
    };
    for name in ["root", "middle", "leaf"] {
        run(&format!("req -new -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /O=Bench/CN={name}"));
    }
    run("x509 -req -in root.csr -signkey root.key -extfile ca.ext -out root.pem -days 30 -sha256");
    run(
        "x509 -req -in middle.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile ca.ext -out middle.pem -days 30 -sha256",
    );
    run(
        "x509 -req -in leaf.csr -CA middle.pem -CAkey middle.key -CAcreateserial -extfile leaf.ext -out leaf.pem -days 30 -sha256",
    );
}
