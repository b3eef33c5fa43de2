# bsd.opts.mk: the build options of BSD makefiles (MK_*). The few makefiles here have none.
