//! Some of these tests once more, by somebody who is not root.

use crate::world::by_nobody;

#[test]
fn a_user_is_as_safe_as_root() {
    by_nobody(&["evil::ports_that_reach_out", "evil::who_takes_too_much", "selftest::"]);
}
