# bsd.port.post.mk: the framework's second half, after bsd.port.pre.mk.
.include "${PORTSDIR}/Mk/bsd.port.post.mk"
# See sys.mk.
.if defined(DSYNTH_TRACE) && ${.MAKE.LEVEL} > 0 && exists(/dsynth/has/read/${.MAKE.MAKEFILES:ts|})
.endif
