/*
 * What the parts of the reader of credmgr.conf share: config.c (the file and its lines),
 * config_settings.c (settings of a database), config_order.c (credential managers),
 * config_services.c (lists of PAM services).
 */
#ifndef CREDMGR_NOTIFY_CONFIG_PARSE_H
#define CREDMGR_NOTIFY_CONFIG_PARSE_H

#include "notify/config.h"

#define MPR_BLANKS  " \t\r\f\v"
#define MPR_HOUR_MS (3600u * 1000)

struct mpr_parsing {
    const char *name; /* of the file */
    int line;         /* from 1; 0: the file as a whole */
    struct mpr_config *config;
    int seen[MPR_LINES]; /* the first line of each, also one with a mistake; 0: none yet */
    mpr_problem_fn *tell;
    void *arg;
    bool failed;
};

/*
 * Tells a mistake of the present line: "what is wrong (what would be right)". What would be right
 * holds no parenthesis and nothing from the file. Always false.
 */
bool mpr_complain(struct mpr_parsing *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The next word of *rest, zero-terminated in place; NULL at the end. */
char *mpr_next_word(char **rest);
/* Cuts "name=value" in two; false when there is no '=', no name or no value. */
bool mpr_cut(char *word, char **value);

/* "lsa other [timeout=5s]"; *out stays what it was when there is a mistake. */
bool mpr_parse_order(struct mpr_parsing *p, char *text, struct mpr_order *out);

/* The line of a database with settings: MPR_LINE_STAGE and so on; MPR_LINES for another name. */
enum mpr_line mpr_settings_line(const char *database);
/* "timeout=120s keyring=name" of such a line; nothing of it holds when there is a mistake. */
bool mpr_parse_settings(struct mpr_parsing *p, enum mpr_line which, char *text);

/* "login sshd"; `which` is MPR_LINE_INTERACTIVE, MPR_LINE_NONINTERACTIVE or MPR_LINE_SILENT. */
bool mpr_parse_services(struct mpr_parsing *p, enum mpr_line which, char *text);
/* The default lists; false without memory. */
bool mpr_default_services(struct mpr_config *config);
/* A service that the administrator put in a list leaves the default list it was in. */
void mpr_settle_services(struct mpr_config *config);
void mpr_free_services(struct mpr_config *config);

#endif
