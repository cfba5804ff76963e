// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define BURST		10
#define BURST_SECONDS	5

static bool use_stderr = true;
static bool use_syslog;

static const int syslog_level[] = {
	[LOG_LEVEL_ERROR] = LOG_ERR,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_INFO] = LOG_INFO,
};

void log_to(bool to_stderr, bool to_syslog)
{
	if (to_syslog && !use_syslog)
		openlog("dbus-routed", LOG_PID, LOG_DAEMON);
	use_stderr = to_stderr;
	use_syslog = to_syslog;
}

static void LOG_FORMAT(2, 0)
log_line(enum log_level level, const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	if (use_stderr)
		dprintf(STDERR_FILENO, "dbus-routed[%d]: %s\n", (int)getpid(),
			text);
	if (use_syslog)
		syslog(syslog_level[level], "%s", text);
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void log_stranger(const char *format, ...)
{
	static time_t since;
	static unsigned int lines;
	struct timespec now;
	va_list args;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec >= since + BURST_SECONDS) {
		if (lines > BURST)
			log_info("%u more lines of this kind left out",
				 lines - BURST);
		since = now.tv_sec;
		lines = 0;
	}
	if (++lines > BURST)
		return;
	va_start(args, format);
	log_line(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

static void LOG_FORMAT(1, 0) startup(const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	log_error("Failed to start message bus: %s", text);
}

bool log_startup(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	startup(format, args);
	va_end(args);
	return false;
}

noreturn void log_fatal(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	startup(format, args);
	va_end(args);
	exit(EXIT_FAILURE);
}
