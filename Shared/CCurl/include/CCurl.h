#pragma once
#include <curl/curl.h>

// Typed forms of libcurl's variadic functions, which Swift doesn't import.

CURLcode triageloop_curl_set_long(CURL *easy, CURLoption option, long value);
CURLcode triageloop_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value);
/// libcurl copies the string.
CURLcode triageloop_curl_set_string(CURL *easy, CURLoption option, const char *value);
/// libcurl doesn't copy the list: keep it until the transfer is over.
CURLcode triageloop_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *list);
/// Copies `count` bytes as the request's body.
CURLcode triageloop_curl_set_body(CURL *easy, const void *bytes, size_t count);
CURLcode triageloop_curl_set_callbacks(CURL *easy, curl_write_callback header, curl_write_callback body, void *context);
/// `opened` is called for each new socket, `ready` each time a connection is ready for the request; an answer other than
/// zero ends the transfer.
CURLcode triageloop_curl_set_phase_callbacks(
    CURL *easy, curl_sockopt_callback opened, curl_prereq_callback ready, void *context);
/// `open` makes each new socket, for the address that it will be connected to; CURL_SOCKET_BAD refuses it.
CURLcode triageloop_curl_set_open_callback(CURL *easy, curl_opensocket_callback open, void *context);
/// A socket as libcurl would have made it.
curl_socket_t triageloop_curl_open_socket(const struct curl_sockaddr *address);
/// The bytes of an IP address: 4, 16, or 0 for another family.
size_t triageloop_curl_address_bytes(const struct curl_sockaddr *address, unsigned char bytes[16]);
/// Only http and https, for redirects too.
CURLcode triageloop_curl_only_http(CURL *easy);
/// `text` has CURL_ERROR_SIZE bytes and stays valid as long as the handle.
CURLcode triageloop_curl_set_error_text(CURL *easy, char *text);
CURLcode triageloop_curl_get_long(CURL *easy, CURLINFO info, long *value);

CURLMcode triageloop_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode triageloop_curl_multi_set_callbacks(
    CURLM *multi, curl_socket_callback socket, curl_multi_timer_callback timer, void *context);

/// Keeps SIGPIPE (which OpenSSL's writes can raise) away from the calling thread.
void triageloop_curl_block_sigpipe(void);
