# bsd.port.post.mk: the framework's second half, after bsd.port.pre.mk.
.include "${PORTSDIR}/Mk/bsd.port.post.mk"
