# The phases.  Each leaves a cookie in WRKDIR and needs the cookie of the one before, so "package"
# does whatever is still to do.  A port may define pre-X, do-X and post-X for any phase X: they are
# .USE targets, their commands become part of the phase.  check-plist alone is no condition of the
# next phase: whoever wants it asks for it.

_PHASES=	check-sanity pkg-depends fetch-depends fetch checksum extract-depends extract \
	patch-depends patch build-depends lib-depends configure build run-depends stage check-plist \
	package install

_SAY_extract=	Extracting for
_SAY_patch=	Patching for
_SAY_configure=	Configuring for
_SAY_build=	Building for
_SAY_stage=	Staging for
_SAY_check-plist=	Checking the plist of
_SAY_package=	Packaging
_SAY_install=	Installing

SH?=		/bin/sh
INSTALL_PROGRAM=	install -m 755
INSTALL_SCRIPT=	install -m 755
INSTALL_DATA=	install -m 644
INSTALL_MAN=	install -m 644
INSTALL_LIB=	install -m 755
MKDIR=		mkdir -p
PATCH?=		patch
PATCH_DIST_STRIP?=	-p0
TAR?=		tar
MAKE_CMD?=	${MAKE}
MAKEFILE?=	Makefile
ALL_TARGET?=	all
INSTALL_TARGET?=	install
PKG_BIN?=	${LOCALBASE}/sbin/pkg-static
PKG=		env PKG_DBDIR=${PKG_DBDIR} ${PKG_BIN}
TMPPLIST=	${WRKDIR}/.plist
METADIR=	${WRKDIR}/.metadir
_SCRIPT=	PKGNAME=${PKGNAME} LOCALBASE=${LOCALBASE} PREFIX=${PREFIX} PKG='${PKG}' WRKDIR=${WRKDIR} \
	STAGEDIR=${STAGEDIR} TMPPLIST=${TMPPLIST} METADIR=${METADIR} DISTDIR=${_DISTDIR} \
	DISTINFO=${DISTINFO_FILE} DIST_SUBDIR=${DIST_SUBDIR} ${SH} ${PORTSDIR}/Mk/Scripts
