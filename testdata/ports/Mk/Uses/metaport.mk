# A port of dependencies only: nothing to fetch, build or install.
DISTFILES=
NO_BUILD=	yes
do-install:
	@true
