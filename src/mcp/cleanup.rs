//! Access to the files, prompts and completions of a cleanup.

use rmcp::RoleServer;
use rmcp::model::{CompleteRequestMethod, ConstString, ErrorData};
use rmcp::service::RequestContext;

use super::{Caller, Server};
use crate::tools::Toolbox;

impl Server {
    /// Refuses a method of a capability that is not declared.
    pub(super) fn offered<M: ConstString>(&self) -> Result<(), ErrorData> {
        if self.shared.has_cleanup { Ok(()) } else { Err(ErrorData::method_not_found::<M>()) }
    }

    /// The tools of whoever gets the review page in a chat: their client shows pages, and there is a cleanup.
    #[cfg(feature = "http")]
    pub(super) fn with_pages(&self, context: &RequestContext<RoleServer>) -> Option<Toolbox> {
        if !self.shared.has_cleanup || !super::apps::are_shown(context) {
            return None;
        }
        self.toolbox_for(Caller::of(&context.extensions)).ok().filter(super::apps::are_offered)
    }

    /// The tools of whoever asks for a cleanup's files.
    pub(super) fn cleanup_resources(&self, context: &RequestContext<RoleServer>) -> Result<Toolbox, ErrorData> {
        self.offered::<CompleteRequestMethod>()?;
        let caller = Caller::of(&context.extensions);
        let refused = |text| self.redacted(&self.shared.toolbox, ErrorData::invalid_request(text, None));
        self.toolbox_for(caller).map_err(refused)
    }
}
