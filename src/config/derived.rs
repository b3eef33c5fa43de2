//! What follows from a profile and the size of the machine (spec 2.5).

use super::Profile;

const GIB: u64 = 1 << 30;

/// More slots than this have no numbers.
pub(super) const MAX_BUILDERS: u32 = 1024;
pub(super) const MAX_JOBS: u32 = 8192;

impl Profile {
    /// How many ports are built at a time. Half the processors; not said at all, one for each GiB of memory at most.
    pub fn workers(&self, ncpu: u32, physmem: u64) -> u32 {
        let wanted = match self.builders {
            None => (ncpu / 2).min(saturated((physmem + GIB / 2) / GIB)),
            Some(0) => ncpu / 2 + 1,
            Some(builders) => builders,
        };
        wanted.clamp(1, MAX_BUILDERS)
    }

    /// `MAKE_JOBS_NUMBER` of each port.
    pub fn jobs(&self, ncpu: u32) -> u32 {
        let jobs = if self.jobs == 0 { ncpu } else { self.jobs };
        jobs.clamp(1, MAX_JOBS)
    }
}

/// Memory that the dependencies' packages of all running builds may take, in bytes; `-m` says it in GiB.
pub fn memory_target(asked_gib: u64, physmem: u64) -> u64 {
    if asked_gib == 0 { physmem / 3 } else { asked_gib.saturating_mul(GIB) }
}

fn saturated(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_those_asked_for_or_follow_the_machine() {
        let table = [
            (None, 8, 16 * GIB, 4),
            (None, 8, 3 * GIB, 3),
            (None, 8, 2 * GIB + GIB / 2, 3),
            (None, 1, 16 * GIB, 1),
            (None, 8, 0, 1),
            (Some(0), 8, GIB, 5),
            (Some(0), 1, GIB, 1),
            (Some(0), 9000, GIB, 1024),
            (Some(3), 64, GIB, 3),
        ];
        for (builders, ncpu, physmem, workers) in table {
            let profile = Profile { builders, ..Profile::default() };
            assert_eq!(profile.workers(ncpu, physmem), workers, "{builders:?} {ncpu} {physmem}");
        }
    }

    #[test]
    fn jobs_are_eight_or_all_processors_or_as_asked() {
        assert_eq!(Profile::default().jobs(64), 8);
        assert_eq!(Profile { jobs: 0, ..Profile::default() }.jobs(64), 64);
        assert_eq!(Profile { jobs: 3, ..Profile::default() }.jobs(64), 3);
    }

    #[test]
    fn the_memory_target_is_a_third_unless_asked() {
        assert_eq!(memory_target(0, 9 * GIB), 3 * GIB);
        assert_eq!(memory_target(2, 9 * GIB), 2 * GIB);
        assert_eq!(memory_target(u64::MAX, 0), u64::MAX);
    }
}
