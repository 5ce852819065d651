//! Which content a restore in place may go over: what the draft said in the plan that the person saw.

use crate::archive::{PlanId, ShownPlan, Version};

/// What says which content a restore in place may go over.
#[derive(Debug)]
pub struct Basis {
    /// The plan that the person names.
    pub plan: Option<PlanId>,
    /// What counts where no plan was ever shown.
    pub otherwise: Version,
}

/// Why no plan says what may be gone over.
#[derive(Debug, thiserror::Error)]
pub enum PlanRefusal {
    /// The plan that is named is of something else, or was carried out, or a newer one took its place.
    #[error("there is no open plan {0} of this restore")]
    NoSuchPlan(PlanId),
    /// An attempt was refused because the draft had changed, and nobody looked at a plan since.
    #[error("the draft was changed since the plan was shown")]
    NotShownSince,
    /// Nobody knows which of them the person saw.
    #[error("{}", differ(.0))]
    Differ(Vec<ShownPlan>),
}

impl Basis {
    /// Returns the version that may be gone over, given the plans that were shown.
    pub(super) fn expected(&self, plans: Vec<ShownPlan>) -> Result<Version, PlanRefusal> {
        if let Some(id) = self.plan {
            let named = plans.into_iter().find(|plan| plan.id == id);
            return named.map(|plan| plan.over).ok_or(PlanRefusal::NoSuchPlan(id));
        }
        if plans.iter().any(|plan| plan.is_refused) {
            return Err(PlanRefusal::NotShownSince);
        }
        match plans.last() {
            Some(last) if plans.iter().all(|plan| plan.over.hash == last.over.hash) => Ok(last.over.clone()),
            Some(_) => Err(PlanRefusal::Differ(plans)),
            None => Ok(self.otherwise.clone()),
        }
    }
}

fn differ(plans: &[ShownPlan]) -> String {
    let one = |plan: &ShownPlan| format!("plan {} goes over version {}", plan.id, plan.over.number);
    let each: Vec<String> = plans.iter().map(one).collect();
    format!("the draft was changed between plans of this restore: {}", each.join(", "))
}
