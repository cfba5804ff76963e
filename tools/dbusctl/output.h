/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user sees: aligned columns, or JSON. */
#ifndef DBUSCTL_OUTPUT_H
#define DBUSCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#define TABLE_COLUMNS	10

/**
 * struct table - rows of text, aligned when all are there
 * @title: heads of the columns; one that begins with '>' is of numbers, set
 *	to the right
 * @n_columns: how many
 * @rows: the rows
 * @n_rows: how many
 */
struct table {
	const char *title[TABLE_COLUMNS];
	size_t n_columns;
	struct table_row *rows;
	size_t n_rows;
};

void table_init(struct table *table, const char *const *titles);
void table_row(struct table *table);
void table_cell(struct table *table, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void table_note(struct table *table, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void table_print(struct table *table);

/**
 * struct listing - what a command shows: a table, or as JSON an array
 * @table: rows, if there is no @array
 * @array: objects
 */
struct listing {
	struct table table;
	struct json_object *array;
};

void listing_begin(struct listing *l, bool json, const char *const *titles);
void listing_print(struct listing *l, bool pretty);

char *text_printable(const char *s);
char *text_user(uint32_t uid, bool numeric);
char *text_peer(uint64_t id);

void json_put_string(struct json_object *object, const char *key,
		     const char *value);
void json_put_u64(struct json_object *object, const char *key, uint64_t value);
void json_put_bool(struct json_object *object, const char *key, bool value);
void json_print(struct json_object *value, bool pretty);

void *must_alloc(void *memory);

#endif
