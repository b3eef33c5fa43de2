# What a port may ask about before it goes on: where things are, its flavor, its options.
_PRE_MK=	yes

PORTSDIR?=	/usr/ports
LOCALBASE?=	/usr/local
PREFIX?=	${LOCALBASE}
DISTDIR?=	${PORTSDIR}/distfiles
PACKAGES?=	${PORTSDIR}/packages
PORT_DBDIR?=	/var/db/ports
PKG_DBDIR?=	/var/db/pkg
OPSYS?=		${UNAME_s:UUnknown}
ARCH?=		${UNAME_p:U${MACHINE_ARCH}}

# A slave port names its master's directory; it brings the distinfo, patches, plist and description.
MASTERDIR?=	${.CURDIR}
PKGDIR?=	${MASTERDIR}
FILESDIR?=	${MASTERDIR}/files
DISTINFO_FILE?=	${MASTERDIR}/distinfo
PKGORIGIN?=	${.CURDIR:H:T}/${.CURDIR:T}

# The first flavor is the default, unless the port itself prefers another (FLAVOR?=): that one is
# moved to the front.  A FLAVOR from the command line is somebody's wish and moves nothing.
.if defined(FLAVORS) && !empty(FLAVORS)
.  if !defined(FLAVOR) || empty(FLAVOR)
FLAVOR=		${FLAVORS:[1]}
.  elif empty(.MAKEOVERRIDES:MFLAVOR) && !empty(FLAVORS:M${FLAVOR})
FLAVORS:=	${FLAVOR} ${FLAVORS:N${FLAVOR}}
.  endif
.  if empty(FLAVORS:M${FLAVOR})
_BAD_FLAVOR=	Unknown flavor '${FLAVOR}', possible flavors: ${FLAVORS}
.  endif
.else
FLAVORS?=
.  if defined(FLAVOR) && !empty(FLAVOR)
_BAD_FLAVOR=	Unknown flavor '${FLAVOR}', this port has no flavors
.  endif
FLAVOR?=
.endif

.include "bsd.port.options.mk"
