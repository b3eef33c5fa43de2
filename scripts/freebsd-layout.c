/*
 * What src/jail/bsd asserts of FreeBSD's structures and numbers, held against FreeBSD's own headers: scripts/bsd-check compiles
 * this with those that zig brings. Nothing runs.
 */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/procctl.h>
#include <signal.h>
#include <stddef.h>

#define SAME(what, value) _Static_assert((what) == (value), #what " is not " #value)

/* freebsd/sys.rs: ReaperKill */
SAME(sizeof(struct procctl_reaper_kill), 80);
SAME(offsetof(struct procctl_reaper_kill, rk_sig), 0);
SAME(offsetof(struct procctl_reaper_kill, rk_flags), 4);
SAME(offsetof(struct procctl_reaper_kill, rk_subtree), 8);
SAME(offsetof(struct procctl_reaper_kill, rk_killed), 12);
SAME(offsetof(struct procctl_reaper_kill, rk_fpid), 16);
SAME(PROC_REAP_ACQUIRE, 2);
SAME(PROC_REAP_KILL, 6);
SAME(P_PID, 0);

/* sys.rs and freebsd/sys.rs: libc's statfs, and how getmntinfo(3) is asked */
SAME(sizeof(struct statfs), 2344);
SAME(offsetof(struct statfs, f_fsid), 192);
SAME(offsetof(struct statfs, f_fstypename), 280);
SAME(offsetof(struct statfs, f_mntonname), 1320);
SAME(sizeof(fsid_t), 8);
SAME(MNAMELEN, 1024);
SAME(MNT_NOWAIT, 2);
SAME(MNT_BYFSID, 0x08000000ULL);
SAME(MNT_FORCE, 0x00080000ULL);

/* prison.rs and freebsd/sys.rs */
SAME(JAIL_SYS_INHERIT, 2);
SAME(JAIL_CREATE, 1);
SAME(JAIL_ATTACH, 4);
