/* SPDX-License-Identifier: ISC */
/* What --version prints: version, copyright and licence, and with -v what is found here. */
#include "cmd/version.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/utsname.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "base/option.h"
#include "kernel/features.h"

#define TEXT_COLUMN 29

static void line_write(FILE *out, size_t width, const char *name, const char *text)
{
    fprintf(out, "  %-*s", TEXT_COLUMN - 2, name);
    words_wrap(out, text, TEXT_COLUMN, width);
}

static void feature_write(FILE *out, size_t width, const struct feature *feature)
{
    char text[FEATURE_TEXT_MAX + 8];
    const char *between = feature->text[0] ? ": " : "";
    snprintf(text, sizeof(text), "%s%s%s", feature->there ? "yes" : "no", between, feature->text);
    line_write(out, width, feature->name, text);
}

static void libraries_write(FILE *out, size_t width)
{
    struct feature feature;
    fputs("\nLibraries:\n", out);
#ifdef __GLIBC__
    line_write(out, width, "glibc", gnu_get_libc_version());
#elif defined(STATIC_BINARY)
    line_write(out, width, "musl", "linked in");
#else
    line_write(out, width, "musl", "yes");
#endif
    line_write(out, width, "jansson", JANSSON_VERSION);
    line_write(out, width, "libbsd", LIBBSD_VERSION);
    for (int i = 0; feature_library(i, &feature); i++)
        feature_write(out, width, &feature);
}

static void kernel_write(FILE *out, size_t width)
{
    struct feature feature;
    struct utsname system;
    uname(&system);
    fprintf(out, "\n%s %s on %s:\n", system.sysname, system.release, system.machine);
    for (int i = 0; feature_kernel(i, &feature); i++)
        feature_write(out, width, &feature);
}

void version_write(FILE *out, size_t width, bool verbose)
{
    fputs("sockctl " PACKAGE_VERSION "\n"
          "Copyright (c) 2026 The sockctl authors\n"
          "ISC licence: use, copy, change and distribute it as you like;\n"
          "there is no warranty.\n",
        out);
    if (verbose) {
        libraries_write(out, width);
        kernel_write(out, width);
    }
}
