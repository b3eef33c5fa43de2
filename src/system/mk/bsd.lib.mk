# bsd.lib.mk: make and install a library, static (LIB) and shared (LIB or SHLIB with SHLIB_MAJOR, or SHLIB_NAME).
# Reads SRCS, OBJS, LDADD, LIBDIR, SHLIBDIR and what bsd.files.mk reads.
.include <bsd.init.mk>

PICFLAG?=	-fPIC
OBJS+=		${SRCS:N*.h:R:S/$/.o/}
SOBJS+=		${OBJS:R:S/$/.So/}

.c.So:
	${COMPILE.c} ${PICFLAG} -DPIC -o ${.TARGET} ${.IMPSRC}
.cc.So .cpp.So .cxx.So .C.So:
	${COMPILE.cc} ${PICFLAG} -DPIC -o ${.TARGET} ${.IMPSRC}
.m.So:
	${OBJC} ${OBJCFLAGS} ${CPPFLAGS} ${PICFLAG} -DPIC -c -o ${.TARGET} ${.IMPSRC}
.S.So .asm.So:
	${CC} ${CFLAGS} ${CPPFLAGS} ${PICFLAG} -DPIC -x assembler-with-cpp -c -o ${.TARGET} ${.IMPSRC}

.if defined(LIB)
SHLIB?=		${LIB}
.endif
# an ELF library carries its major number only
.if defined(SHLIB_MAJOR) && !defined(SHLIB_NAME)
SHLIB_NAME=	lib${SHLIB}.so.${SHLIB_MAJOR}
.endif
.if defined(SHLIB_NAME) && defined(SHLIB)
SHLIB_LINK?=	lib${SHLIB}.so
.endif

.if defined(LIB) && !empty(LIB)
_ARCHIVE=	lib${LIB}.a
${_ARCHIVE}: ${OBJS}
	rm -f ${.TARGET}
	${AR} ${ARFLAGS} ${.TARGET} ${OBJS}
	${RANLIB} ${.TARGET}
.endif

.if defined(SHLIB_NAME)
.  if !empty(SRCS:M*.cc) || !empty(SRCS:M*.cpp) || !empty(SRCS:M*.cxx) || !empty(SRCS:M*.C)
_LINKER=	${CXX} ${CXXFLAGS}
.  else
_LINKER=	${CC} ${CFLAGS}
.  endif
${SHLIB_NAME}: ${SOBJS}
	${_LINKER} ${LDFLAGS} -shared -Wl,-soname,${SONAME:U${SHLIB_NAME}} -o ${.TARGET} ${SOBJS} ${LDADD}
.  if defined(SHLIB_LINK)
	ln -sf ${SHLIB_NAME} ${SHLIB_LINK}
.  endif
.endif

_install_made: ${_ARCHIVE} ${SHLIB_NAME} .PHONY .NOTMAIN
.if defined(_ARCHIVE) && !defined(INTERNALLIB)
	${INSTALL} ${COPY} -o ${LIBOWN} -g ${LIBGRP} -m ${LIBMODE} ${_ARCHIVE} ${DESTDIR}${LIBDIR}/
.endif
.if defined(SHLIB_NAME)
	${INSTALL} ${COPY} ${STRIP} -o ${LIBOWN} -g ${LIBGRP} -m ${LIBMODE} ${SHLIB_NAME} ${DESTDIR}${SHLIBDIR}/
.  if defined(SHLIB_LINK)
	ln -sf ${SHLIB_NAME} ${DESTDIR}${SHLIBDIR}/${SHLIB_LINK}
.  endif
.endif

CLEANFILES+=	${_ARCHIVE} ${SHLIB_NAME} ${SHLIB_LINK} ${OBJS} ${SOBJS}
_MADE=		${_ARCHIVE} ${SHLIB_NAME}
.include <bsd.files.mk>
