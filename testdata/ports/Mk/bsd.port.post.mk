# What follows from what the port said: names, files, the reasons not to build it, and its phases.
_POST_MK=	yes

.include "bsd.helpers.mk"

# USES=name or name:arg,arg
USESDIR?=	${PORTSDIR}/Mk/Uses
.for use in ${USES}
_USE_ARGS:=	${use:C/^[^:]*:?//:S/,/ /g}
.  include "${USESDIR}/${use:C/:.*//}.mk"
.endfor

# Names.
.if defined(DISTVERSION) && !defined(PORTVERSION)
PORTVERSION=	${DISTVERSION:tl:S/-/./g}
.endif
DISTVERSION?=	${PORTVERSION}
PORTREVISION?=	0
PORTEPOCH?=	0
PKGVERSION=	${PORTVERSION:S/-/./g}${PORTREVISION:N0:C/^./_&/}${PORTEPOCH:N0:C/^./,&/}
PKGBASE=	${PKGNAMEPREFIX}${PORTNAME}${PKGNAMESUFFIX}
PKGNAME=	${PKGBASE}-${PKGVERSION}
PKGFILE?=	${PACKAGES}/All/${PKGNAME}.pkg
PKG_COMPRESSION_FORMAT?=	tzst

# Where it is built.
WRKDIR?=	${WRKDIRPREFIX}${.CURDIR}/work${FLAVOR:C/^./-&/}
STAGEDIR?=	${WRKDIR}/stage
WRKDIR_PKGFILE=	${WRKDIR}/pkg/${PKGNAME}.pkg
DISTNAME?=	${PORTNAME}-${DISTVERSION}
.if defined(DISTFILES) && empty(DISTFILES)
WRKSRC?=	${WRKDIR}
.endif
WRKSRC?=	${WRKDIR}/${DISTNAME}

# What it is built from.
EXTRACT_SUFX?=	.tar.gz
DISTFILES?=	${DISTNAME}${EXTRACT_SUFX}
PATCHFILES?=
ALLFILES=	${DISTFILES} ${PATCHFILES}
DIST_SUBDIR?=
_DISTDIR=	${DISTDIR}${DIST_SUBDIR:C/^./\/&/}

# Why it is not built.
.if defined(_BAD_FLAVOR)
IGNORE=		${_BAD_FLAVOR}
.elif !defined(IGNORE)
.  if defined(ONLY_FOR_ARCHS) && empty(ONLY_FOR_ARCHS:M${ARCH})
IGNORE=		is only for ${ONLY_FOR_ARCHS}, while you are running ${ARCH}
.  elif defined(FORBIDDEN)
IGNORE=		is forbidden: ${FORBIDDEN}
.  elif defined(BROKEN) && !defined(TRYBROKEN)
IGNORE=		is marked as broken: ${BROKEN}
.  endif
.endif

# What its phases are given.
.if defined(MAKE_JOBS_UNSAFE) || defined(DISABLE_MAKE_JOBS)
MAKE_JOBS_NUMBER=	1
.endif
MAKE_JOBS_NUMBER?=	2
CFLAGS?=	-O2
CONFIGURE_ENV+=	CC="${CC}" CFLAGS="${CFLAGS}" LDFLAGS="${LDFLAGS}"
MAKE_ENV+=	PREFIX=${PREFIX} LOCALBASE=${LOCALBASE} CC="${CC}" CFLAGS="${CFLAGS}" LDFLAGS="${LDFLAGS}"
.if defined(GNU_CONFIGURE)
HAS_CONFIGURE=	yes
CONFIGURE_ARGS+=	--prefix=${PREFIX}
.endif
PLIST?=		${PKGDIR}/pkg-plist
DESCR?=		${PKGDIR}/pkg-descr
DATADIR?=	${PREFIX}/share/${PORTNAME}
PLIST_SUB+=	PREFIX=${PREFIX} LOCALBASE=${LOCALBASE} PORTNAME=${PORTNAME} PORTVERSION=${PORTVERSION} \
	DATADIR=${DATADIR:S,^${PREFIX}/,,}
SUB_LIST+=	PREFIX=${PREFIX} LOCALBASE=${LOCALBASE} DATADIR=${DATADIR}

.include "bsd.phases.mk"
