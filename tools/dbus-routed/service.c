// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/service.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dbus/dbus.h>

#include "tools/dbus-routed/config.h"
#include "tools/dbus-routed/log.h"

#define GROUP		"D-BUS Service"
#define SUFFIX		".service"
#define LINE_MAX_OCTETS	(1 << 16)

/* --- One file ------------------------------------------------------------- */

static bool __attribute__((format(printf, 2, 3)))
wrong(char **why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(why, format, args) < 0)
		*why = NULL;
	va_end(args);
	return false;
}

/* Take the spaces off both ends. */
static char *strip(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* \s \t \n \r \\ stand for what they do in desktop entries. In place. */
static bool unescape(char *text)
{
	static const char from[] = "stnr\\", to[] = " \t\n\r\\";
	char *out = text;
	const char *at;

	for (; *text; text++) {
		if (*text != '\\') {
			*out++ = *text;
			continue;
		}
		at = *++text ? strchr(from, *text) : NULL;
		if (!at)
			return false;
		*out++ = to[at - from];
	}
	*out = '\0';
	return true;
}

/* Where the value of a key goes; NULL: nowhere, it is none of ours. */
static char **place(struct service *s, const char *key)
{
	if (!strcmp(key, "Name"))
		return &s->name;
	if (!strcmp(key, "Exec"))
		return &s->exec;
	if (!strcmp(key, "User"))
		return &s->user;
	if (!strcmp(key, "SystemdService"))
		return &s->unit;
	return NULL;
}

/* The first value of a key counts. */
static bool take_line(struct service *s, char *line, unsigned int number,
		      char **why)
{
	char *value = strchr(line, '=');
	char **to;

	if (!value)
		return wrong(why, "line %u: neither a group, nor KEY=VALUE, "
			     "nor a comment", number);
	*value++ = '\0';
	to = place(s, strip(line));
	if (!to || *to)
		return true;
	value = strip(value);
	if (!unescape(value))
		return wrong(why, "line %u: not a valid escape sequence",
			     number);
	*to = strdup(value);
	return *to || wrong(why, "No memory");
}

static bool take_lines(struct service *s, FILE *f, char **why)
{
	bool ours = false, grouped = false, ok = true;
	unsigned int number = 0;
	char *line = NULL, *text;
	size_t room = 0, len;
	ssize_t n;

	while (ok && (n = getline(&line, &room, f)) >= 0) {
		number++;
		if (n > LINE_MAX_OCTETS || strlen(line) != (size_t)n ||
		    !dbus_validate_utf8(line, NULL)) {
			ok = wrong(why, "line %u: not a text in UTF-8", number);
			break;
		}
		text = strip(line);
		if (!*text || *text == '#')
			continue;
		if (*text != '[') {
			ok = grouped ?
				!ours || take_line(s, text, number, why) :
				wrong(why, "line %u: not in a group", number);
			continue;
		}
		len = strlen(text);
		if (text[len - 1] != ']') {
			ok = wrong(why, "line %u: the name of a group has no "
				   "end", number);
			break;
		}
		text[len - 1] = '\0';
		grouped = true;
		ours = !strcmp(text + 1, GROUP);
	}
	free(line);
	return ok;
}

static bool check(const struct service *s, char **why)
{
	if (!s->name)
		return wrong(why, "there is no \"Name\" in [" GROUP "]");
	if (!dbus_validate_bus_name(s->name, NULL) || *s->name == ':' ||
	    !strcmp(s->name, DBUS_SERVICE_DBUS))
		return wrong(why, "\"%s\" is not a name that a service can have",
			     s->name);
	if (!s->exec)
		return wrong(why, "there is no \"Exec\" in [" GROUP "]");
	return true;
}

bool service_read(struct service *s, const char *file, char **why)
{
	FILE *f = fopen(file, "re");
	bool ok;

	*s = (struct service){};
	if (!f)
		return wrong(why, "%s", strerror(errno));
	ok = take_lines(s, f, why) && check(s, why);
	if (ok && ferror(f))
		ok = wrong(why, "%s", strerror(EIO));
	fclose(f);
	if (ok) {
		s->file = strdup(file);
		ok = s->file || wrong(why, "No memory");
	}
	if (!ok)
		service_deinit(s);
	return ok;
}

void service_deinit(struct service *s)
{
	free(s->name);
	free(s->exec);
	free(s->user);
	free(s->unit);
	free(s->file);
	*s = (struct service){};
}

/* --- All files ------------------------------------------------------------ */

static bool is_named_for(const struct service *s)
{
	const char *base = strrchr(s->file, '/') + 1;
	size_t len = strlen(s->name);

	return !strncmp(base, s->name, len) && !strcmp(base + len, SUFFIX);
}

/* A file must, or should, have the name of its service. */
static bool check_file_name(const struct service *s, bool strict, bool system)
{
	if (is_named_for(s))
		return true;
	if (strict)
		log_warning("Service file \"%s\" should have been named "
			    "\"%s" SUFFIX "\": not loading it", s->file,
			    s->name);
	else if (system)
		log_warning("Service file \"%s\" should have been named "
			    "\"%s" SUFFIX "\" and will not work with system "
			    "bus activation", s->file, s->name);
	return !strict;
}

static bool is_known(const struct services *s, const char *name)
{
	size_t i;

	/* not ordered yet */
	for (i = 0; i < s->n; i++)
		if (!strcmp(s->list[i].name, name))
			return true;
	return false;
}

static bool add(struct services *all, struct service *s)
{
	struct service *bigger;

	bigger = reallocarray(all->list, all->n + 1, sizeof(*bigger));
	if (!bigger)
		return false;
	all->list = bigger;
	all->list[all->n++] = *s;
	return true;
}

static bool read_one(struct services *all, const char *file,
		     const struct service_dir *dir, bool system)
{
	struct service s;
	char *why = NULL;

	if (!service_read(&s, file, &why)) {
		log_warning("Service file \"%s\" is left out: %s", file,
			    why ? why : "No memory");
		free(why);
		return true;
	}
	if (is_known(all, s.name) || !check_file_name(&s, dir->strict, system)) {
		service_deinit(&s);
		return true;
	}
	if (add(all, &s))
		return true;
	service_deinit(&s);
	return false;
}

static int is_service(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), end = strlen(SUFFIX);

	return len > end && !strcmp(entry->d_name + len - end, SUFFIX);
}

