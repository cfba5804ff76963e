// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Variables are written as in /proc/PID/environ: "NAME=VALUE", each ended by a NUL.
 * The file is replaced as a whole, so that a daemon that is killed meanwhile leaves
 * the older one. The one of the latest turn counts: what earlier drivers write once
 * they have been replaced, they can acknowledge to nobody.
 */
#include "tools/dbus-routed/environment_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/dbus-routed/log.h"

#define ROOT_DIR	"/run/dbus-routed"
#define SUFFIX		".environment"
#define NEW_SUFFIX	SUFFIX ".new"	/* while it is written */

char *environment_file_dir(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *dir;

	if (geteuid() == 0)
		return strdup(ROOT_DIR);
	if (!runtime || *runtime != '/' ||
	    asprintf(&dir, "%s/dbus-routed", runtime) < 0)
		return NULL;
	return dir;
}

bool environment_file_init(struct environment_file *f, char *dir,
			   const char *guid)
{
	*f = (struct environment_file){ .dir = dir, .guid = strdup(guid) };
	return f->guid;
}

void environment_file_deinit(struct environment_file *f)
{
	free(f->dir);
	free(f->guid);
	environment_deinit(&f->changes);
	*f = (struct environment_file){};
}

/* Nobody else can have put there, or changed, what is found. */
static bool is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int open_dir(const struct environment_file *f)
{
	struct stat st;
	int fd, ret;

	fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		ret = -errno;
	else
		ret = is_ours(&st) ? 0 : -EPERM;
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* --- Names ---------------------------------------------------------------- */

static void put_name(const struct environment_file *f, uint32_t turn,
		     const char *suffix, char name[NAME_MAX])
{
	snprintf(name, NAME_MAX, "%s.%" PRIu32 "%s", f->guid, turn, suffix);
}

/* Whose turn it is, if it is a file of the bus with that suffix; else 0. */
static uint32_t turn_of(const struct environment_file *f, const char *name,
			const char *suffix)
{
	size_t n = strlen(f->guid);
	char again[NAME_MAX];
	unsigned long turn;

	if (strncmp(name, f->guid, n) || name[n] != '.')
		return 0;
	turn = strtoul(name + n + 1, NULL, 10);
	put_name(f, turn, suffix, again);
	return strcmp(name, again) ? 0 : turn;
}

/* Of the directory @dir, another descriptor; NULL with errno. */
static DIR *list_dir(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (!list && fd >= 0)
		close(fd);
	return list;
}

/* --- Reading -------------------------------------------------------------- */

/* The latest one before @turn and after our own last; 0 if there is none. */
static int find_latest(const struct environment_file *f, int dir, uint32_t turn,
		       uint32_t *latest)
{
	DIR *list = list_dir(dir);
	const struct dirent *entry;
	uint32_t t;

	*latest = 0;
	if (!list)
		return -errno;
	while ((entry = readdir(list))) {
		t = turn_of(f, entry->d_name, SUFFIX);
		if (t > f->turn && t < turn && t > *latest)
			*latest = t;
	}
	closedir(list);
	return 0;
}

/*
 * Returns a descriptor, and the @name. One that is gone by now was removed because
 * there is a later one.
 */
static int open_latest(const struct environment_file *f, int dir, uint32_t turn,
		       char name[NAME_MAX])
{
	uint32_t latest, before = 0;
	int fd, ret;

	for (;; before = latest) {
		ret = find_latest(f, dir, turn, &latest);
		if (ret)
			return ret;
		if (!latest || latest == before)
			return -ENOENT;
		put_name(f, latest, SUFFIX, name);
		/* a fifo must not stop us */
		fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
			    O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			return fd < 0 ? -errno : fd;
	}
}

/* -ENOENT if there is none; else the caller closes it. */
static int open_file(const struct environment_file *f, uint32_t turn,
		     char name[NAME_MAX], struct stat *st)
{
	int dir = open_dir(f), fd, ret;

	if (dir < 0)
		return dir;
	fd = open_latest(f, dir, turn, name);
	close(dir);
	if (fd < 0)
		return fd;
	if (fstat(fd, st) < 0)
		ret = -errno;
	else
		ret = S_ISREG(st->st_mode) && is_ours(st) ? 0 : -EPERM;
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* @len: room in @data, and how much there is after all */
static int read_all(int fd, char *data, size_t *len)
{
	size_t room = *len;
	ssize_t n;

	for (*len = 0; *len < room; *len += n) {
		n = read(fd, data + *len, room - *len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			break;
		if (n < 0)
			n = 0;
	}
	return 0;
}

/* Allocated; a NUL is put behind its @len octets. NULL: *@ret says why. */
static char *read_file(const struct environment_file *f, uint32_t turn,
		       char name[NAME_MAX], size_t *len, int *ret)
{
	struct stat st;
	char *data;
	int fd = open_file(f, turn, name, &st);

	*ret = fd;
	if (fd < 0)
		return NULL;
	*len = st.st_size;
	data = malloc(*len + 1);
	*ret = data ? read_all(fd, data, len) : -ENOMEM;
	close(fd);
	if (*ret) {
		free(data);
		return NULL;
	}
	data[*len] = '\0';
	return data;
}

static bool take(struct environment_file *f, struct environment *e,
		 const char *name, const char *value)
{
	return environment_set(&f->changes, name, value) &&
	       environment_set(e, name, value);
}

static bool take_all(struct environment_file *f, struct environment *e,
		     const char *file, char *data, size_t len)
{
	const char *wrong;
	char *equals;
	size_t at, n;

	for (at = 0; at < len; at += n + 1) {
		n = strlen(data + at);
		equals = strchr(data + at, '=');
		if (at + n == len)
			wrong = "it has no end";
		else if (!equals || equals == data + at)
			wrong = "it is not NAME=VALUE";
		else
			wrong = NULL;
		if (wrong) {
			log_stranger("%s/%s: the variable at offset %zu is left "
				     "out: %s", f->dir, file, at, wrong);
			continue;
		}
		*equals = '\0';
		if (!take(f, e, data + at, equals + 1))
			return false;
	}
	return true;
}

static bool read_latest(struct environment_file *f, uint32_t turn,
			struct environment *e)
{
	char name[NAME_MAX] = "";
	size_t len;
	char *data;
	bool ok;
	int ret;

	data = read_file(f, turn, name, &len, &ret);
	if (!data) {
		if (ret == -EPERM || ret == -ELOOP)
			log_warning("%s/%s is left alone: it is no plain one "
				    "that is ours alone to write", f->dir,
				    name);
		else if (ret != -ENOENT)
			log_warning("%s/%s: %s", f->dir, name, strerror(-ret));
		return ret != -ENOMEM;
	}
	ok = take_all(f, e, name, data, len);
	free(data);
	return ok;
}

bool environment_file_read(struct environment_file *f, uint32_t turn,
			   struct environment *e)
{
	bool ok = !f->dir || read_latest(f, turn, e);

	f->turn = turn;
	return ok;
}

/* --- Writing -------------------------------------------------------------- */

bool environment_file_set(struct environment_file *f, const char *name,
			  const char *value)
{
	const char *old = environment_get(&f->changes, name);

	if (!f->dir) {
		/* the values would be kept for nothing */
		f->changed = true;
		return true;
	}
	if (old && !strcmp(old, value))
		return true;
	f->changed = true;
	return environment_set(&f->changes, name, value);
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		data += n;
		len -= n;
	}
	return 0;
}

static int write_vars(int dir, const char *name, const struct environment *e)
{
	int fd, ret = 0;
	size_t i;

	/* one that a daemon left that was killed */
	unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (i = 0; i < e->n && !ret; i++)
		ret = write_all(fd, e->vars[i], strlen(e->vars[i]) + 1);
	if (close(fd) < 0 && !ret)
		ret = -errno;
	return ret;
}

/* Those of turns before this one. */
static void remove_before(const struct environment_file *f, int dir,
			  uint32_t turn)
{
	DIR *list = list_dir(dir);
	const struct dirent *entry;
	uint32_t t;

	if (!list)
		return;
	while ((entry = readdir(list))) {
		t = turn_of(f, entry->d_name, SUFFIX);
		if (!t)
			t = turn_of(f, entry->d_name, NEW_SUFFIX);
		if (t && t < turn)
			unlinkat(dir, entry->d_name, 0);
	}
	closedir(list);
}

static int replace_file(struct environment_file *f)
{
	char name[NAME_MAX], new_name[NAME_MAX];
	int dir, ret;

	put_name(f, f->turn, SUFFIX, name);
	put_name(f, f->turn, NEW_SUFFIX, new_name);

	if (mkdir(f->dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = open_dir(f);
	if (dir < 0)
		return dir;
	ret = write_vars(dir, new_name, &f->changes);
	if (!ret && renameat(dir, new_name, dir, name) < 0)
		ret = -errno;
	if (ret)
		unlinkat(dir, new_name, 0);
	else
		remove_before(f, dir, f->turn);
	close(dir);
	return ret;
}

void environment_file_write(struct environment_file *f)
{
	int ret;

	if (!f->changed)
		return;
	ret = f->dir ? replace_file(f) : 0;
	f->changed = ret;	/* another time, maybe */
	if (f->dir && !ret) {
		f->told = false;
		return;
	}
	if (f->told)
		return;
	f->told = true;
	if (ret)
		log_warning("The environment of services is not kept for the "
			    "next daemon: %s: %s", f->dir, strerror(-ret));
	else
		log_info("The environment of services is not kept for the next "
			 "daemon: XDG_RUNTIME_DIR names no directory");
}

void environment_file_remove(struct environment_file *f)
{
	int dir = f->dir ? open_dir(f) : -ENOENT;

	if (dir < 0)
		return;
	remove_before(f, dir, UINT32_MAX);
	close(dir);
}
