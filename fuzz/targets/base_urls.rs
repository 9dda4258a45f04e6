//! Base URLs: what is accepted goes over TLS or stays on this machine, and holds nothing but an address.
#![no_main]

use imbrace_contacts_mcp::model::BaseUrl;
use url::{Host, Url};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for text in [text.to_owned(), format!("https://{text}"), format!("http://{text}")] {
        let Ok(accepted) = BaseUrl::parse(&text) else { continue };
        let url: &Url = accepted.url();
        let local = match url.host().expect("a host") {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        };
        assert!(url.scheme() == "https" || (url.scheme() == "http" && local), "{url}");
        assert!(url.username().is_empty() && url.password().is_none());
        assert!(url.query().is_none() && url.fragment().is_none());
        assert_eq!(BaseUrl::parse(url.as_str()).as_ref(), Ok(&accepted));
    }
});