static bool read_dir(struct services *all, const struct service_dir *dir,
		     bool system)
{
	struct dirent **entries;
	bool ok = true;
	char *file;
	int i, n;

	n = scandir(dir->path, &entries, is_service, alphasort);
	if (n < 0)
		return errno != ENOMEM;	/* few of them are there */
	for (i = 0; i < n; i++) {
		if (ok && asprintf(&file, "%s/%s", dir->path,
				   entries[i]->d_name) >= 0) {
			ok = read_one(all, file, dir, system);
			free(file);
		}
		free(entries[i]);
	}
	free(entries);
	return ok;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct service *)a)->name,
		      ((const struct service *)b)->name);
}

bool services_read(struct services *s, const struct service_dir *dirs,
		   size_t n_dirs, bool system)
{
	size_t i;

	*s = (struct services){};
	for (i = 0; i < n_dirs; i++) {
		if (!read_dir(s, &dirs[i], system)) {
			services_deinit(s);
			return false;
		}
	}
	if (s->n)
		qsort(s->list, s->n, sizeof(*s->list), by_name);
	return true;
}

void services_deinit(struct services *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		service_deinit(&s->list[i]);
	free(s->list);
	*s = (struct services){};
}

const struct service *services_find(const struct services *s, const char *name)
{
	const struct service key = { .name = (char *)name };

	if (!s->n)
		return NULL;
	return bsearch(&key, s->list, s->n, sizeof(key), by_name);
}
