/*
 * credmgr(1): what there is of logon sessions, tickets, packages and credential managers, for
 * people and for programs.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libsspi/lsa/client.h"
#include "tools/credmgr/commands.h"

static const struct command {
    const char *name;
    const char *help;
    int (*run)(const struct command_options *, struct report **);
    bool one;     /* it is about one thing, not about a list of things */
    int operands; /* words behind it, at most */
} commands[] = {
    {"status", "whether lsad runs, and how it is confined", command_status, true, 0},
    {"sessions", "logon sessions: your own; all of them for root (* is the one you are in)",
     command_sessions, false, 0},
    {"tickets", "the Kerberos tickets of these sessions", command_tickets, false, 0},
    {"purge", "removes these tickets from a session: those of SERVER[@REALM], or all",
     command_purge, true, 1},
    {"packages", "the security packages that programs can use", command_packages, false, 0},
    {"providers", "the credential managers, and how they have fared", command_providers, false, 0},
    {"account", "whom NTLM lets in: list, or add, passwd, remove, enable, disable, expire NAME",
     command_account, false, COMMAND_OPERANDS},
    {"save",
     "user and password for a server, which CredSSP may give it: TARGET [--user=NAME]; "
     "--list; --delete TARGET",
     command_save, false, 1},
    {"check", "what in credmgr.conf would not work, as file:line: what: remedy", command_check,
     false, 0},
};
enum { COMMANDS = sizeof commands / sizeof commands[0], USAGE_ERROR = 2 };

static void print_usage(FILE *out)
{
    fputs("usage: credmgr [--json] [--socket=PATH] [--config=FILE] [--luid=LUID] COMMAND\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
    fputs("\n"
          "  --json           print JSON\n"
          "  --socket=PATH    where lsad listens\n"
          "  --config=FILE    another credmgr.conf, for providers and check\n"
          "  --luid=LUID      the logon session that is meant, for tickets and purge\n"
          "  --password-fd=N  the password for account and save is the first line of descriptor N\n"
          "  --user=NAME      whose password is saved (DOMAIN\\NAME, NAME@REALM); else your own "
          "name\n"
          "  --list, --delete what is saved; that it is saved no longer\n"
          "  --help, --version\n"
          "\n"
          "Nothing that credmgr prints is a secret. Exit status: 0 done, 1 not done (a message "
          "says why), 2 not understood.\n",
          out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int run(const struct command *command, const struct command_options *options)
{
    struct report *report = NULL;
    int result = command->run(options, &report);
    bool printed = true;

    if (report && options->json)
        printed = command->one ? report_print_json_object(report, stdout)
                               : report_print_json(report, stdout);
    else if (report && command->one)
        printed = report_print_lines(report, stdout);
    else if (report && (report_rows(report) > 0 || result == EXIT_SUCCESS))
        printed = report_print_table(report, stdout);
    if (!printed)
        result = command_fail("cannot write the output: %s", strerror(errno));
    report_free(report);
    return result;
}

int main(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"json", no_argument, NULL, 'j'},
        {"socket", required_argument, NULL, 's'},
        {"config", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {"luid", required_argument, NULL, 'l'},
        {"password-fd", required_argument, NULL, 'p'},
        {"user", required_argument, NULL, 'u'},
        {"list", no_argument, NULL, 'L'},
        {"delete", no_argument, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    struct command_options options = {.password_fd = -1};
    const struct command *command;
    char *end;
    int letter;

    setlocale(LC_ALL, "");
    while ((letter = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        switch (letter) {
        case 'j':
            options.json = true;
            break;
        case 's':
            options.socket = optarg;
            break;
        case 'c':
            options.config = optarg;
            break;
        case 'l':
            if (!luid_read(optarg, &options.luid)) {
                command_fail("\"%s\" is no LUID (16 hexadecimal digits: credmgr sessions)", optarg);
                return USAGE_ERROR;
            }
            break;
        case 'p':
            options.password_fd = (int)strtol(optarg, &end, 10);
            if (end == optarg || *end || options.password_fd < 0) {
                command_fail("\"%s\" is no number of a descriptor", optarg);
                return USAGE_ERROR;
            }
            break;
        case 'u':
            options.user = optarg;
            break;
        case 'L':
            options.list = true;
            break;
        case 'd':
            options.remove = true;
            break;
        case 'h':
            print_usage(stdout);
            return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        case 'v':
            puts("credmgr " CREDMGR_VERSION);
            return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        default:
            print_usage(stderr);
            return USAGE_ERROR;
        }
    }
    if (optind == argc) {
        command_fail("a command is missing");
        print_usage(stderr);
        return USAGE_ERROR;
    }
    command = find_command(argv[optind]);
    if (!command && optind + 1 == argc) {
        command_fail("unknown command \"%s\"", argv[optind]);
        print_usage(stderr);
        return USAGE_ERROR;
    }
    if (!command || optind + 1 + command->operands < argc) {
        command_fail("one command at a time");
        print_usage(stderr);
        return USAGE_ERROR;
    }
    for (int i = 0; i < COMMAND_OPERANDS && argv[optind + i]; i++)
        options.operands[i] = argv[optind + i + 1];
    if (options.socket)
        lsa_client_set_socket(options.socket);
    return run(command, &options);
}