_PLIST_SED=	${PLIST_SUB:C/^([^=]*)=(.*)$/-e 's|%%\1%%|\2|g'/:S/"//g}
_SUB_SED=	${SUB_LIST:C/^([^=]*)=(.*)$/-e 's|%%\1%%|\2|g'/:S/"//g}

.MAIN: all
all: build

do-check-sanity:
.if defined(IGNORE)
	@echo "===>  ${PKGNAME} "${IGNORE:Q}"." >&2; exit 1
.endif
.for var in PORTNAME PORTVERSION CATEGORIES MAINTAINER COMMENT
.  if !defined(${var})
	@echo "===>  ${PKGORIGIN} does not set ${var}." >&2; exit 1
.  endif
.endfor
	@true

# USE_PACKAGE_DEPENDS_ONLY or not: nothing is built from here, only looked for.
.for kind in FETCH EXTRACT PATCH BUILD LIB RUN
do-${kind:tl}-depends:
.  if !defined(NO_DEPENDS) && !empty(${kind}_DEPENDS)
	@${_SCRIPT}/depends.sh ${kind} ${${kind}_DEPENDS:@word@'${word}'@}
.  endif
.endfor

do-pkg-depends:
.if !defined(NO_DEPENDS) && ${PKGORIGIN} != ports-mgmt/pkg
	@${PKG} -N || { echo "===>  ${PKGNAME} needs ${PKG_BIN}: not found" >&2; exit 1; }
.endif

.if !target(do-fetch)
do-fetch:
.  if !empty(ALLFILES)
	@SITES='${MASTER_SITES} ${PATCH_SITES}' ${_SCRIPT}/fetch.sh ${ALLFILES}
.  endif
.endif

.if !target(do-checksum)
do-checksum:
.  if !empty(ALLFILES)
	@${_SCRIPT}/checksum.sh ${ALLFILES}
.  endif
.endif

.if !target(do-extract)
do-extract:
.  for file in ${EXTRACT_ONLY:U${DISTFILES}}
	@cd ${WRKDIR} && ${TAR} -x --no-same-owner --no-same-permissions -f ${_DISTDIR}/${file}
.  endfor
.endif

.if !target(do-patch)
do-patch:
.  for file in ${PATCHFILES}
	@${PATCH} -s -N ${PATCH_DIST_STRIP} -d ${WRKSRC} -i ${_DISTDIR}/${file}
.  endfor
	@for file in ${FILESDIR}/patch-*; do \
		[ -f "$$file" ] || continue; \
		echo "===>   Applying $${file##*/}"; \
		${PATCH} -s -N -p0 -d ${WRKSRC} -i "$$file" || exit 1; \
	done
.endif

.if !target(do-configure)
do-configure:
.  for file in ${SUB_FILES}
	@sed ${_SUB_SED} ${FILESDIR}/${file}.in > ${WRKDIR}/${file}
.  endfor
.  if defined(HAS_CONFIGURE)
	@cd ${WRKSRC} && env ${CONFIGURE_ENV} ./configure ${CONFIGURE_ARGS}
.  endif
.endif

.if !target(do-build)
do-build:
.  if !defined(NO_BUILD)
	@cd ${WRKSRC} && env ${MAKE_ENV} ${MAKE_CMD} -f ${MAKEFILE} -j${MAKE_JOBS_NUMBER} ${MAKE_ARGS} ${ALL_TARGET}
.  endif
.endif

# post-install is the customary name of a hook between the port's own files and the plist.
.if !target(do-install)
do-install:
	@cd ${WRKSRC} && env ${MAKE_ENV} ${MAKE_CMD} -f ${MAKEFILE} ${MAKE_ARGS} DESTDIR=${STAGEDIR} ${INSTALL_TARGET}
.endif
_PARTS_stage=	_stage-dirs pre-stage pre-install do-install post-install _plist post-stage
_stage-dirs: .USE
	@rm -rf ${STAGEDIR}; ${MKDIR} ${STAGEDIR}${PREFIX}
_plist: .USE
	@{ if [ -f ${PLIST} ]; then cat ${PLIST}; fi; \
	   for file in ${PLIST_FILES}; do echo "$$file"; done; \
	   for dir in ${PLIST_DIRS}; do echo "@dir $$dir"; done; } | sed ${_PLIST_SED} > ${TMPPLIST}

do-check-plist:
	@${_SCRIPT}/check-plist.sh

_PARTS_package=	pre-package _manifest do-package post-package
create-manifest: _manifest
_manifest: .USE
	@NAME=${PKGBASE} VERSION=${PKGVERSION} ORIGIN=${PKGORIGIN} COMMENT=${COMMENT:Q} MAINTAINER=${MAINTAINER:Q} \
	WWW=${WWW:UUNKNOWN} LICENSE='${LICENSE}' CATEGORIES='${CATEGORIES}' FLAVOR=${FLAVOR} \
	ON='${SELECTED_OPTIONS}' OFF='${DESELECTED_OPTIONS}' DESCR=${DESCR} POST_INSTALL=${PKGDIR}/pkg-install \
	${_SCRIPT}/manifest.sh ${LIB_DEPENDS:@word@'${word}'@} ${RUN_DEPENDS:@word@'${word}'@}
do-package:
	@${MKDIR} ${WRKDIR_PKGFILE:H}
	@${PKG} create -f ${PKG_COMPRESSION_FORMAT} -r ${STAGEDIR} -m ${METADIR} -p ${TMPPLIST} -o ${WRKDIR_PKGFILE:H}

# do-install is staging's; this is the phase that puts the package on the system.
_PARTS_install=	_add
_add: .USE
	@${PKG} add ${WRKDIR_PKGFILE}

deinstall:
	@echo "===>  Deinstalling ${PKGNAME}"
	@${PKG} delete -y ${PKGBASE} && rm -f ${WRKDIR}/.done-install

clean:
	@echo "===>  Cleaning for ${PKGNAME}"
	@rm -rf ${WRKDIR}

makesum:
	@SITES='${MASTER_SITES} ${PATCH_SITES}' NO_SIZE=yes ${_SCRIPT}/fetch.sh ${ALLFILES}
	@${_SCRIPT}/makesum.sh ${ALLFILES} > ${DISTINFO_FILE}.new && mv ${DISTINFO_FILE}.new ${DISTINFO_FILE}

showconfig:
	@echo "===> The following configuration options are available for ${PKGNAME}:"
.for opt in ${SELECTED_OPTIONS}
	@echo "     ${opt}=on: "${${opt}_DESC:Q}
.endfor
.for opt in ${DESELECTED_OPTIONS}
	@echo "     ${opt}=off: "${${opt}_DESC:Q}
.endfor

_done: .USE
	@touch ${.TARGET}

_BEFORE=
.for phase in ${_PHASES}
.  for part in ${_PARTS_${phase}:Upre-${phase} do-${phase} post-${phase}}
.    if target(${part})
${part}: .USE
_USED_${phase}+=	${part}
.    endif
.  endfor
${phase}: ${WRKDIR}/.done-${phase}
${WRKDIR}/.done-${phase}: ${_BEFORE} ${_USED_${phase}} _done
	@${MKDIR} ${WRKDIR}
.  if defined(_SAY_${phase})
	@echo "===>  ${_SAY_${phase}} ${PKGNAME}"
.  endif
.  if ${phase} != check-plist
_BEFORE=	${WRKDIR}/.done-${phase}
.  endif
.endfor

.PHONY: all ${_PHASES} create-manifest deinstall clean makesum showconfig
