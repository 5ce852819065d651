//! Ten questions and their queries, from the page that explains the archive.

/// The page. Outside of it no question is written down, so that there is no second list that could differ.
const PAGE: &str = include_str!("../../../schema/README.md");

/// A question that the archive answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Example {
    pub(super) question: &'static str,
    pub(super) query: &'static str,
}

/// What stands in the queries for something of the reader's own, and how that is told.
const SAMPLES: [(&str, &str); 2] = [
    ("'bRew5wKZ9mQx'", "The names and days in it are samples"),
    ("'手冲的水温是九十二度'", "The sentence in it is a sample"),
];

impl Example {
    /// Says what in the query is a sample, where an answer depends on it.
    pub(super) fn sample(&self) -> Option<&'static str> {
        SAMPLES.iter().find(|(sample, _)| self.query.contains(sample)).map(|&(_, told)| told)
    }
}

/// Returns the questions of the page, in its order: headings that end in `?`, each with the SQL that stands under it.
pub(super) fn examples() -> Vec<Example> {
    let example = |section: &'static str| {
        let (question, text) = section.split_once('\n')?;
        let (_, query) = text.split_once("```sql\n")?;
        let (query, _) = query.split_once("\n```")?;
        question.ends_with('?').then_some(Example { question, query })
    };
    PAGE.split("\n### ").skip(1).filter_map(example).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_ten_questions_with_one_query_each() {
        let examples = examples();
        assert_eq!(examples.len(), 10);
        assert_eq!(examples[0].question, "What did this article say on the 3rd?");
        assert!(examples.iter().all(|example| example.query.starts_with("SELECT ") && example.query.ends_with(';')));
    }
}
