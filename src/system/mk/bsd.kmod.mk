# bsd.kmod.mk: a port of a kernel module may be read, so that its metadata is known, but there is no BSD kernel to build for.
.MAIN: all
.for _target in all install load unload
.  if !target(${_target})
${_target}: .PHONY
	@echo "A kernel module cannot be made on this host." >&2; false
.  endif
.endfor
