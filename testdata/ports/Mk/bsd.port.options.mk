# PORT_OPTIONS: the options that are on.  Later sources win over earlier ones: the port's defaults,
# OPTIONS_SET and _UNSET of make.conf, the same for this port only, and its saved options file.

.if !defined(_PRE_MK)
.include "bsd.port.pre.mk"	# which comes back here
.elif !defined(_OPTIONS_MK)
_OPTIONS_MK=	yes

OPTIONS_NAME?=	${.CURDIR:H:T}_${.CURDIR:T}
OPTIONS_FILE?=	${PORT_DBDIR}/${OPTIONS_NAME}/options
_ON:=		${OPTIONS_DEFAULT}
.  if defined(OPTIONS_DEFINE)
.    sinclude "${OPTIONS_FILE}"
.    for source in OPTIONS ${OPTIONS_NAME} OPTIONS_FILE
.      for opt in ${${source}_SET:U}
_ON+=		${opt}
.      endfor
.      for opt in ${${source}_UNSET:U}
_ON:=		${_ON:N${opt}}
.      endfor
.    endfor
.    for opt in ${OPTIONS_DEFINE}
.      if !empty(_ON:M${opt})
SELECTED_OPTIONS+=	${opt}
.      else
DESELECTED_OPTIONS+=	${opt}
.      endif
.    endfor
.  endif
SELECTED_OPTIONS?=
DESELECTED_OPTIONS?=
PORT_OPTIONS:=	${SELECTED_OPTIONS}

.endif
