# A port without sources that installs one file, named after its package.  Enough for a node of a graph.
DISTFILES=
NO_BUILD=	yes
TOKEN=		share/fixture/${PKGBASE}
PLIST_FILES+=	${TOKEN}
do-install:
	@${MKDIR} ${STAGEDIR}${PREFIX}/share/fixture
	@echo "${PKGNAME}" > ${STAGEDIR}${PREFIX}/${TOKEN}
