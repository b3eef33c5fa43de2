# bsd.init.mk: the common start of bsd.prog.mk and bsd.lib.mk.
.if !defined(_DSYNTH_INIT_MK)
_DSYNTH_INIT_MK= yes
# the folder above may set things for all programs in it
.sinclude "${.CURDIR}/../Makefile.inc"
.include <bsd.own.mk>
.MAIN: all
.endif
