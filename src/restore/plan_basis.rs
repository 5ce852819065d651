//! Which content a restore in place may overwrite: the content of the draft in the plan that the person saw.

use crate::archive::{PlanId, PlanState, ShownPlan, Version};

/// What decides which content a restore in place may overwrite.
#[derive(Debug)]
pub(super) struct Basis {
    /// The plan that the person names.
    pub(super) plan: Option<PlanId>,
    /// The content to overwrite if no plan was ever shown; `None` if a plan is required.
    pub(super) otherwise: Option<Version>,
}

/// Why it is not known what may be overwritten.
#[derive(Debug, thiserror::Error)]
pub enum PlanRefusal {
    /// The named plan does not exist, or belongs to another restore.
    #[error("there is no plan {0} of this restore")]
    NoSuchPlan(PlanId),
    /// The named plan has ended.
    #[error("plan {0} has ended: it was carried out, or a newer plan has taken its place")]
    Ended(PlanId),
    /// The plan that the person saw was applied. Nobody has looked at what was written since.
    #[error("the plan that was shown was carried out already")]
    CarriedOut,
    /// An attempt was refused because the draft had changed, and no plan was shown since.
    #[error("the draft was changed since the plan was shown")]
    NotShownSince,
    /// Somebody may have saved the draft before it was read back.
    #[error("it is not known what the restore left in the draft, so a plan must be shown first")]
    NeverShown,
    /// Several plans were shown, and it is not known which one the person means.
    #[error("{}", differ(.0))]
    Differ(Vec<ShownPlan>),
}

impl Basis {
    /// Returns the version that may be overwritten, given the plans that were shown.
    pub(super) fn expected(&self, plans: Vec<ShownPlan>) -> Result<Version, PlanRefusal> {
        match self.plan {
            Some(id) => named(plans, id),
            None => self.without_a_name(plans.into_iter().filter(|plan| !plan.is_of_program).collect()),
        }
    }

    fn without_a_name(&self, plans: Vec<ShownPlan>) -> Result<Version, PlanRefusal> {
        let (ended, plans): (Vec<_>, Vec<_>) = plans.into_iter().partition(|plan| plan.state == PlanState::Ended);
        if plans.iter().any(|plan| plan.state == PlanState::Refused) {
            return Err(PlanRefusal::NotShownSince);
        }
        match plans.last() {
            Some(last) if plans.iter().all(|plan| plan.over.hash == last.over.hash) => Ok(last.over.clone()),
            Some(_) => Err(PlanRefusal::Differ(plans)),
            None if !ended.is_empty() => Err(PlanRefusal::CarriedOut),
            None => self.otherwise.clone().ok_or(PlanRefusal::NeverShown),
        }
    }
}

fn named(plans: Vec<ShownPlan>, id: PlanId) -> Result<Version, PlanRefusal> {
    match plans.into_iter().find(|plan| plan.id == id) {
        None => Err(PlanRefusal::NoSuchPlan(id)),
        Some(ShownPlan { state: PlanState::Ended, .. }) => Err(PlanRefusal::Ended(id)),
        Some(plan) => Ok(plan.over),
    }
}

fn differ(plans: &[ShownPlan]) -> String {
    let one = |plan: &ShownPlan| format!("plan {} goes over version {}", plan.id, plan.over.number);
    let each: Vec<String> = plans.iter().map(one).collect();
    format!("the draft was changed between plans of this restore: {}", each.join(", "))
}
