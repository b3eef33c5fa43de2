# A small ports framework, as far as dsynth and make -V can see: a port says what it is, includes
# this file, and can then be asked (-V) or built, phase by phase.
#
# No command runs while this is read (no != anywhere), so asking is cheap and depends on nothing
# but the files, make.conf and the environment.

.if !defined(_PRE_MK)
.include "bsd.port.pre.mk"
.endif
.if !defined(_POST_MK)
.include "bsd.port.post.mk"
.endif
