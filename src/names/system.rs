//! The name servers of this machine.

use std::net::SocketAddr;

/// Port of name servers.
const PORT: u16 = 53;

/// Gives the name servers in the system's order; none where the system tells none.
#[cfg(unix)]
pub(super) fn name_servers() -> Vec<SocketAddr> {
    // A missing file is no fault: the machine may have no network.
    let configuration = std::fs::read("/etc/resolv.conf").unwrap_or_default();
    listed(&String::from_utf8_lossy(&configuration))
}

/// Reads resolv.conf(5). An address with an interface (`fe80::1%eth0`) is passed over.
#[cfg(unix)]
fn listed(configuration: &str) -> Vec<SocketAddr> {
    let servers = configuration.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let keyword = words.next()?;
        let address = words.next()?.parse().ok()?;
        (keyword == "nameserver").then(|| SocketAddr::new(address, PORT))
    });
    servers.collect()
}

/// Gives the name servers of the adapters that are up, the nearest first.
#[cfg(windows)]
pub(super) fn name_servers() -> Vec<SocketAddr> {
    let mut adapters = ipconfig::get_adapters().unwrap_or_default();
    adapters.retain(|adapter| adapter.oper_status() == ipconfig::OperStatus::IfOperStatusUp);
    adapters.sort_by_key(ipconfig::Adapter::ipv4_metric);
    let mut servers = Vec::new();
    for address in adapters.iter().flat_map(ipconfig::Adapter::dns_servers) {
        let server = SocketAddr::new(*address, PORT);
        if is_reachable(*address) && !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers
}

/// Windows lists site-local addresses (fec0::) that nobody has, and link-local ones, which need an interface.
#[cfg(windows)]
fn is_reachable(address: std::net::IpAddr) -> bool {
    match address {
        std::net::IpAddr::V4(_) => true,
        std::net::IpAddr::V6(six) => {
            let [first, ..] = six.segments();
            first & 0xff80 != 0xfe80
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_read_from_resolv_conf() {
        let configuration = "# by NetworkManager\nsearch boutique.lan\nnameserver 192.0.2.1\n\
            \tnameserver  2001:db8::1 # six\nnameserver fe80::1%eth0\nnameserver\n;nameserver 192.0.2.9\noptions edns0\n";
        let servers = listed(configuration);
        let expected: Vec<SocketAddr> = ["192.0.2.1:53", "[2001:db8::1]:53"]
            .map(|server| server.parse().unwrap())
            .to_vec();
        assert_eq!(servers, expected);
        assert!(listed("").is_empty());
    }
}
