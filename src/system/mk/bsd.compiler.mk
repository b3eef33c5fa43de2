# bsd.compiler.mk: which compiler CC is, judged by its name: asking it would start a process for each reader.
.if !defined(COMPILER_TYPE)
.  if ${CC:T:M*clang*}
COMPILER_TYPE=	clang
.  else
COMPILER_TYPE=	gcc
.  endif
.endif
