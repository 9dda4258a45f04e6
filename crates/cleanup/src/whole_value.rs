//! Fields that are one value together, and steps that are done together or not at all.

use super::findings::Kind;
use super::report::{Step, StepState};

/// A phone number with its country code.
pub(super) const NUMBER: [&str; 2] = ["area_code", "phone_number"];

/// The names that a shown name is made of.
pub(super) const NAMES: [&str; 2] = ["first_name", "last_name"];

/// Fields that mean something else when one of them is another one: half of an old number and half of a new one are nobody's.
pub(super) const TOGETHER: [[&str; 2]; 2] = [NAMES, NUMBER];

/// Returns true if two fields are parts of one value.
fn is_one_value(one: &str, other: &str) -> bool {
    one != other && TOGETHER.iter().any(|parts| parts.contains(&one) && parts.contains(&other))
}

/// Returns true if a step would leave half of something behind when another step of its contact is not done: half a number, or a value
/// whose note has no place in the remark.
fn needs(step: &Step, other: &Step) -> bool {
    let is_fix = |step: &Step| Kind::ALL.iter().any(|kind| kind.name() == step.kind);
    let is_same_fix = step.kind == other.kind || other.field == "remark";
    is_one_value(&step.field, &other.field) || (is_fix(step) && is_fix(other) && is_same_fix)
}

/// Takes those steps of a contact out that would leave half a value behind when others are not done, and what says why.
pub(super) fn take_halves(steps: &mut Vec<Step>, left: &[Step]) -> Vec<(Step, String)> {
    take(steps, left, |step, other| is_one_value(&step.field, &other.field))
}

/// Takes those steps of a contact out that need one which is not done, as steps that are skipped.
pub(super) fn take_skipped(steps: &mut Vec<Step>, left: &[Step]) -> Vec<Step> {
    let skipped = |(step, reason): (Step, String)| Step { state: StepState::Skipped(reason), ..step };
    take(steps, left, needs).into_iter().map(skipped).collect()
}

fn take(steps: &mut Vec<Step>, left: &[Step], needs: impl Fn(&Step, &Step) -> bool) -> Vec<(Step, String)> {
    let mut taken: Vec<(Step, String)> = Vec::new();
    loop {
        let missing = |step: &Step| {
            let gone = left.iter().chain(taken.iter().map(|(step, _)| step));
            gone.into_iter().find(|gone| needs(step, gone)).map(|gone| gone.field.clone())
        };
        let found = steps.iter().enumerate().find_map(|(place, step)| Some((place, missing(step)?)));
        let Some((place, field)) = found else { return taken };
        let step = steps.remove(place);
        taken.push((step, format!("it goes with {field}, which could not be done")));
    }
}
