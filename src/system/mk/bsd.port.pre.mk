# bsd.port.pre.mk: the framework's first half, for ports whose makefile goes on with what it defines.
.include <bsd.own.mk>
.include "${PORTSDIR}/Mk/bsd.port.pre.mk"
