//! Every contact as CSV: the dashboard's export button (contract, section 9). The one success that is no JSON.
//!
//! Assumed, because no source shows an export: the first line names the columns, and quoting is that of RFC 4180.

use http::Method;

use crate::gateway::{Format, Operation, Replay, Request};
use crate::model::ContactsCsv;

/// Exports all contacts of the organisation. A gateway may refuse it to who is no administrator, and gives up after 30 s.
#[derive(Debug, Clone, Default)]
pub struct ExportContacts {
    /// As for listing.
    pub sort: Option<String>,
}

impl Operation for ExportContacts {
    const NAME: &'static str = "export_contacts";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "contacts/_export_csv";
    const REPLAY: Replay = Replay::Read;
    /// 65,681 contacts are about 17 MB.
    const FORMAT: Format = Format::Csv { most: 512 << 20 };
    type Response = ContactsCsv;

    fn request(&self) -> Request {
        Request::default().query_if("sort", self.sort.as_deref())
    }
}
