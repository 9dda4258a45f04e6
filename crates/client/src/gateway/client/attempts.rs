//! The attempts of one call: what is tried after which answer.

use http::StatusCode;
use tower::retry::budget::Budget;

use super::Core;
use super::exchange::{Call, Outgoing};
use super::form::{RequestVariant, RequestVariants};
use crate::gateway::answer::{Answer, Unreadable};
use crate::gateway::{GatewayError, Outcome, Replay, retry};
use crate::model::Prefix;

impl Core {
    /// Asks until there is an answer, or no more attempt is allowed.
    pub(super) async fn attempts(&self, call: &Call, forms: &RequestVariants) -> Result<Answer, GatewayError> {
        self.host.budget.deposit();
        // The first failure after which the gateway may have acted, and the last one of any kind.
        let (mut unknown, mut last) = (None::<GatewayError>, None::<GatewayError>);
        let mut attempt = 1;
        loop {
            let error = match self.ask(call, forms).await {
                Ok(response) => {
                    self.refused.accepted();
                    return Ok(response);
                }
                Err(error) => error,
            };
            if unknown.is_some() && call.endpoint.replay == Replay::Repeatable && error.is_not_found() {
                // An earlier attempt did it, which is why nothing is left to do.
                return (call.endpoint.check)(&Answer::EMPTY).map(|()| Answer::EMPTY).map_err(|_| error);
            }
            if error.is_pause() {
                // What really happened says more than that nothing else was tried.
                return Err(unknown.or(last).unwrap_or(error));
            }
            self.refused.learn(call.endpoint.name, &self.settings.credential, &error);
            if error.outcome() == Outcome::Unknown {
                unknown.get_or_insert_with(|| error.clone());
            }
            let failure =
                retry::Failure { replay: call.endpoint.replay, attempt, error: &error, remaining: call.remaining() };
            match retry::wait(&failure, rand::random()) {
                Some(pause) if self.host.budget.withdraw() => tokio::time::sleep(pause).await,
                // "Not done" would be said of the last attempt only.
                _ if call.endpoint.replay != Replay::Read && error.outcome() == Outcome::NotDone => {
                    return Err(unknown.unwrap_or(error));
                }
                _ => return Err(error),
            }
            last = Some(error);
            attempt += 1;
        }
    }

    /// One attempt: the preferred form, and the other one where the gateway says that it does not know the first.
    async fn ask(&self, call: &Call, forms: &RequestVariants) -> Result<Answer, GatewayError> {
        let error = match self.ask_under_prefixes(call, &forms.first).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let Some(second) = forms.second.as_ref().filter(|_| forms.first.passes_on(&error) && call.has_time()) else {
            return Err(error);
        };
        match self.ask_under_prefixes(call, second).await {
            Ok(response) => {
                self.host.quirks.learn_form(call.endpoint.name, second.is_alternative);
                Ok(response)
            }
            // Unknown in both forms: the first one is what the document describes.
            Err(other) => Err(if second.passes_on(&other) || other.is_pause() { error } else { other }),
        }
    }

    /// One form under the prefix in use, and under the other one while no prefix is proven.
    async fn ask_under_prefixes(&self, call: &Call, form: &RequestVariant) -> Result<Answer, GatewayError> {
        let prefix = self.host.quirks.prefix();
        let error = match self.ask_once(call, form, prefix).await {
            Ok(response) => {
                if call.endpoint.replay == Replay::Read {
                    self.host.quirks.prove(prefix);
                }
                return Ok(response);
            }
            Err(error) => error,
        };
        let Some(other) = self.host.quirks.other_prefix() else {
            return Err(error);
        };
        if !is_sign_of_wrong_prefix(call.endpoint.replay, &error) || !call.has_time() {
            return Err(error);
        }
        match self.ask_once(call, form, other).await {
            // Nothing was learned beyond the first answer.
            Err(second) if is_sign_of_wrong_prefix(call.endpoint.replay, &second) || second.is_pause() => Err(error),
            Err(second) => {
                if matches!(&second, GatewayError::Refused(refusal) if refusal.json_body && refusal.status.is_client_error())
                {
                    self.host.quirks.prove(other);
                }
                Err(second)
            }
            Ok(response) => {
                self.host.quirks.prove(other);
                Ok(response)
            }
        }
    }

    async fn ask_once(&self, call: &Call, form: &RequestVariant, prefix: Prefix) -> Result<Answer, GatewayError> {
        let Some(address) = self.host.roots.address(prefix, form.route, &form.request) else {
            let reason = "a value of its path is no id";
            return Err(GatewayError::NotSent { reason, request_id: call.request_id.clone() });
        };
        let outgoing = Outgoing {
            method: &form.method,
            route: form.route,
            address,
            body: &form.request.body,
            prefix,
            format: call.endpoint.format,
        };
        let answer = self.exchange(call, outgoing).await?;
        match (call.endpoint.check)(&answer) {
            Ok(()) => Ok(answer),
            Err(error) => Err(error.of_request(prefix, call.request_id.clone())),
        }
    }
}

/// Whether an error looks like the answer of something that is not the service behind the prefix (contract, 1.2).
///
/// A read is asked again on any 404: behind a prefix that loses its path "not found" says nothing about the object. A
/// write is sent to the other prefix only when the answer proves that nothing happened.
fn is_sign_of_wrong_prefix(replay: Replay, error: &GatewayError) -> bool {
    let is_read = replay == Replay::Read;
    match error {
        GatewayError::Refused(refusal) => {
            refusal.is_unknown_route() || (is_read && refusal.status == StatusCode::NOT_FOUND)
        }
        GatewayError::Unreadable { cause: Unreadable::WebPage { .. }, .. } | GatewayError::WrongShape { .. } => is_read,
        _ => false,
    }
}
