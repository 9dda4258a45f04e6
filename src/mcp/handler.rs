//! The methods of the protocol, as the SDK's service loop calls them.

use std::borrow::Cow;

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, DiscoverResult, ErrorCode,
    ErrorData, InitializeRequestParams, InitializeResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion,
    ServerConfig, Tool,
};
#[cfg(feature = "cleanup")]
use rmcp::model::{
    CompleteRequestParams, CompleteResult, GetPromptRequestMethod, GetPromptRequestParams, GetPromptResponse,
    GetSkillRequestParams, GetSkillResult, ListPromptsRequestMethod, ListPromptsResult,
    ListResourceTemplatesRequestMethod, ListResourceTemplatesResult, ListResourcesRequestMethod, ListResourcesResult,
    ListSkillsResult, ReadResourceRequestMethod, ReadResourceRequestParams, ReadResourceResponse,
    SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams,
};
use rmcp::service::RequestContext;
#[cfg(feature = "cleanup")]
use rmcp::service::SubscriptionContext;
use rmcp::{RoleServer, ServerHandler};

#[cfg(all(feature = "cleanup", feature = "http"))]
use super::apps;
use super::consent::{self, Verdict};
use super::malformed::malformed;
use super::{Caller, LIST_FRESH, LONGEST_NAME, Server, cut_short, definition, is_modern, milliseconds, one_page};
#[cfg(feature = "cleanup")]
use super::{prompts, resources, skills, subscriptions};
use crate::metrics::OTHER;
use crate::render::clipped;
use crate::tools::{Consent, Entry};
use crate::traces::{Call, Parent};

impl Server {
    /// The answer to a call, once whoever has to agree has agreed.
    async fn answer_call(
        &self,
        entry: Option<&Entry>,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let toolbox = match self.toolbox_for(Caller::of(&context.extensions)) {
            Ok(toolbox) => toolbox,
            Err(text) => return Ok(self.refused(text).into()),
        };
        #[cfg(all(feature = "cleanup", feature = "http"))]
        if apps::are_shown(&context) {
            let who = Caller::of(&context.extensions).map(|caller| caller.who.clone()).unwrap_or_default();
            if let Some(said) = apps::call((&toolbox, &who), &request, &self.shared.page_jobs, &self.stop).await {
                return Ok(said.into());
            }
        }
        // As this request narrows it: one that asks for more confirmations is bound to its caller like any other.
        let confirms = toolbox.wanted().iter().any(|entry| entry.name == request.name && entry.confirms);
        let mut caller = consent::caller(&request, &context, confirms);
        if matches!(caller.consent, Consent::Agreed(_)) {
            match consent::answer(&request) {
                Verdict::Agreed => {}
                verdict => return Ok(consent::refusal(verdict)),
            }
        }
        let reads = entry.is_some_and(|entry| entry.effect.is_read_only());
        for _ in 0..consent::ROUNDS {
            let call = self.once(&toolbox, &request, &caller, &context);
            let (response, question) = tokio::select! {
                // Dropping the call drops the request to the gateway with it.
                () = context.ct.cancelled() => return Ok(cut_short(entry, "the connection ended").into()),
                () = self.stop.cancelled(), if reads => return Ok(cut_short(entry, "the server is stopping").into()),
                said = call => said?,
            };
            // Whoever cannot be asked reads the preview, and repeats the call.
            let Some(question) = question.filter(|_| caller.consent != Consent::ByArgument) else {
                return Ok(response);
            };
            if is_modern(&context) {
                return Ok(consent::required(&question));
            }
            let verdict = tokio::select! {
                () = context.ct.cancelled() => Verdict::Dismissed,
                verdict = consent::ask(&context.peer, &question) => verdict,
            };
            if verdict != Verdict::Agreed {
                return Ok(consent::refusal(verdict));
            }
            caller.consent = Consent::Agreed(question.token().to_owned());
        }
        Ok(consent::refusal(Verdict::Agreed))
    }
}

/// Returns true if a call came to an error of the protocol or of its tool.
fn is_error(answered: &Result<CallToolResponse, ErrorData>) -> bool {
    match answered {
        Ok(CallToolResponse::Complete(result)) => result.is_error == Some(true),
        Ok(_) => false,
        Err(_) => true,
    }
}

