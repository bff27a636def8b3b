#ifndef SLIPWAY_COPENSSL_SHIM_H
#define SLIPWAY_COPENSSL_SHIM_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* What is a macro in OpenSSL, and so invisible to Swift. */

static inline int slipway_ssl_set_least_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

static inline int slipway_ssl_set_groups(SSL_CTX *context, const char *list) {
  return SSL_CTX_set1_groups_list(context, list) == 1;
}

static inline void slipway_ssl_set_mode(SSL_CTX *context, uint32_t mode) {
  SSL_CTX_set_mode(context, mode);
}

static inline void slipway_ssl_clear_mode(SSL_CTX *context, uint32_t mode) {
  SSL_CTX_clear_mode(context, mode);
}

static inline void slipway_ssl_read_ahead(SSL_CTX *context) {
  SSL_CTX_set_read_ahead(context, 1);
}

static inline void slipway_ssl_keep_no_sessions(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static const uint64_t slipway_ssl_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t slipway_ssl_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t slipway_ssl_end_may_be_abrupt = SSL_OP_IGNORE_UNEXPECTED_EOF;

typedef STACK_OF(X509) slipway_chain;

static inline slipway_chain *slipway_chain_new(void) { return sk_X509_new_null(); }

/* The chain does not own what is pushed. */
static inline int slipway_chain_push(slipway_chain *chain, X509 *certificate) {
  return sk_X509_push(chain, certificate) > 0;
}

static inline void slipway_chain_free(slipway_chain *chain) { sk_X509_free(chain); }

static inline int slipway_names_count(const GENERAL_NAMES *names) {
  return sk_GENERAL_NAME_num(names);
}

/* The bytes of a dNSName; NULL for any other kind of name. */
static inline const unsigned char *slipway_names_dns(
    const GENERAL_NAMES *names, int index, int *length) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  if (name == NULL || name->type != GEN_DNS) return NULL;
  *length = ASN1_STRING_length(name->d.dNSName);
  return ASN1_STRING_get0_data(name->d.dNSName);
}

#endif
