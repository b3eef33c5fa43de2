# What the hostile ports have in common: attempt.sh runs as the build phase. It says DID for what it should not have been
# able to do, and does so little that nobody is harmed where it can. EVIL_BASE, EVIL_PID and EVIL_PORT come from make.conf.
PORTVERSION=	1
CATEGORIES=	evil
MAINTAINER=	fixtures@example.org
USES=		token

ATTEMPT=	env EVIL_BASE=${EVIL_BASE} EVIL_PID=${EVIL_PID} EVIL_PORT=${EVIL_PORT} WRKDIR=${WRKDIR} \
		CC="${CC}" HERE=${.CURDIR} ${SH} ${.CURDIR}

.if !target(do-build)
do-build:
	@${ATTEMPT}/attempt.sh
.endif
