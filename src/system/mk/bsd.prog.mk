# bsd.prog.mk: make and install one program, for ports whose sources or files/ bring a BSD makefile.
# Reads PROG or PROG_CXX, SRCS, OBJS, LDADD, BINDIR and what bsd.files.mk reads.
.include <bsd.init.mk>

.if defined(PROG_CXX)
PROG?=		${PROG_CXX}
SRCS?=		${PROG}.cc
.endif
.if defined(PROG) && !empty(PROG)
SRCS?=		${PROG}.c
OBJS+=		${SRCS:N*.h:R:S/$/.o/}
.  if defined(PROG_CXX) || !empty(SRCS:M*.cc) || !empty(SRCS:M*.cpp) || !empty(SRCS:M*.cxx) || !empty(SRCS:M*.C)
_LINKER=	${CXX} ${CXXFLAGS}
.  else
_LINKER=	${CC} ${CFLAGS}
.  endif
.  if !defined(MAN) && !defined(NO_MAN) && exists(${.CURDIR}/${PROG}.1)
MAN=		${PROG}.1
.  endif
CLEANFILES+=	${PROG} ${OBJS}

${PROG}: ${OBJS}
	${_LINKER} ${LDFLAGS} -o ${.TARGET} ${OBJS} ${LDADD}

_install_made: ${PROG} .PHONY .NOTMAIN
	${INSTALL} ${COPY} ${STRIP} -o ${BINOWN} -g ${BINGRP} -m ${BINMODE} ${PROG} ${DESTDIR}${BINDIR}/${PROGNAME}
.endif

_MADE=		${PROG}
.include <bsd.files.mk>
