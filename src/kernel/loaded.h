/* SPDX-License-Identifier: ISC */
/* The libraries that are loaded only when they are needed, which the ELF header therefore does not name. */
#ifndef KERNEL_LOADED_H
#define KERNEL_LOADED_H

#define LIBMNL_SONAME         "libmnl.so.0"
/* A part of glibc; other C libraries have its functions in libc. */
#define LIBRESOLV_SONAME      "libresolv.so.2"
/* Upstream's and Debian's. */
#define LIBPCAP_SONAME        "libpcap.so.1"
#define LIBPCAP_SONAME_DEBIAN "libpcap.so.0.8"

/*
 * Names such a library in an ELF note, so that tools which find the dependencies of a package see it. The
 * format is the UAPI group's "ELF dlopen metadata": type 0x407c0c0a, owner "FDO", a JSON array. sonames:
 * LOADED_NAME() of each, joined by commas.
 */
#define LOADED_NAME(text) "\\\"" text "\\\""
#define LOADED_NOTE(feature, description, priority, sonames)                                                 \
    __asm__(                                                                                                 \
        ".pushsection .note.dlopen, \"a\", %note\n"                                                          \
        ".balign 4\n"                                                                                        \
        ".long 4, 2f - 1f, 0x407c0c0a\n"                                                                     \
        ".asciz \"FDO\"\n"                                                                                   \
        "1: .ascii \"[{" LOADED_NAME("feature") ":" LOADED_NAME(                                             \
            feature) ",\"\n"                                                                                 \
                     ".ascii \"" LOADED_NAME("description") ":" LOADED_NAME(                                 \
                         description) ",\"\n"                                                                \
                                      ".ascii \"" LOADED_NAME("priority") ":" LOADED_NAME(                   \
                                          priority) ",\"\n"                                                  \
                                                    ".asciz \"" LOADED_NAME("soname") ":[" sonames "]}]\"\n" \
                                                                                      "2: .balign 4\n"       \
                                                                                      ".popsection\n")

#endif
