// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/inherit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/dbus-routed/kernel.h"
#include "tools/dbus-routed/log.h"

static int collect(void *ctx, const struct kept_socket *s)
{
	struct inheritance *in = ctx;
	struct kept_socket *bigger;

	bigger = reallocarray(in->list, in->n + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	in->list = bigger;
	bigger[in->n++] = *s;
	return 0;
}

int inherit_look(struct inheritance *in, struct kernel *k, bool replace)
{
	*in = (struct inheritance){ .kernel = k, .replace = replace };
	return kernel_listeners(k, collect, in);
}

void inherit_deinit(struct inheritance *in)
{
	free(in->list);
	*in = (struct inheritance){};
}

static int refuse(char **why, const struct kept_socket *s)
{
	free(*why);
	if (asprintf(why, "Address already in use: the bus %s is served by "
		     "process %u, --replace takes it over", s->bus_name,
		     s->server) < 0)
		*why = NULL;
	return -EADDRINUSE;
}

/* All sockets must be those of one bus. */
static int claim(struct inheritance *in, struct kept_socket *s, char **why)
{
	if ((s->server && !in->replace) || (in->bus && in->bus != s->bus))
		return refuse(why, s);
	in->bus = s->bus;
	s->claimed = true;
	return 0;
}

static int open_claimed(struct inheritance *in, struct kept_socket *s,
			char **why)
{
	int ret = claim(in, s, why);

	if (ret)
		return ret;
	ret = kernel_listener_open(in->kernel, s->bus, s->inode);
	if (ret >= 0)
		return ret;
	free(*why);
	*why = strdup(in->kernel->why);
	return -EADDRINUSE;
}

int inherit_path(struct inheritance *in, const char *path, char **why)
{
	struct stat st;
	size_t i;

	if (stat(path, &st) < 0)
		return -ENOENT;
	for (i = 0; i < in->n; i++)
		if (in->list[i].has_file && in->list[i].dev == st.st_dev &&
		    in->list[i].ino == st.st_ino)
			return open_claimed(in, &in->list[i], why);
	return -ENOENT;
}

int inherit_abstract(struct inheritance *in, const char *name, char **why)
{
	size_t i, n = strlen(name) + 1;
	const struct kept_socket *s;

	for (i = 0; i < in->n; i++) {
		s = &in->list[i];
		if (!s->has_file && s->len == n && !s->name[0] &&
		    !memcmp(s->name + 1, name, n - 1))
			return open_claimed(in, &in->list[i], why);
	}
	return -ENOENT;
}

int inherit_socket(struct inheritance *in, int fd, char **why)
{
	struct stat st;
	size_t i;
	int ret;

	if (fstat(fd, &st) < 0)
		return -ENOENT;
	for (i = 0; i < in->n; i++) {
		if (in->list[i].inode != st.st_ino)
			continue;
		ret = claim(in, &in->list[i], why);
		return ret ? ret : fd;
	}
	return -ENOENT;
}

/* Is the file still that of the socket? */
static void remove_file(const struct kept_socket *s)
{
	char path[sizeof(s->name) + 1] = "";
	struct stat st;

	memcpy(path, s->name, s->len);
	if (s->has_file && *path == '/' && !stat(path, &st) &&
	    st.st_dev == s->dev && st.st_ino == s->ino)
		unlink(path);
}

void inherit_drop_rest(struct inheritance *in)
{
	const struct kept_socket *s;
	size_t i;

	for (i = 0; i < in->n; i++) {
		s = &in->list[i];
		if (s->bus != in->bus || s->claimed)
			continue;
		if (kernel_listener_del(in->kernel, s->bus, s->inode))
			log_error("%s", in->kernel->why);
		else
			remove_file(s);
	}
}
