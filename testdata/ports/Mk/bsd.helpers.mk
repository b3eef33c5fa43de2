# Helpers: <flavor>_X and <OPTION>_X stand for X, for the flavor at hand and each option that is on.

_ACTIVE=	${FLAVOR} ${SELECTED_OPTIONS}
.for name in ${_ACTIVE}
.  for var in PKGNAMEPREFIX PLIST DESCR IGNORE BROKEN
.    if defined(${name}_${var})
${var}=		${${name}_${var}}
.    endif
.  endfor
.  for var in FETCH_DEPENDS EXTRACT_DEPENDS PATCH_DEPENDS BUILD_DEPENDS LIB_DEPENDS RUN_DEPENDS \
	USES CFLAGS MAKE_ARGS PLIST_FILES
.    if defined(${name}_${var})
${var}+=	${${name}_${var}}
.    endif
.  endfor
.  if defined(${name}_PKGNAMESUFFIX)
PKGNAMESUFFIX:=	${PKGNAMESUFFIX:U}${${name}_PKGNAMESUFFIX}
.  endif
.endfor

.for opt in ${SELECTED_OPTIONS}
PLIST_SUB+=	${opt}=""
CONFIGURE_ARGS+=	${${opt}_CONFIGURE_ON:U}
.endfor
.for opt in ${DESELECTED_OPTIONS}
PLIST_SUB+=	${opt}="@comment "
CONFIGURE_ARGS+=	${${opt}_CONFIGURE_OFF:U}
.endfor
