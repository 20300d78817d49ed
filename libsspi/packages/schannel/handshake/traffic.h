/*
 * Alerts of the application's choice on a connection that is encrypted. OpenSSL sends those that it
 * thinks of itself and the close_notify, so the record is made here: with the keys of what this
 * side sends, and the number of the record that would be next.
 */
#ifndef CREDMGR_SCHANNEL_TRAFFIC_H
#define CREDMGR_SCHANNEL_TRAFFIC_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_SECRET_MAX       64
#define TLS_ALERT_RECORD_MAX 64 /* bytes */

struct tls_traffic {
    uint64_t records;   /* sent with the present keys */
    bool encrypted;     /* there are any */
    uint8_t *secret;    /* TLS 1.3: what they are made of; secret memory */
    size_t secret_size; /* 0: not known */
};
void tls_traffic_free(struct tls_traffic *traffic);

/* OpenSSL's callbacks: keys of TLS 1.3 as they are made, and every record and message. */
void tls_note_key(const SSL *ssl, const char *line);
void tls_note_record(int sent, int version, int type, const void *data, size_t size, SSL *ssl,
                     void *unused);

/*
 * The record of an alert, header included; *size of its TLS_ALERT_RECORD_MAX bytes. False when it
 * cannot be made: in the middle of a handshake that renews keys, or with a suite other than
 * those with GCM and ChaCha20.
 */
bool tls_traffic_alert(const struct tls_traffic *traffic, const SSL *ssl, const uint8_t alert[2],
                       uint8_t *record, size_t *size);

#endif
