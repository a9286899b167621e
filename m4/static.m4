# SPDX-License-Identifier: ISC
# SOCKCTL_STATIC(VARIABLE, LIBRARIES, FUNCTION): link LIBRARIES statically where their
# archives are there and fit a position-independent program; else VARIABLE stays as it is.
# Each shared library costs a tenth of the time that the program needs to start.
AC_DEFUN([SOCKCTL_STATIC], [
	AC_CACHE_CHECK([whether $2 can be linked statically], [sockctl_cv_static_$3], [
		sockctl_save_LIBS=$LIBS
		sockctl_save_CFLAGS=$CFLAGS
		sockctl_save_LDFLAGS=$LDFLAGS
		CFLAGS="$CFLAGS $HARDEN_CFLAGS $VARIANT_CFLAGS"
		LDFLAGS="$LDFLAGS $HARDEN_LDFLAGS $VARIANT_CFLAGS"
		LIBS="-Wl,-Bstatic $2 -Wl,-Bdynamic $LIBS"
		AC_LINK_IFELSE([AC_LANG_CALL([], [$3])],
			[sockctl_cv_static_$3=yes], [sockctl_cv_static_$3=no])
		LIBS=$sockctl_save_LIBS
		CFLAGS=$sockctl_save_CFLAGS
		LDFLAGS=$sockctl_save_LDFLAGS
	])
	AS_IF([test "x$sockctl_cv_static_$3" = xyes],
		[$1="-Wl,-Bstatic $2 -Wl,-Bdynamic"; AS_VAR_APPEND([static_libraries], [" $2"])])
])
