//! E-mail addresses: what is around them, case, slips, fillers, and whose they are.

use super::super::Subject;
use super::super::normalize::email::{self, Address, Reading};
use super::super::normalize::name::Name;
use super::facts::Facts;
use super::name_forms::{composed, pictures, spaces};
use super::value_counts::HUB;
use super::{Finding, Kind, ValueCounts, noted, typos};

const FIELD: &str = "email";

pub(super) fn check(facts: &Facts<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let mut say = |kind, fix| found.push(Finding::new(kind, FIELD, fix));
    match facts.email() {
        Reading::Empty => {}
        Reading::Junk => say(Kind::EmailJunk, vec![(FIELD, String::new())]),
        Reading::Invalid => say(Kind::EmailInvalid, Vec::new()),
        Reading::NotRead => say(Kind::EmailNotRead, Vec::new()),
        Reading::Slip(address) => say(Kind::EmailSlip, vec![(FIELD, address.to_string())]),
        Reading::Address { address, beside } => {
            check_form(facts, value_counts, address, beside, found);
            check_owner(value_counts, address, found);
        }
    }
}

fn check_owner(value_counts: &ValueCounts, address: &Address, found: &mut Vec<Finding>) {
    let mut say = |kind| found.push(Finding::new(kind, FIELD, Vec::new()));
    if email::is_role(&address.local) && !email::is_provider(&address.domain) {
        say(Kind::EmailRole);
    }
    if email::is_disposable(&address.domain) {
        say(Kind::EmailDisposable);
    }
    if value_counts.of_email(address) > HUB {
        say(Kind::HubEmail);
    }
}

fn check_form(
    facts: &Facts<'_>,
    value_counts: &ValueCounts,
    address: &Address,
    beside: &str,
    found: &mut Vec<Finding>,
) {
    let (subject, Address { written, local, domain }) = (facts.subject, address);
    let meant = email::meant_domain(domain).map(str::to_owned).or_else(|| email::meant_ending(domain));
    let typed = typos::meant_local(facts, value_counts, local, meant.as_deref().unwrap_or(domain));
    let fixed = format!("{}@{}", typed.as_deref().unwrap_or(local), meant.as_deref().unwrap_or(domain));
    let is_extra = !beside.is_empty() && !is_own_name(subject, beside);
    let mut fix = Vec::with_capacity(2);
    if is_extra {
        // First: what stands beside the address is kept before it is taken out.
        fix.extend(noted(subject, "Email", &subject.email));
    }
    // A filler that something stands around is told and left: taken out, it would be the next audit's finding.
    let is_filler = matches!(email::read(&fixed), Reading::Junk);
    fix.push((FIELD, fixed));
    let mut safe = vec![(FIELD, address.to_string())];
    if is_filler {
        fix.clear();
        safe.clear();
    }
    let faults = [
        (Kind::EmailWrapped, !is_extra && *written != subject.email, &safe),
        (Kind::EmailCase, !is_extra && *written != address.to_string(), &safe),
        (Kind::EmailExtra, is_extra, &fix),
        (Kind::EmailDomainTypo, meant.is_some(), &fix),
        (Kind::EmailLocalTypo, typed.is_some(), &fix),
    ];
    let told = faults.into_iter().filter(|(_, is_fault, _)| *is_fault);
    found.extend(told.map(|(kind, _, fix)| Finding::new(kind, FIELD, fix.clone())));
}

/// Whether the words beside an address are the contact's name, which nobody loses.
fn is_own_name(subject: &Subject<'_>, beside: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    // As the safe fixes write them: what is somebody's name then is so now.
    let own = format!("{} {} {}", subject.display_name, subject.first_name, subject.last_name);
    let own = words(&pictures(&composed(&spaces(&own))));
    !Name::read(beside).is_empty() && words(beside).iter().all(|word| own.contains(word))
}
