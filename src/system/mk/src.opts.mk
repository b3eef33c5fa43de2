# src.opts.mk: the build options of a BSD's source tree (MK_*). There is no such tree here, hence none of them is set.
