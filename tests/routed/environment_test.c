// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file that dbus-routed keeps the environment of services in:
 *
 *   environment_test write DIR NAME VALUE...	as the first daemon
 *   environment_test read DIR			as the last one; what it finds
 *   environment_test more DIR TURN NAME VALUE...	as a next one, which sets more
 *   environment_test late DIR NAME VALUE...	as the first one, replaced by the
 *						second, which writes A=new
 *   environment_test again DIR NAME VALUE...	as the first one and the third,
 *						what it finds; the second sets A=new
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
#define FIRST	1
#define LAST	1000

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

/* As the driver whose turn it is */
static void read_back(uint32_t turn)
{
	assert(environment_set(&environment, "LANG", "older"));
	assert(environment_file_read(&file, turn, &environment));
}

static void show(void)
{
	size_t i;

	for (i = 0; i < environment.n; i++)
		puts(environment.vars[i]);
}

/* The second daemon, while the first one is there. */
static void second(const char *dir)
{
	struct environment_file f;
	struct environment e = {};

	assert(environment_file_init(&f, strdup(dir), GUID) &&
	       environment_file_read(&f, FIRST + 1, &e) &&
	       environment_file_set(&f, "A", "new"));
	environment_file_write(&f);
	environment_file_deinit(&f);
	environment_deinit(&e);
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
	read_back(LAST);
	assert(!strcmp(environment_get(&environment, "BIG"), text));
	assert(!strcmp(environment_get(&environment, "AFTER"), "1"));
	assert(file.changes.n == 2 && environment.n == 3);
	free(text);
}

/* What the first daemon does; false: nothing is called so. */
static bool first(const char *what, char **arg)
{
	if (!strcmp(what, "write")) {
		set(arg + 1);
	} else if (!strcmp(what, "late")) {
		second(*arg);
		set(arg + 1);
	} else if (!strcmp(what, "again")) {
		set(arg + 1);
		second(*arg);
		read_back(FIRST + 2);
		show();
	} else if (!strcmp(what, "twice")) {
		set((char *[]){ "A", "1", NULL });
		set((char *[]){ "A", "2", NULL });
		printf("%s\n", file.changed ? "unwritten" : "written");
	} else if (!strcmp(what, "large") && arg[1]) {
		large(*arg, strtoul(arg[1], NULL, 10));
	} else if (!strcmp(what, "remove")) {
		environment_file_remove(&file);
	} else {
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char *dir;

	if (!strcmp(what, "where")) {
		dir = environment_file_dir();
		puts(dir ? dir : "nowhere");
		free(dir);
		return 0;
	}
	if (argc < 3)
		return 2;
	begin(argv[2]);
	if (!strcmp(what, "read")) {
		read_back(LAST);
		show();
	} else if (!strcmp(what, "more") && argc > 3) {
		read_back(strtoul(argv[3], NULL, 10));
		set(argv + 4);
	} else {
		read_back(FIRST);
		if (!first(what, argv + 2))
			return 2;
	}
	end();
	return 0;
}
