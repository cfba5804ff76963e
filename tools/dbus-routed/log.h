/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon tells its administrator: on stderr, in the system log. */
#ifndef ROUTED_LOG_H
#define ROUTED_LOG_H

#include <stdbool.h>
#include <stdnoreturn.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

/* Where lines go: to stderr, to syslog, or to both. stderr is the default. */
void log_to(bool to_stderr, bool to_syslog);

#define LOG_FORMAT(a, b) __attribute__((format(printf, a, b)))

void log_error(const char *format, ...) LOG_FORMAT(1, 2);
void log_warning(const char *format, ...) LOG_FORMAT(1, 2);
void log_info(const char *format, ...) LOG_FORMAT(1, 2);

/*
 * For what strangers can bring about at will: at most ten lines in five
 * seconds, and then how many were left out.
 */
void log_stranger(const char *format, ...) LOG_FORMAT(1, 2);

/* "Failed to start message bus: ..."; returns false. */
bool log_startup(const char *format, ...) LOG_FORMAT(1, 2);
/* The same, and exit with status 1. */
noreturn void log_fatal(const char *format, ...) LOG_FORMAT(1, 2);

#endif /* ROUTED_LOG_H */
