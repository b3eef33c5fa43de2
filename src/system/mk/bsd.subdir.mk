# bsd.subdir.mk: run a target in each folder of SUBDIR, one after the other. SUBDIR_TARGETS adds to the usual targets.
.include <bsd.init.mk>
.for _target in all install clean cleandir depend obj lint tags test ${SUBDIR_TARGETS}
.  if !target(${_target})
${_target}: .PHONY
.    for _dir in ${SUBDIR}
	@${ECHODIR} "===> ${DIRPRFX}${_dir} (${.TARGET})"
	@cd ${.CURDIR}/${_dir} && ${MAKE} ${.TARGET} DIRPRFX=${DIRPRFX}${_dir}/
.    endfor
.  endif
.endfor