// Without the feature `cleanup` the SDK's own methods refuse what is not declared: prompts, resources and completions.
impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        self.shared.configuration.clone()
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools().iter().find(|tool| tool.name == name).cloned()
    }

    async fn discover(&self, _context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, self.get_info())
            .with_ttl_ms(milliseconds(LIST_FRESH))
            .with_cache_scope(CacheScope::Public))
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        one_page(request)?;
        let toolbox = self
            .narrowed(Caller::of(&context.extensions))
            .map_err(|text| self.redacted(&self.shared.toolbox, ErrorData::invalid_params(text, None)))?;
        #[cfg_attr(
            not(all(feature = "cleanup", feature = "http")),
            expect(unused_mut, reason = "pages need both features")
        )]
        let (mut tools, mut scope) = if toolbox.is_narrowed() {
            let wanted = toolbox.wanted().into_iter().map(|entry| definition(entry, toolbox.output())).collect();
            (wanted, CacheScope::Private)
        } else {
            (self.tools().to_vec(), CacheScope::Public)
        };
        #[cfg(all(feature = "cleanup", feature = "http"))]
        if let Some(own) = self.with_pages(&context) {
            (tools, scope) = (apps::tools(tools, &own), CacheScope::Private);
        }
        let list = ListToolsResult::with_all_items(tools);
        if !is_modern(&context) {
            return Ok(list);
        }
        Ok(list.with_ttl_ms(milliseconds(LIST_FRESH)).with_cache_scope(scope))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let entry = self.shared.toolbox.entries().iter().find(|entry| entry.name == request.name);
        let (meta, parts) = (context.meta.clone(), context.extensions.get::<http::request::Parts>().cloned());
        let header = parts.as_ref().and_then(|parts| parts.headers.get("traceparent")?.to_str().ok());
        let version = context.protocol_version();
        let known = ProtocolVersion::KNOWN_VERSIONS.iter().find(|known| version.as_ref() == Some(*known));
        let call = Call {
            tool: entry.map_or(OTHER, |entry| entry.name),
            is_http: Caller::of(&context.extensions).is_some(),
            protocol_version: known.map(ProtocolVersion::as_str),
            parent: Parent { meta: meta.get("traceparent").and_then(|value| value.as_str()), header },
        };
        self.traces.call(call, self.answer_call(entry, request, context), is_error).await
    }

    #[cfg(feature = "cleanup")]
    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let toolbox = self.cleanup_resources(&context)?;
        let mut found = prompts::complete(&toolbox, &request.r#ref, &request.argument).await;
        // What was written before the last comma comes back.
        for value in &mut found.completion.values {
            *value = toolbox.redacted(std::mem::take(value));
        }
        Ok(found)
    }

    #[cfg(feature = "cleanup")]
    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        one_page(request)?;
        self.offered::<ListPromptsRequestMethod>()?;
        Ok(prompts::list(is_modern(&context)))
    }

    #[cfg(feature = "cleanup")]
    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.offered::<GetPromptRequestMethod>()?;
        let got = prompts::get(&request.name, request.arguments.as_ref());
        got.map(Into::into).map_err(|error| self.redacted(&self.shared.toolbox, error))
    }

    #[cfg(feature = "cleanup")]
    async fn list_skills(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListSkillsResult, ErrorData> {
        one_page(request)?;
        Ok(skills::list(&self.shared.toolbox, is_modern(&context)))
    }

    #[cfg(feature = "cleanup")]
    async fn get_skill(
        &self,
        request: GetSkillRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetSkillResult, ErrorData> {
        let got = skills::get(&self.shared.toolbox, &request.uri, is_modern(&context));
        got.map_err(|error| self.redacted(&self.shared.toolbox, error))
    }

    #[cfg(feature = "cleanup")]
    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        one_page(request)?;
        self.offered::<ListResourcesRequestMethod>()?;
        let toolbox = self.cleanup_resources(&context)?;
        if !is_modern(&context) {
            self.follow_list(&toolbox, (context.peer.clone(), &context.extensions)).await;
        }
        let listed = resources::list(&toolbox, is_modern(&context)).await;
        #[cfg(feature = "http")]
        let listed = listed.map(|mut list| {
            if self.with_pages(&context).is_some() {
                list.resources.push(apps::resource());
            }
            list
        });
        listed.map_err(|error| self.redacted(&toolbox, error))
    }

    #[cfg(feature = "cleanup")]
    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        one_page(request)?;
        self.offered::<ListResourceTemplatesRequestMethod>()?;
        Ok(resources::templates(is_modern(&context)))
    }

    #[cfg(feature = "cleanup")]
    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.offered::<ReadResourceRequestMethod>()?;
        let toolbox = self.cleanup_resources(&context)?;
        #[cfg(feature = "http")]
        if request.uri == apps::URI && self.with_pages(&context).is_some() {
            return Ok(apps::page(&toolbox, is_modern(&context)).into());
        }
        let read = resources::read(&toolbox, &request.uri, is_modern(&context)).await;
        read.map(Into::into).map_err(|error| self.redacted(&toolbox, error))
    }

    #[cfg(feature = "cleanup")]
    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        self.shared.has_cleanup.then(|| subscriptions::accepted(requested))
    }

    #[cfg(feature = "cleanup")]
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let toolbox = self.cleanup_resources(context.request_context())?;
        subscriptions::listen(&toolbox, context, &self.stop).await;
        Ok(())
    }

    #[cfg(feature = "cleanup")]
    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let toolbox = self.cleanup_resources(&context)?;
        let subscribed = self.subscribe_to(&request.uri, &toolbox, (context.peer.clone(), &context.extensions)).await;
        subscribed.map_err(|error| self.redacted(&toolbox, error))
    }

    #[cfg(feature = "cleanup")]
    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.cleanup_resources(&context)?;
        self.unsubscribe_from(&request.uri);
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let unknown = || {
            let method = clipped(&request.method, LONGEST_NAME);
            ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("No method is named `{method}`."), None)
        };
        let is_offered = match request.method.as_str() {
            // Version 2026-07-28 has neither of the two, readable or not.
            "initialize" | "ping" => !is_modern(&context),
            "prompts/get"
            | "prompts/list"
            | "resources/read"
            | "resources/list"
            | "resources/templates/list"
            | "completion/complete" => self.shared.has_cleanup,
            "skills/list" | "skills/get" => self.shared.configuration.capabilities.supports_skills(),
            _ => true,
        };
        let error = malformed(&request).filter(|_| is_offered).unwrap_or_else(unknown);
        Err(self.redacted(&self.shared.toolbox, error))
    }

    async fn initialize(
        &self,
        mut request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        // The SDK has noted the client before the first handshake gets here. A second one is told what was agreed, and,
        // unlike with the SDK's own handler, changes nothing of it.
        if let Some(agreed) = context.peer.peer_info() {
            request.protocol_version = agreed.protocol_version.clone();
        }
        let agreed = self.negotiate_initialize(&request)?;
        // A connection on which nobody can be told of updates offers no subscription.
        #[cfg(feature = "cleanup")]
        let agreed = subscriptions::as_offered(agreed, &context.extensions);
        Ok(agreed)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(ProtocolVersion::KNOWN_VERSIONS)
    }
}
