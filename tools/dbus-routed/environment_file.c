// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Variables are written as in /proc/PID/environ: "NAME=VALUE", each ended by a NUL.
 * The file is replaced as a whole, so that a daemon that is killed meanwhile leaves
 * the older one.
 */
#include "tools/dbus-routed/environment_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/dbus-routed/log.h"

#define ROOT_DIR	"/run/dbus-routed"
#define SUFFIX		".environment"
#define NEW_SUFFIX	SUFFIX ".new"

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
	*f = (struct environment_file){ .dir = dir };
	if (asprintf(&f->name, "%s" SUFFIX, guid) < 0)
		f->name = NULL;
	if (asprintf(&f->new_name, "%s" NEW_SUFFIX, guid) < 0)
		f->new_name = NULL;
	return f->name && f->new_name;
}

void environment_file_deinit(struct environment_file *f)
{
	free(f->dir);
	free(f->name);
	free(f->new_name);
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

/* --- Reading -------------------------------------------------------------- */

/* -ENOENT if there is none; else the caller closes it. */
static int open_file(const struct environment_file *f, struct stat *st)
{
	int dir = open_dir(f), fd, ret = 0;

	if (dir < 0)
		return dir;
	/* a fifo must not stop us */
	fd = openat(dir, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		ret = -errno;
	close(dir);
	if (ret)
		return ret;
	if (fstat(fd, st) < 0)
		ret = -errno;
	else if (!S_ISREG(st->st_mode) || !is_ours(st))
		ret = -EPERM;
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
static char *read_file(const struct environment_file *f, size_t *len, int *ret)
{
	struct stat st;
	char *data;
	int fd = open_file(f, &st);

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
		     char *data, size_t len)
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
				     "out: %s", f->dir, f->name, at, wrong);
			continue;
		}
		*equals = '\0';
		if (!take(f, e, data + at, equals + 1))
			return false;
	}
	return true;
}

bool environment_file_read(struct environment_file *f, struct environment *e)
{
	size_t len;
	char *data;
	bool ok;
	int ret;

	if (!f->dir)
		return true;
	data = read_file(f, &len, &ret);
	if (!data) {
		if (ret == -EPERM || ret == -ELOOP)
			log_warning("%s/%s is left alone: it or its directory "
				    "is no plain one that is ours alone to "
				    "write", f->dir, f->name);
		else if (ret != -ENOENT)
			log_warning("%s/%s: %s", f->dir, f->name,
				    strerror(-ret));
		return ret != -ENOMEM;
	}
	ok = take_all(f, e, data, len);
	free(data);
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

static int replace_file(struct environment_file *f)
{
	int dir, ret;

	if (mkdir(f->dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = open_dir(f);
	if (dir < 0)
		return dir;
	ret = write_vars(dir, f->new_name, &f->changes);
	if (!ret && renameat(dir, f->new_name, dir, f->name) < 0)
		ret = -errno;
	if (ret)
		unlinkat(dir, f->new_name, 0);
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
	unlinkat(dir, f->name, 0);
	unlinkat(dir, f->new_name, 0);
	close(dir);
}
