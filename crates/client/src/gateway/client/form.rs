//! The one or two ways to ask for what an operation wants (contract, section 8).

use http::Method;

use crate::gateway::{Body, GatewayError, Operation, Refusal, Request};

/// The ways to ask, the one that is known to work first.
pub(super) struct RequestVariants {
    pub(super) first: RequestVariant,
    pub(super) second: Option<RequestVariant>,
}

/// One way to ask.
pub(super) struct RequestVariant {
    pub(super) method: Method,
    pub(super) route: &'static str,
    pub(super) request: Request,
    pub(super) is_alternative: bool,
    /// Which refusals say that the other way may be tried.
    when: fn(&Refusal) -> bool,
}

impl RequestVariants {
    /// An operation's forms.
    pub(super) fn of<O: Operation>(operation: &O, alternative_first: bool) -> Self {
        let request = operation.request();
        let main = |when| RequestVariant { method: O::METHOD, route: O::ROUTE, request, is_alternative: false, when };
        let Some(alternative) = operation.alternative() else {
            return Self { first: main(|_| false), second: None };
        };
        let main = main(alternative.when);
        let alternative = RequestVariant {
            method: alternative.method,
            route: alternative.route,
            request: alternative.request,
            is_alternative: true,
            when: Refusal::is_unknown_route,
        };
        let (first, second) = if alternative_first { (alternative, main) } else { (main, alternative) };
        Self { first, second: Some(second) }
    }

    /// Whether the call carries a file, which has deadlines of its own.
    pub(super) fn are_uploads(&self) -> bool {
        matches!(self.first.request.body, Body::Upload(_))
    }
}

impl RequestVariant {
    /// Whether an error says that the other form may be tried.
    pub(super) fn passes_on(&self, error: &GatewayError) -> bool {
        matches!(error, GatewayError::Refused(refusal) if (self.when)(refusal))
    }
}
