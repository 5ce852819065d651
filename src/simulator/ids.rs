//! Ids as the platform makes them: those of one account share a prefix, those of pictures are long.

use super::random::Random;

/// Length of the prefix that all ids of an account share, as seen on real accounts.
const SHARED: usize = 21;

/// Returns a media_id of this account, of 43 or 64 characters: both lengths occur, but only one per account.
pub(super) fn media_id(appid: &str, random: &mut Random) -> String {
    let mut account = Random::of(appid);
    let prefix = account.text(SHARED);
    let length = *account.pick(&[43, 64]);
    prefix + &random.text(length - SHARED)
}

/// Returns the id of a published message: 43 characters, unrelated to the draft's.
pub(super) fn article_id(random: &mut Random) -> String {
    random.text(43)
}

/// Returns a picture's id. Real ids have `ib` in the middle.
pub(super) fn picture_id(random: &mut Random) -> String {
    format!("{}ib{}", random.text(40), random.text(44))
}

/// Returns the `__biz` of the account, as in links.
pub(super) fn biz(appid: &str) -> String {
    format!("Mz{}==", Random::of(appid).text(12).replace(['-', '_'], "A"))
}

/// Returns a `rid`: its first group is the Unix time of the request, in hexadecimal.
pub(super) fn rid(now: i64, random: &mut Random) -> String {
    format!("{now:08x}-{}-{}", random.hex(8), random.hex(8))
}

/// Returns the content of `hint: […-N]`, which some refusals have.
pub(super) fn hint(now: i64, random: &mut Random) -> String {
    format!("{}{:06}-{}", random.text(6).replace(['-', '_'], "o"), now.rem_euclid(1_000_000), random.below(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_an_account_share_their_beginning_and_their_length() {
        let mut random = Random::new(1);
        let [one, other] = [0, 1].map(|_| media_id("wx0000000000000001", &mut random));
        assert_ne!(one, other);
        assert_eq!(one[..SHARED], other[..SHARED]);
        assert_eq!(one.len(), other.len());
        let lengths: Vec<usize> = (0..20).map(|n| media_id(&format!("wx{n}"), &mut random).len()).collect();
        assert!(lengths.contains(&43) && lengths.contains(&64), "{lengths:?}");
    }

    #[test]
    fn a_rid_begins_with_the_time() {
        assert!(rid(1_790_000_000, &mut Random::new(1)).starts_with("6ab13b80-"));
    }
}
