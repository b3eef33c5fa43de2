# bsd.port.mk: the way from a port's makefile into the tree's framework (mports trees name theirs bsd.mport.mk).
.include <bsd.own.mk>
.if exists(${PORTSDIR}/Mk/bsd.mport.mk)
.include "${PORTSDIR}/Mk/bsd.mport.mk"
.else
.include "${PORTSDIR}/Mk/bsd.port.mk"
.endif
