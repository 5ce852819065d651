//! What to type in the place of what other searches take.

use super::super::context::CommandContext;
use crate::search::{ForeignSyntax, Query};

/// Says so, where nothing was found.
pub(super) fn print(context: &CommandContext, typed: &str) {
    for syntax in Query::foreign_syntax(typed) {
        context.ui.hint(&match syntax {
            ForeignSyntax::And => "Blanks mean and: leave out AND".to_owned(),
            ForeignSyntax::Or => "One of both, with OR in capitals: draftkeep search 早市 OR 菜场".to_owned(),
            ForeignSyntax::Not => "Without a word, a minus before it: draftkeep search '价格 -涨'".to_owned(),
            ForeignSyntax::Field(field) => {
                let field = field.as_str();
                format!("In a part of the articles alone: draftkeep search --in {field} WORDS")
            }
            ForeignSyntax::Wildcard => "No star is needed: words are found by their beginnings".to_owned(),
        });
    }
}
