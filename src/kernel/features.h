/* SPDX-License-Identifier: ISC */
/* What of the kernel and of the libraries that are loaded later can be used here. */
#ifndef KERNEL_FEATURES_H
#define KERNEL_FEATURES_H

#include <stdbool.h>

#define FEATURE_TEXT_MAX 320

struct feature {
    const char *name;            /* "sock_diag" */
    bool there;                  /* can be used, by this user */
    char text[FEATURE_TEXT_MAX]; /* where it was found, or why it cannot be used; or "" */
};

/* Each asks for the feature of that index, from 0 on; false behind the last. */
bool feature_library(int index, struct feature *feature);
bool feature_kernel(int index, struct feature *feature);

#endif
