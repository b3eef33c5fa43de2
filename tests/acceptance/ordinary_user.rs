//! Some of these tests once more, by somebody who is not root.

use crate::world::by_nobody;

/// One of each kind; all of them run where the tests are started by an ordinary user.
#[test]
fn builds_need_no_root() {
    by_nobody(&["engine::phases", "engine::a_port_that_never_ends", "rebuilds::what_is_forced"]);
}
