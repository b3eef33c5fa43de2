# USES=greet: link with devel/libgreet.  greet:build needs it for the build alone (its static library).
.if ${_USE_ARGS} == build
BUILD_DEPENDS+=	${LOCALBASE}/lib/libgreet.a:devel/libgreet
.else
LIB_DEPENDS+=	libgreet.so.1:devel/libgreet
.endif
