//! E-mail addresses: what is around them, case, typos, fillers, and whose they are.

use super::super::Subject;
use super::super::normalize::email;
use super::census::HUB;
use super::{Census, Finding, Kind, typos};

const FIELD: &str = "email";

pub(super) fn check(subject: &Subject<'_>, census: &Census, found: &mut Vec<Finding>) {
    if subject.email.is_empty() {
        return;
    }
    let bare = email::unwrap(&subject.email);
    let address = email::lower(bare);
    if bare.is_empty() || email::is_filler(&address) {
        return found.push(Finding::new(Kind::EmailJunk, FIELD, vec![(FIELD, String::new())]));
    }
    let Some((local, domain)) = email::split(&address) else {
        return found.push(Finding::new(Kind::EmailInvalid, FIELD, Vec::new()));
    };
    check_form(subject, census, bare, (local, domain), found);
    let mut say = |kind| found.push(Finding::new(kind, FIELD, Vec::new()));
    if email::is_role(local) && !email::is_provider(domain) {
        say(Kind::EmailRole);
    }
    if email::is_disposable(domain) {
        say(Kind::EmailDisposable);
    }
    if census.of_email(&address) > HUB {
        say(Kind::HubEmail);
    }
}

fn check_form(
    subject: &Subject<'_>,
    census: &Census,
    bare: &str,
    (local, domain): (&str, &str),
    found: &mut Vec<Finding>,
) {
    let meant = email::meant_domain(domain);
    let typed = typos::meant_local(subject, census, local, meant.unwrap_or(domain));
    let fixed = format!("{}@{}", typed.as_deref().unwrap_or(local), meant.unwrap_or(domain));
    let mut say = |kind, fault: bool| {
        if fault {
            found.push(Finding::new(kind, FIELD, vec![(FIELD, fixed.clone())]));
        }
    };
    say(Kind::EmailWrapped, bare != subject.email);
    say(Kind::EmailCase, bare.chars().any(char::is_uppercase));
    say(Kind::EmailDomainTypo, meant.is_some());
    say(Kind::EmailLocalTypo, typed.is_some());
}
