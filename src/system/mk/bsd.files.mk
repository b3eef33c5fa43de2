# bsd.files.mk: the common end of bsd.prog.mk and bsd.lib.mk: SCRIPTS, FILES, INCS, MAN (compressed unless NO_MANCOMPRESS),
# MLINKS and LINKS (pairs: old name, new name), and the usual targets, each unless the makefile has its own.
# not in bsd.own.mk: FILESDIR means another thing to the ports framework
FILESDIR?=	${BINDIR}
SCRIPTSDIR?=	${BINDIR}

.for _kind in FILES SCRIPTS
.  for _file in ${${_kind}}
_install_other: _install_${_kind}_${_file:T}
_install_${_kind}_${_file:T}: ${_file} .PHONY .NOTMAIN
	${INSTALL} ${COPY} -o ${${_kind}OWN} -g ${${_kind}GRP} -m ${${_kind}MODE} ${.ALLSRC} \
	    ${DESTDIR}${${_kind}DIR}/${${_kind}NAME_${_file:T}:U${${_kind}NAME:U${_file:T}}}
.  endfor
.endfor

.if defined(INCS) && !empty(INCS)
INCSDIR?=	${INCLUDEDIR}
_install_other: _install_incs
_install_incs: ${INCS} .PHONY .NOTMAIN
	${INSTALL} ${COPY} -o ${INCSOWN} -g ${INCSGRP} -m ${INCSMODE} ${.ALLSRC} ${DESTDIR}${INCSDIR}/
.endif

.if defined(MAN) && !empty(MAN) && !defined(NO_MAN)
.  if defined(NO_MANCOMPRESS)
_MANEXT=
_MANFILTER=	cat
.  else
_MANEXT=	${COMPRESS_EXT}
_MANFILTER=	${COMPRESS_CMD}
.  endif
.  for _page in ${MAN}
_install_other: _install_man_${_page:T}
_install_links: _install_man_${_page:T}
_install_man_${_page:T}: ${_page} .PHONY .NOTMAIN
	${_MANFILTER} ${.ALLSRC} > ${_page:T}.install
	${INSTALL} ${COPY} -o ${MANOWN} -g ${MANGRP} -m ${MANMODE} ${_page:T}.install ${DESTDIR}${MANDIR}${_page:E}/${_page:T}${_MANEXT}
	rm -f ${_page:T}.install
.  endfor
.  if defined(MLINKS) && !empty(MLINKS)
_install_other: _install_links
_install_links: .PHONY .NOTMAIN
.    for _old _new in ${MLINKS}
	ln -f ${DESTDIR}${MANDIR}${_old:E}/${_old}${_MANEXT} ${DESTDIR}${MANDIR}${_new:E}/${_new}${_MANEXT}
.    endfor
.  endif
.endif

# a parser's header has to be there before anything that includes it is compiled
.if defined(SRCS) && !empty(SRCS:My.tab.h) && !empty(SRCS:M*.y)
y.tab.h: ${SRCS:M*.y:R:S/$/.c/}
${OBJS} ${SOBJS}: y.tab.h
CLEANFILES+=	y.tab.h ${SRCS:M*.y:R:S/$/.c/}
.endif

all: ${_MADE} ${SCRIPTS} .PHONY

.if !target(install)
install: all beforeinstall realinstall afterinstall .PHONY
.ORDER: all beforeinstall realinstall afterinstall
.endif
.if !target(realinstall)
realinstall: _install_made _install_other .PHONY .NOTMAIN
.  if defined(LINKS) && !empty(LINKS)
.    for _old _new in ${LINKS}
	ln -f ${DESTDIR}${_old} ${DESTDIR}${_new}
.    endfor
.  endif
.endif
.if !target(clean)
clean: .PHONY
	rm -f ${CLEANFILES}
.endif
.for _target in _install_made _install_other beforeinstall afterinstall depend obj lint tags test cleandepend
.  if !target(${_target})
${_target}: .PHONY .NOTMAIN
.  endif
.endfor
.if !target(cleandir)
cleandir: clean .PHONY .NOTMAIN
.endif
