// SPDX-License-Identifier: GPL-2.0-or-later
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pcapfile.h"

#define NAME_MAX_LEN	4096
#define NSEC_PER_SEC	1000000000ull

/* A file of either kind. */
struct save {
	struct save_config config;
	struct pcapng *ng;
	struct pcapfile *pcap;
	bool plain;
	char name[NAME_MAX_LEN];	/* of the file that is open */
	unsigned int number;		/* -C: of it, in its time slice */
	unsigned int slices;		/* -G: begun so far */
	uint64_t slice_start;		/* s since the epoch; 0: no packet yet */
	uint64_t left_out;		/* of files that are complete */
};

static void complain(const struct save *s, int err)
{
	fprintf(stderr, "dbusdump: %s: %s\n", strcmp(s->config.file, "-") ?
		s->name : "standard output", strerror(err));
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/* As tcpdump names its files: FILE, FILE1, FILE2; with -W FILE00, FILE01. */
static bool make_name(struct save *s, uint64_t when)
{
	char base[NAME_MAX_LEN];
	time_t t = (time_t)when;
	unsigned int left;
	struct tm tm;
	int n, width = 0;

	if (s->config.seconds && localtime_r(&t, &tm)) {
		if (!strftime(base, sizeof(base), s->config.file, &tm)) {
			errno = ENAMETOOLONG;
			return false;
		}
	} else {
		snprintf(base, sizeof(base), "%s", s->config.file);
	}
	if (s->config.size && s->config.files)
		for (left = s->config.files - 1, width = 1; left >= 10;
		     left /= 10)
			width++;
	if (!s->config.size || (!s->number && !width))
		n = snprintf(s->name, sizeof(s->name), "%s", base);
	else
		n = snprintf(s->name, sizeof(s->name), "%s%0*u", base, width,
			     s->number);
	if (n >= 0 && (size_t)n < sizeof(s->name))
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static bool begin(struct save *s, uint64_t when)
{
	const struct save_config *c = &s->config;
	int fd = STDOUT_FILENO;

	snprintf(s->name, sizeof(s->name), "%s", c->file);
	if (strcmp(c->file, "-")) {
		fd = -1;
		if (make_name(s, when))
			fd = open(s->name, O_WRONLY | O_CREAT | O_TRUNC |
				  O_CLOEXEC, 0666);
	}
	if (fd >= 0) {
		if (s->plain)
			s->pcap = pcapfile_create(fd, c->linktype, c->nano,
						  c->snaplen);
		else
			s->ng = pcapng_create(fd, c->filter, c->snaplen);
	}
	if (s->pcap || s->ng)
		return true;
	complain(s, errno);
	return false;
}

/* The file ends. What does not fit on the disk any more is left out. */
static bool finish(struct save *s, const struct pcapng_counts *counts)
{
	bool ok = true;

	if (s->pcap) {
		s->left_out += pcapfile_left_out(s->pcap);
		ok = pcapfile_close(s->pcap);
	}
	if (s->ng)
		ok = pcapng_close(s->ng, counts);
	s->pcap = NULL;
	s->ng = NULL;
	if (!ok)
		complain(s, errno);
	return ok;
}

/* -z: on its own, at the lowest priority; nobody waits for it */
static void run_command(const struct save *s)
{
	pid_t pid;

	if (!s->config.command)
		return;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	pid = fork();
	if (pid < 0)
		fprintf(stderr, "dbusdump: -z: %s\n", strerror(errno));
	if (pid)
		return;
	setpriority(PRIO_PROCESS, 0, 19);
	execlp(s->config.command, s->config.command, s->name, (char *)NULL);
	fprintf(stderr, "dbusdump: -z %s: %s\n", s->config.command,
		strerror(errno));
	_exit(127);
}

static uint64_t written(const struct save *s)
{
	return s->pcap ? pcapfile_octets(s->pcap) : pcapng_octets(s->ng);
}

static enum save_result next_file(struct save *s, uint64_t when)
{
	if (!finish(s, NULL))
		return SAVE_FAILED;
	run_command(s);
	return begin(s, when) ? SAVE_OK : SAVE_FAILED;
}

/* Is it time for another file? Asked when a packet comes, as tcpdump does. */
static enum save_result rotate(struct save *s, uint64_t when)
{
	const struct save_config *c = &s->config;

	if (c->seconds) {
		if (!s->slice_start) {
			s->slice_start = when;
			s->slices = 1;
		} else if (when >= s->slice_start + c->seconds) {
			if (c->files && !c->size && s->slices >= c->files) {
				if (!finish(s, NULL))
					return SAVE_FAILED;
				run_command(s);
				return SAVE_ENOUGH;
			}
			s->slices++;
			s->slice_start += (when - s->slice_start) /
					  c->seconds * c->seconds;
			s->number = 0;
			return next_file(s, when);
		}
	}
	if (!c->size || written(s) <= c->size)
		return SAVE_OK;
	s->number++;
	if (c->files && s->number >= c->files)
		s->number = 0;
	return next_file(s, c->seconds ? s->slice_start : when);
}

struct save *save_open(const struct save_config *config)
{
	struct save *s = calloc(1, sizeof(*s));

	if (!s) {
		fprintf(stderr, "dbusdump: %s\n", strerror(errno));
		return NULL;
	}
	s->config = *config;
	s->plain = ends_in(config->file, ".pcap") ||
		   ends_in(config->file, ".cap");
	/* with -G the name says when the first message came */
	if (config->seconds || begin(s, (uint64_t)time(NULL)))
		return s;
	free(s);
	return NULL;
}

static enum save_result check(struct save *s, bool ok)
{
	if (ok)
		return SAVE_OK;
	complain(s, errno);
	finish(s, NULL);
	return SAVE_FAILED;
}

enum save_result save_write(struct save *s, const struct sight *sight)
{
	uint64_t when = sight->rec->time / NSEC_PER_SEC;
	enum save_result result;

	if (!s->pcap && !s->ng) {
		s->slice_start = when;
		s->slices = 1;
		if (!begin(s, when))
			return SAVE_FAILED;
	}
	result = rotate(s, when);
	if (result != SAVE_OK)
		return result;
	return check(s, s->pcap ? pcapfile_write(s->pcap, sight->rec) :
				  pcapng_write(s->ng, sight));
}

enum save_result save_flush(struct save *s)
{
	if (s->pcap)
		return check(s, pcapfile_flush(s->pcap));
	return s->ng ? check(s, pcapng_flush(s->ng)) : SAVE_OK;
}

/* A plain file has room for messages only, or for records of a tap. */
static void report_left_out(const struct save *s)
{
	if (s->left_out)
		fprintf(stderr, "dbusdump: %s: %" PRIu64 " record%s left out, "
			"%s; a .pcapng holds all\n", s->config.file,
			s->left_out, s->left_out == 1 ? "" : "s",
			s->config.linktype == LINKTYPE_USER13 ?
				"not from a tap" : "not valid messages");
}

bool save_close(struct save *s, const struct pcapng_counts *counts)
{
	bool ok = finish(s, counts);

	report_left_out(s);
	free(s);
	return ok;
}
