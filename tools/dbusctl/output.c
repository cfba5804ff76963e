// SPDX-License-Identifier: GPL-2.0-or-later
/* What the user sees: aligned columns, or JSON. */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "linux/dbus.h"
#include "tools/dbusctl/output.h"

/**
 * struct table_row - one row
 * @cell: its cells, as they are printed
 * @n_cells: how many are there
 * @notes: lines to stand below it, each with its newline; or NULL
 */
struct table_row {
	char *cell[TABLE_COLUMNS];
	size_t n_cells;
	char *notes;
};

/**
 * must_alloc() - end the program if memory ran out
 * @memory: what an allocation returned
 *
 * Return: @memory.
 */
void *must_alloc(void *memory)
{
	if (!memory) {
		fprintf(stderr, "Error: out of memory.\n");
		exit(2);
	}
	return memory;
}

/**
 * table_init() - begin a table
 * @table: the table
 * @titles: heads of the columns, then NULL
 */
void table_init(struct table *table, const char *const *titles)
{
	memset(table, 0, sizeof(*table));
	while (table->n_columns < TABLE_COLUMNS && titles[table->n_columns]) {
		table->title[table->n_columns] = titles[table->n_columns];
		table->n_columns++;
	}
}

/**
 * table_row() - begin a row
 * @table: the table
 */
void table_row(struct table *table)
{
	table->rows = must_alloc(reallocarray(table->rows, table->n_rows + 1,
					      sizeof(*table->rows)));
	memset(&table->rows[table->n_rows++], 0, sizeof(*table->rows));
}

/*
 * Names and rules come from whoever is on the bus: nothing in them may reach
 * the terminal as a control character.
 */
char *text_printable(const char *s)
{
	size_t len = strlen(s);
	char *out = must_alloc(malloc(4 * len + 1));
	char *at = out;
	mbstate_t state = { 0 };

	while (len) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, s, len, &state);

		if (n == (size_t)-1 || n == (size_t)-2 || n == 0 ||
		    !iswprint(wc)) {
			memset(&state, 0, sizeof(state));
			at += sprintf(at, "\\x%02x", (unsigned char)*s);
			n = 1;
		} else {
			memcpy(at, s, n);
			at += n;
		}
		s += n;
		len -= n;
	}
	*at = '\0';
	return out;
}

/* Columns on a terminal. */
static size_t width(const char *s)
{
	mbstate_t state = { 0 };
	size_t columns = 0;
	wchar_t wc;
	size_t n;

	while (*s) {
		n = mbrtowc(&wc, s, strlen(s), &state);
		if (n == (size_t)-1 || n == (size_t)-2)
			return columns + strlen(s);
		columns += wcwidth(wc) > 0 ? wcwidth(wc) : 0;
		s += n;
	}
	return columns;
}

/**
 * table_cell() - put the next cell into the row begun last
 * @table: the table
 * @fmt: printf format of its text; an empty cell shows as "-", so that
 *	columns can be counted
 */
void table_cell(struct table *table, const char *fmt, ...)
{
	struct table_row *row = &table->rows[table->n_rows - 1];
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	must_alloc(text);
	row->cell[row->n_cells++] = text_printable(*text ? text : "-");
	free(text);
}

/**
 * table_note() - put a line below the row begun last
 * @table: the table
 * @fmt: printf format of the line
 */
void table_note(struct table *table, const char *fmt, ...)
{
	struct table_row *row = &table->rows[table->n_rows - 1];
	char *text, *clean, *notes;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	clean = text_printable(must_alloc(text));
	if (asprintf(&notes, "%s    %s\n", row->notes ? row->notes : "",
		     clean) < 0)
		notes = NULL;
	must_alloc(notes);
	free(text);
	free(clean);
	free(row->notes);
	row->notes = notes;
}

static void print_cell(const struct table *table, size_t column,
		       const char *text, size_t columns)
{
	bool right = table->title[column][0] == '>';
	bool last = column + 1 == table->n_columns;
	int blanks = columns - width(text);

	if (right)
		printf("%*s%s", blanks, "", text);
	else
		printf("%s%*s", text, last ? 0 : blanks, "");
	fputs(last ? "\n" : "  ", stdout);
}

/**
 * table_print() - print a table and free what it holds
 * @table: the table; if it has no rows nothing is printed
 */
