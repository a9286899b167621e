/* Whether the interface that a socket wants is missing or down. */
#ifndef WHY_INTERFACE_H
#define WHY_INTERFACE_H

#include <net/if.h>

#include "why/cause.h"

/* Reports that the interface of the address or of the socket is missing or down; false if it is neither. */
bool cause_interface(struct why *why);

/* ENODEV: reports the interfaces that exist; wanted: the one that was meant, or NULL. */
void cause_interfaces(struct why *why, const char *wanted);

/* The names of the interfaces; the last word is "..." if there are more. Returns how many words. */
#define INTERFACES_MOST 16
int interface_words(const struct if_nameindex *interfaces, const char *words[INTERFACES_MOST + 1]);

void interfaces_free(struct if_nameindex **interfaces);
#define cleanup_interfaces __attribute__((cleanup(interfaces_free)))

#endif
