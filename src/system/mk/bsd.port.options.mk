# bsd.port.options.mk: the options of a port, for makefiles that test them before the rest of the framework is read.
.if exists(${PORTSDIR}/Mk/bsd.port.options.mk)
.include "${PORTSDIR}/Mk/bsd.port.options.mk"
.else
.include "${PORTSDIR}/Mk/bsd.mport.options.mk"
.endif
