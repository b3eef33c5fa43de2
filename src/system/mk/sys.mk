# sys.mk: what bmake reads before any makefile. dsynth unpacks this folder and runs `bmake -m FOLDER`, so that a BSD ports
# tree evaluates on a host whose own sys.mk knows nothing of ports; in a build jail it stands in for the world's /usr/share/mk.
# It holds no platform: the facts come from platform.mk, which dsynth writes beside this file, a line `NAME?=value` each
# (no blanks around `?=`, since bin/ reads it too; `?=` lets the environment, make.conf and a port's own assignment win):
#   the platform   ARCH OPSYS OSVERSION OSREL DFLYVERSION _OSRELEASE MACHINE_CPU HAVE_COMPAT_IA32_KERN LINUX_OSRELEASE
#   the builder    UID _SMP_CPUS MAKE_JOBS_NUMBER CONFIGURE_MAX_CMD_LEN BATCH, also PORTSDIR if the command line has none
#   only scans     DSYNTH_BIN (the bin/ folder here), DSYNTH_CC_VERSION (first line of the world's `cc --version`),
#                  DSYNTH_CC_STDS (the -std= values it takes; empty: all), DSYNTH_CC_TARGET, DSYNTH_CXX_STDLIB (libc++ or
#                  libstdc++), DSYNTH_HOSTNAME, DSYNTH_PHYSMEM: what the stubs in bin/ answer with
#   environment    DSYNTH_TRACE (flags of -d, as dF+/tmp/looked): a make within a make tells too what it looks at
# CFLAGS and the like may be facts too: they beat the defaults below.

# older bmake prints `-V NAME` unexpanded without this
.MAKE.EXPAND_VARIABLES=	yes

# A make that a makefile runs while it is read (`VERSION!= make -V PORTVERSION -C elsewhere`) does not get this make's -m.
.if !defined(MAKESYSPATH)
MAKESYSPATH:=	${.PARSEDIR}
.endif
.export MAKESYSPATH

# Nor does it get this make's -d. What is looked for here is told to dsynth by the debug output of exists() (looked.rs).
.if defined(DSYNTH_TRACE) && ${.MAKE.LEVEL} > 0
.MAKEFLAGS: -d${DSYNTH_TRACE}
.  if exists(/dsynth/makes/in${.CURDIR})
.  endif
.endif

.sinclude "${.PARSEDIR}/platform.mk"

# A scan must not see the host's tools: ports call these by variable, with an absolute default in the tree's Mk.
.if defined(DSYNTH_BIN)
DSYNTH_BIN:=	${DSYNTH_BIN}
.  for _var _tool in UNAME uname SYSCTL sysctl JOT jot MD5 md5 SHA256 sha256 ID id BSDMAKE make
${_var}?=	${DSYNTH_BIN}/${_tool}
.  endfor
.endif

SHELL=		/bin/sh
ECHO?=		echo
ECHODIR?=	echo
INSTALL?=	install

# compilers
CC?=		cc
CXX?=		c++
CPP?=		cpp
OBJC?=		${CC}
FC?=		f77
AS?=		as
CFLAGS?=	-pipe -O2
CXXFLAGS?=	${CFLAGS}
OBJCFLAGS?=	${CFLAGS}
PO_CFLAGS?=	${CFLAGS}
FFLAGS?=	-O
CPPFLAGS?=
AFLAGS?=
# linker and object files
LD?=		ld
LDFLAGS?=
LDLIBS?=
AR?=		ar
ARFLAGS?=	-crD
RANLIB?=	ranlib
NM?=		nm
OBJCOPY?=	objcopy
# scanners, parsers
LEX?=		lex
LFLAGS?=
YACC?=		yacc
YFLAGS?=	-d

COMPILE.c?=	${CC} ${CFLAGS} ${CPPFLAGS} -c
COMPILE.cc?=	${CXX} ${CXXFLAGS} ${CPPFLAGS} -c
LINK.c?=	${CC} ${CFLAGS} ${CPPFLAGS} ${LDFLAGS}
LINK.cc?=	${CXX} ${CXXFLAGS} ${CPPFLAGS} ${LDFLAGS}

# The order is the order in which sources are looked for.
.SUFFIXES:
.SUFFIXES: .out .a .o .So .c .cc .cpp .cxx .C .m .F .f .S .s .asm .y .l .h .sh

.c.o:
	${COMPILE.c} -o ${.TARGET} ${.IMPSRC}
.cc.o .cpp.o .cxx.o .C.o:
	${COMPILE.cc} -o ${.TARGET} ${.IMPSRC}
.m.o:
	${OBJC} ${OBJCFLAGS} ${CPPFLAGS} -c -o ${.TARGET} ${.IMPSRC}
.f.o .F.o:
	${FC} ${FFLAGS} -c -o ${.TARGET} ${.IMPSRC}
.S.o .asm.o:
	${CC} ${CFLAGS} ${CPPFLAGS} -x assembler-with-cpp -c -o ${.TARGET} ${.IMPSRC}
.s.o:
	${AS} ${AFLAGS} -o ${.TARGET} ${.IMPSRC}
.y.c:
	${YACC} ${YFLAGS} ${.IMPSRC}
	mv -f y.tab.c ${.TARGET}
.l.c:
	${LEX} ${LFLAGS} -t ${.IMPSRC} > ${.TARGET}
.c:
	${LINK.c} -o ${.TARGET} ${.IMPSRC} ${LDLIBS}
.cc .cpp .cxx .C:
	${LINK.cc} -o ${.TARGET} ${.IMPSRC} ${LDLIBS}
.c.a:
	${COMPILE.c} -o ${.PREFIX}.o ${.IMPSRC}
	${AR} ${ARFLAGS} ${.TARGET} ${.PREFIX}.o
	rm -f ${.PREFIX}.o
.sh:
	cp -f ${.IMPSRC} ${.TARGET}
	chmod +x ${.TARGET}

# The user's settings, after the defaults, so that `+=` adds to them.
__MAKE_CONF?=	/etc/make.conf
.if exists(${__MAKE_CONF})
.include "${__MAKE_CONF}"
.endif

.include <bsd.cpu.mk>

# Where the tree is, if nobody said: around the current folder, else where the BSDs keep it.
.if !defined(PORTSDIR)
.  for _dir in /usr/ports /usr/dports ${.CURDIR} ${.CURDIR:H} ${.CURDIR:H:H}
.    if exists(${_dir}/Mk/bsd.port.mk)
PORTSDIR:=	${_dir}
.    endif
.  endfor
PORTSDIR?=	/usr/ports
.endif
