# bsd.own.mk: owners, modes and folders of installed files, from which the ports framework makes its INSTALL_* macros.
.if !defined(_DSYNTH_OWN_MK)
_DSYNTH_OWN_MK=	yes

# programs and libraries
BINOWN?=	root
BINGRP?=	wheel
BINMODE?=	555
NOBINMODE?=	444
BINDIR?=	/usr/bin
LIBDIR?=	/usr/lib
LIBEXECDIR?=	/usr/libexec
INCLUDEDIR?=	/usr/include
SHLIBDIR?=	${LIBDIR}

# each other kind of file: owner, group and mode; only programs and libraries may differ from the plain file's
.  for _kind in LIB SHARE FILES MAN DOC INFO NLS CONF SCRIPTS INCS
${_kind}OWN?=	${BINOWN}
${_kind}GRP?=	${BINGRP}
.  endfor
.  for _kind in LIB SHARE FILES MAN DOC INFO NLS INCS
${_kind}MODE?=	${NOBINMODE}
.  endfor
CONFMODE?=	644
SCRIPTSMODE?=	${BINMODE}

SHAREDIR?=	/usr/share
# a section number is appended to it
MANDIR?=	${SHAREDIR}/man/man
DOCDIR?=	${SHAREDIR}/doc
INFODIR?=	${SHAREDIR}/info
NLSDIR?=	${SHAREDIR}/nls

# install(1): always copy, and strip unless debugging
COPY?=		-c
.  if !defined(DEBUG_FLAGS)
STRIP?=		-s
.  else
CFLAGS+=	${DEBUG_FLAGS}
.  endif

COMPRESS_CMD?=	gzip -cn
COMPRESS_EXT?=	.gz
.endif
