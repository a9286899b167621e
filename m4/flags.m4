# SPDX-License-Identifier: ISC
# Probing of compiler and linker flags, one by one. A flag counts only where
# a program still builds with it and -Werror: clang merely warns of flags that
# it does not use.

# SOCKCTL_PROBE_(FLAG, COMPILER-FLAGS, LINKER-FLAGS, IF-TAKEN, IF-NOT)
AC_DEFUN([SOCKCTL_PROBE_], [
	AS_VAR_PUSHDEF([taken], [sockctl_cv_flag_$1])
	AC_CACHE_CHECK([whether $CC takes $1], [taken], [
		sockctl_save_CFLAGS=$CFLAGS
		sockctl_save_LDFLAGS=$LDFLAGS
		CFLAGS="$CFLAGS -Werror $2"
		LDFLAGS="$LDFLAGS $3"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("")]])],
			[AS_VAR_SET([taken], [yes])], [AS_VAR_SET([taken], [no])])
		CFLAGS=$sockctl_save_CFLAGS
		LDFLAGS=$sockctl_save_LDFLAGS
	])
	AS_VAR_IF([taken], [yes], [$4], [$5])
	AS_VAR_POPDEF([taken])
])

# SOCKCTL_CFLAG(VARIABLE, FLAG): add FLAG to VARIABLE if the compiler takes it.
AC_DEFUN([SOCKCTL_CFLAG],
	[SOCKCTL_PROBE_([$2], [$2], [], [AS_VAR_APPEND([$1], [" $2"])], [])])

# SOCKCTL_NEED_FLAG(VARIABLE, FLAG): the same, but without it configure fails.
AC_DEFUN([SOCKCTL_NEED_FLAG],
	[SOCKCTL_PROBE_([$2], [$2], [], [AS_VAR_APPEND([$1], [" $2"])],
		[AC_MSG_ERROR([$CC does not take $2])])])

# SOCKCTL_LDFLAG(VARIABLE, FLAG): add FLAG to VARIABLE if the linker takes it.
AC_DEFUN([SOCKCTL_LDFLAG],
	[SOCKCTL_PROBE_([$2], [], [-Wl,--fatal-warnings $2], [AS_VAR_APPEND([$1], [" $2"])], [])])
