//! Finds out by what the platform sorts its list. Pure.
//!
//! The documentation does not say, users report the time of creation, and the console sorts by the time of the last save.

use crate::model::ListOrder;

/// Creation and last save of a draft, in Unix seconds.
type Times = (Option<i64>, Option<i64>);

/// Returns the order that neighbours on the list show. If they show none, the `known` order stays.
pub(super) fn infer_list_order(neighbours: &[Times], known: Option<ListOrder>) -> Option<ListOrder> {
    let is_sorted = |time: fn(&Times) -> Option<i64>| {
        let mut times = neighbours.iter().map(time);
        let all_have_it = neighbours.iter().all(|times| time(times).is_some());
        all_have_it && times.by_ref().is_sorted_by(|one, other| one >= other)
    };
    match (is_sorted(|times| times.0), is_sorted(|times| times.1)) {
        (true, false) => Some(ListOrder::Created),
        (false, true) => Some(ListOrder::Updated),
        (false, false) => Some(ListOrder::Other),
        // No old draft was edited, so both orders fit.
        (true, true) if known == Some(ListOrder::Other) => known,
        (true, true) => known.or_else(|| (neighbours.len() > 1).then_some(ListOrder::Created)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(times: &[(i64, i64)], known: Option<ListOrder>) -> Option<ListOrder> {
        let times: Vec<Times> = times.iter().map(|(made, saved)| (Some(*made), Some(*saved))).collect();
        infer_list_order(&times, known)
    }

    #[test]
    fn the_order_is_what_the_list_shows() {
        use ListOrder::{Created, Other, Updated};
        assert_eq!(order(&[(3, 4), (2, 9), (1, 1)], None), Some(Created));
        assert_eq!(order(&[(2, 9), (3, 4), (1, 1)], Some(Created)), Some(Updated));
        assert_eq!(order(&[(1, 1), (2, 9), (3, 4)], Some(Created)), Some(Other));
        assert_eq!(order(&[(3, 9), (2, 4), (1, 1)], None), Some(Created), "reported by users");
        assert_eq!(order(&[(3, 9), (2, 4)], Some(Updated)), Some(Updated), "both fit");
        assert_eq!(order(&[(3, 9), (2, 4)], Some(Other)), Some(Other), "it was seen to be neither");
        assert_eq!((order(&[(3, 9)], None), order(&[], None)), (None, None));
    }

    #[test]
    fn a_time_that_is_not_told_sorts_nothing() {
        let untold = [(None, Some(9)), (None, Some(4))];
        assert_eq!(infer_list_order(&untold, None), Some(ListOrder::Updated));
        assert_eq!(infer_list_order(&[(None, None), (None, None)], None), Some(ListOrder::Other));
    }
}
