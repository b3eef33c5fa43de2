# bsd.port.mk: the way from a port's makefile into the tree's framework (mports trees name theirs bsd.mport.mk).
.include <bsd.own.mk>
.if exists(${PORTSDIR}/Mk/bsd.mport.mk)
.include "${PORTSDIR}/Mk/bsd.mport.mk"
.else
.include "${PORTSDIR}/Mk/bsd.port.mk"
.endif
# See sys.mk.
.if defined(DSYNTH_TRACE) && ${.MAKE.LEVEL} > 0 && exists(/dsynth/has/read/${.MAKE.MAKEFILES:ts|})
.endif
