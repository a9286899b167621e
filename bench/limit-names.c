/* SPDX-License-Identifier: ISC */
/* Many names: getaddrinfo in small threads, as many as asked; the first address of each, in any order. */
#include "limit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static pthread_mutex_t input = PTHREAD_MUTEX_INITIALIZER;

static int next_name(char *line, size_t size)
{
    pthread_mutex_lock(&input);
    char *got = fgets(line, (int)size, stdin);
    pthread_mutex_unlock(&input);
    if (got)
        line[strcspn(line, "\n")] = '\0';
    return got != NULL;
}

static void *resolve(void *unused)
{
    char name[256], host[NI_MAXHOST];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list;
    while (next_name(name, sizeof name)) {
        int error = getaddrinfo(name, NULL, &hints, &list);
        if (error) {
            fprintf(stderr, "%s: %s\n", name, gai_strerror(error));
            continue;
        }
        getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST);
        printf("%s %s\n", name, host);
        freeaddrinfo(list);
    }
    return unused;
}

int limit_names(char **argv)
{
    long count = bench_number(argv[1]);
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 << 10);
    for (long i = 0; i < count; i++)
        if (pthread_create(&threads[i], &attributes, resolve, NULL))
            bench_die("pthread_create");
    for (long i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return 0;
}
