// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file that dbus-routed keeps the environment of services in:
 *
 *   environment_test write DIR NAME VALUE...	as the first daemon
 *   environment_test read DIR			as the next one; what it finds
 *   environment_test more DIR NAME VALUE...	as the next one, which sets more
 *   environment_test twice DIR			writes twice, and what comes of it
 *   environment_test large DIR N		N octets go there and back
 *   environment_test remove DIR
 *   environment_test where			the directory
 *
 * DIR may be -: none.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbus-routed/environment_file.h"

#define GUID	"0123456789abcdef0123456789abcdef"

static struct environment_file file;
static struct environment environment;

static void begin(const char *dir)
{
	assert(environment_file_init(&file, strcmp(dir, "-") ? strdup(dir) :
				     NULL, GUID));
}

static void end(void)
{
	environment_file_deinit(&file);
	environment_deinit(&environment);
}

static void set(char **arg)
{
	for (; *arg; arg += 2) {
		assert(arg[1]);
		assert(environment_file_set(&file, arg[0], arg[1]));
	}
	environment_file_write(&file);
}

static void read_back(void)
{
	assert(environment_set(&environment, "LANG", "older"));
	assert(environment_file_read(&file, &environment));
}

static void large(const char *dir, size_t len)
{
	char *text = malloc(len + 1);

	assert(text);
	memset(text, 'x', len);
	text[len] = '\0';
	set((char *[]){ "BIG", text, "AFTER", "1", NULL });
	end();
	begin(dir);
	read_back();
	assert(!strcmp(environment_get(&environment, "BIG"), text));
	assert(!strcmp(environment_get(&environment, "AFTER"), "1"));
	assert(file.changes.n == 2 && environment.n == 3);
	free(text);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char *dir;
	size_t i;

	if (!strcmp(what, "where")) {
		dir = environment_file_dir();
		puts(dir ? dir : "nowhere");
		free(dir);
		return 0;
	}
	if (argc < 3)
		return 2;
	begin(argv[2]);
	if (!strcmp(what, "write")) {
		set(argv + 3);
	} else if (!strcmp(what, "more")) {
		read_back();
		set(argv + 3);
	} else if (!strcmp(what, "read")) {
		read_back();
		for (i = 0; i < environment.n; i++)
			puts(environment.vars[i]);
	} else if (!strcmp(what, "twice")) {
		set((char *[]){ "A", "1", NULL });
		set((char *[]){ "A", "2", NULL });
		printf("%s\n", file.changed ? "unwritten" : "written");
	} else if (!strcmp(what, "large") && argc > 3) {
		large(argv[2], strtoul(argv[3], NULL, 10));
	} else if (!strcmp(what, "remove")) {
		environment_file_remove(&file);
	} else {
		return 2;
	}
	end();
	return 0;
}
