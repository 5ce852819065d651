/// Why an expression is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error(
        "a schedule has 5 fields (minute, hour, day of the month, month, day of the week), or 6 with seconds first; \
         this one has {0}"
    )]
    Fields(usize),
    #[error("nicknames are not understood, write the fields out: @hourly is \"0 * * * *\", @daily is \"0 0 * * *\"")]
    Nickname,
    #[error("{field} {written:?}: {reason}")]
    Field { field: &'static str, written: String, reason: String },
    #[error("it would never fire: there is no such day in any year")]
    Never,
}
