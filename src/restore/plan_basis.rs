//! Which content a restore in place may go over: what the draft said in the plan that the person saw.

use crate::archive::{PlanId, PlanState, ShownPlan, Version};

/// What says which content a restore in place may go over.
#[derive(Debug)]
pub struct Basis {
    /// The plan that the person names.
    pub plan: Option<PlanId>,
    /// What counts where no plan was ever shown; `None` where one must be.
    pub otherwise: Option<Version>,
}

/// Why no plan says what may be gone over.
#[derive(Debug, thiserror::Error)]
pub enum PlanRefusal {
    /// The plan that is named is of something else, or of nothing.
    #[error("there is no plan {0} of this restore")]
    NoSuchPlan(PlanId),
    /// The plan that is named is over.
    #[error("plan {0} has ended: it was carried out, or a newer plan has taken its place")]
    Ended(PlanId),
    /// The plan that the person saw was carried out. What was written since, nobody has looked at.
    #[error("the plan that was shown was carried out already")]
    CarriedOut,
    /// An attempt was refused because the draft had changed, and nobody looked at a plan since.
    #[error("the draft was changed since the plan was shown")]
    NotShownSince,
    /// Somebody may have saved the draft before it was read back.
    #[error("it is not known what the restore left in the draft, so a plan must be shown first")]
    NeverShown,
    /// Nobody knows which of them the person saw.
    #[error("{}", differ(.0))]
    Differ(Vec<ShownPlan>),
}

impl Basis {
    /// Returns the version that may be gone over, given the plans that were shown.
    pub(super) fn expected(&self, plans: Vec<ShownPlan>) -> Result<Version, PlanRefusal> {
        match self.plan {
            Some(id) => named(plans, id),
            None => self.without_a_name(plans),
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
