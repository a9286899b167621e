/* main.c: argv -> command -> exit status. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("sockctl %s\n", PACKAGE_VERSION);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    fprintf(stderr, "usage: sockctl --version\n");
    return 2;
}
