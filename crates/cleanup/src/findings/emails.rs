//! E-mail addresses: what is around them, case, typos, fillers, and whose they are.

use super::super::Subject;
use super::super::normalize::email;
use super::value_counts::HUB;
use super::{Finding, Kind, ValueCounts, typos};

const FIELD: &str = "email";

pub(super) fn check(subject: &Subject<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    if subject.email.is_empty() {
        return;
    }
    let bare = email::unwrap(&subject.email);
    let address = email::lower(&*bare);
    if bare.is_empty() || email::is_filler(&address) {
        return found.push(Finding::new(Kind::EmailJunk, FIELD, vec![(FIELD, String::new())]));
    }
    let Some((local, domain)) = email::split(&address) else {
        return found.push(Finding::new(Kind::EmailInvalid, FIELD, Vec::new()));
    };
    check_form(subject, value_counts, &bare, (local, domain), found);
    let mut say = |kind| found.push(Finding::new(kind, FIELD, Vec::new()));
    if email::is_role(local) && !email::is_provider(domain) {
        say(Kind::EmailRole);
    }
    if email::is_disposable(domain) {
        say(Kind::EmailDisposable);
    }
    if value_counts.of_email(&address) > HUB {
        say(Kind::HubEmail);
    }
}

fn check_form(
    subject: &Subject<'_>,
    value_counts: &ValueCounts,
    bare: &str,
    (local, domain): (&str, &str),
    found: &mut Vec<Finding>,
) {
    let meant = email::meant_domain(domain);
    let typed = typos::meant_local(subject, value_counts, local, meant.unwrap_or(domain));
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