void table_print(struct table *table)
{
	size_t columns[TABLE_COLUMNS];
	size_t i, j;

	for (j = 0; j < table->n_columns; j++) {
		const char *title = table->title[j];

		columns[j] = strlen(title) - (*title == '>');
		for (i = 0; i < table->n_rows; i++) {
			size_t w = width(table->rows[i].cell[j]);

			if (w > columns[j])
				columns[j] = w;
		}
	}
	for (j = 0; j < table->n_columns && table->n_rows; j++)
		print_cell(table, j, table->title[j] + (*table->title[j] == '>'),
			   columns[j]);
	for (i = 0; i < table->n_rows; i++) {
		struct table_row *row = &table->rows[i];

		for (j = 0; j < table->n_columns; j++) {
			print_cell(table, j, row->cell[j], columns[j]);
			free(row->cell[j]);
		}
		if (row->notes)
			fputs(row->notes, stdout);
		free(row->notes);
	}
	free(table->rows);
	table->rows = NULL;
	table->n_rows = 0;
}

/**
 * text_user() - a user, by name if there is one
 * @uid: the user; ~0 if not known
 * @numeric: show the number
 *
 * Return: the text, to be freed.
 */
char *text_user(uint32_t uid, bool numeric)
{
	struct passwd *pw = NULL;
	char *text;

	if (uid == UINT32_MAX)
		return must_alloc(strdup(""));
	if (!numeric)
		pw = getpwuid(uid);
	if (pw)
		return must_alloc(strdup(pw->pw_name));
	if (asprintf(&text, "%u", uid) < 0)
		text = NULL;
	return must_alloc(text);
}

/**
 * text_peer() - the unique name of a peer
 * @id: its number
 *
 * Return: the text, to be freed.
 */
char *text_peer(uint64_t id)
{
	char *text;

	if (id == DBUSMON_ID_BUS)
		return must_alloc(strdup("org.freedesktop.DBus"));
	if (asprintf(&text, ":1.%llu", (unsigned long long)id) < 0)
		text = NULL;
	return must_alloc(text);
}

/* JSON is UTF-8, while the name of a process may be any octets. */
static char *valid_utf8(const char *s)
{
	char *out = must_alloc(malloc(3 * strlen(s) + 1));
	const unsigned char *in = (const unsigned char *)s;
	char *at = out;

	while (*in) {
		size_t n = 0, i;
		uint32_t c = *in;

		if (c < 0x80)
			n = 1;
		else if (c >= 0xc2 && c < 0xe0)
			n = 2;
		else if (c >= 0xe0 && c < 0xf0)
			n = 3;
		else if (c >= 0xf0 && c < 0xf5)
			n = 4;
		for (i = 1; i < n; i++)
			if ((in[i] & 0xc0) != 0x80)
				n = 0;
		/* Overlong forms, surrogates and what is above U+10FFFF. */
		if ((c == 0xe0 && n && in[1] < 0xa0) ||
		    (c == 0xed && n && in[1] > 0x9f) ||
		    (c == 0xf0 && n && in[1] < 0x90) ||
		    (c == 0xf4 && n && in[1] > 0x8f))
			n = 0;
		if (n) {
			memcpy(at, in, n);
			at += n;
			in += n;
		} else {
			memcpy(at, "\xef\xbf\xbd", 3);
			at += 3;
			in++;
		}
	}
	*at = '\0';
	return out;
}

/**
 * json_put_string() - put a string into an object
 * @object: the object
 * @key: its key
 * @value: the string; NULL: nothing is put
 */
void json_put_string(struct json_object *object, const char *key,
		     const char *value)
{
	char *clean;

	if (!value)
		return;
	clean = valid_utf8(value);
	json_object_object_add(object, key,
			       must_alloc(json_object_new_string(clean)));
	free(clean);
}

/**
 * json_put_u64() - put a number into an object
 * @object: the object
 * @key: its key
 * @value: the number
 */
void json_put_u64(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key,
			       must_alloc(json_object_new_uint64(value)));
}

/**
 * json_put_bool() - put a truth into an object
 * @object: the object
 * @key: its key
 * @value: the truth
 */
void json_put_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key,
			       must_alloc(json_object_new_boolean(value)));
}

/**
 * json_print() - print a value on a line of its own, and free it
 * @value: the value
 * @pretty: for people: on as many lines as it takes
 */
void json_print(struct json_object *value, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	flags |= pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED :
			  JSON_C_TO_STRING_PLAIN;
	puts(json_object_to_json_string_ext(value, flags));
	json_object_put(value);
}

/**
 * listing_begin() - begin to show something
 * @l: it, which listing_print() frees
 * @json: as JSON
 * @titles: of the table's columns, see table_init()
 */
void listing_begin(struct listing *l, bool json, const char *const *titles)
{
	table_init(&l->table, titles);
	l->array = json ? must_alloc(json_object_new_array()) : NULL;
}

/**
 * listing_print() - show it
 * @l: the listing
 * @pretty: JSON on many lines
 */
void listing_print(struct listing *l, bool pretty)
{
	if (l->array)
		json_print(l->array, pretty);
	else
		table_print(&l->table);
}
