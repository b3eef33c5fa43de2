# bsd.port.subdir.mk: the framework for the tree's top and its categories.
.include "${PORTSDIR}/Mk/bsd.port.subdir.mk"
