// SPDX-License-Identifier: GPL-2.0-or-later
/* Which entries of the tables to show: the words after "show". */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/filter.h"

static const struct {
	const char *word;
	enum filter_key key;
} filter_words[] = {
	{ "bus", FILTER_BUS },	 { "dev", FILTER_BUS },
	{ "peer", FILTER_PEER }, { "name", FILTER_NAME },
	{ "user", FILTER_UID },	 { "uid", FILTER_UID },
	{ "pid", FILTER_PID },	 { "comm", FILTER_COMM },
	{ "rule", FILTER_RULE }, { "sort", FILTER_SORT },
};

static const char *const sort_words[] = {
	[SORT_RECEIVED] = "received", [SORT_SENT] = "sent",
	[SORT_QUEUED] = "queued",     [SORT_MATCHES] = "matches",
	[SORT_CALLS] = "calls",
};

static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && !*end && *number <= max;
}

/**
 * parse_peer_id() - the id of a peer from its unique name
 * @text: ":1.N", or N; the driver's is the name of the bus
 * @id: where to put it
 *
 * Return: whether it is one.
 */
bool parse_peer_id(const char *text, uint64_t *id)
{
	if (!strcmp(text, "org.freedesktop.DBus")) {
		*id = DBUSMON_ID_BUS;
		return true;
	}
	if (!strncmp(text, ":1.", 3))
		text += 3;
	return parse_number(text, UINT64_MAX - 1, id);
}

static int parse_user(const char *text, uint32_t *uid)
{
	const struct passwd *pw = getpwnam(text);
	uint64_t number;

	if (pw) {
		*uid = pw->pw_uid;
		return 0;
	}
	if (!parse_number(text, UINT32_MAX - 1, &number))
		return ctl_usage("there is no user \"%s\"", text);
	*uid = number;
	return 0;
}

static int parse_dev(const char *text, struct filter *filter)
{
	uint64_t number;

	if (strncmp(text, "dbus", 4) ||
	    !parse_number(text + 4, UINT32_MAX, &number))
		return ctl_usage("\"%s\" is not a tap device, as dbus0 or dbus1 are",
				 text);
	filter->bus = number;
	/* dbus0 shows every bus. */
	if (!number)
		filter->keys &= ~FILTER_BUS;
	return 0;
}

static int parse_sort(const char *text, enum sort_key *sort)
{
	size_t i;

	for (i = 0; i < sizeof(sort_words) / sizeof(*sort_words); i++) {
		if (!strcmp(text, sort_words[i])) {
			*sort = i;
			return 0;
		}
	}
	return ctl_usage("\"%s\" is nothing to sort by: received, sent, queued, matches or calls",
			 text);
}

static int parse_value(struct filter *filter, enum filter_key key,
		       const char *word, const char *value,
		       const struct bus_list *buses)
{
	const struct bus *bus;
	uint64_t number;

	filter->keys |= key;
	switch (key) {
	case FILTER_BUS:
		if (!strcmp(word, "dev"))
			return parse_dev(value, filter);
		bus = bus_find(buses, value);
		if (!bus)
			return ctl_usage("there is no bus \"%s\", or it is not yours to see",
					 value);
		filter->bus = bus->id;
		return 0;
	case FILTER_PEER:
		if (!parse_peer_id(value, &filter->peer))
			return ctl_usage("\"%s\" is not a peer, as :1.7 is", value);
		return 0;
	case FILTER_NAME:
		filter->name = value;
		return 0;
	case FILTER_UID:
		return parse_user(value, &filter->uid);
	case FILTER_PID:
		if (!parse_number(value, INT32_MAX, &number))
			return ctl_usage("\"%s\" is not a process number", value);
		filter->pid = number;
		return 0;
	case FILTER_COMM:
		filter->comm = value;
		return 0;
	case FILTER_RULE:
		if (!parse_number(value, UINT32_MAX, &number))
			return ctl_usage("\"%s\" is not the number of a rule",
					 value);
		filter->rule = number;
		return 0;
	case FILTER_SORT:
		return parse_sort(value, &filter->sort);
	}
	return 0;
}

/**
 * filter_parse() - read the words after "show"
 * @ctl: the run
 * @filter: where to put what they ask for
 * @args: the words; all are read
 * @keys: enum filter_key: what may be asked of this table
 * @bare: what a word means that is not a key
 * @buses: the buses that there are
 *
 * Return: 0, or an exit status, the error said.
 */
int filter_parse(struct ctl *ctl, struct filter *filter, struct args *args,
		 unsigned int keys, enum filter_key bare,
		 const struct bus_list *buses)
{
	const char *word, *value;
	enum filter_key key;
	size_t i;
	int ret;

	memset(filter, 0, sizeof(*filter));
	while ((word = args_next(args))) {
		key = 0;
		for (i = 0; i < sizeof(filter_words) / sizeof(*filter_words); i++)
			if (filter_words[i].key & keys &&
			    !strcmp(word, filter_words[i].word))
				key = filter_words[i].key;
		value = word;
		if (key) {
			value = args_next(args);
			if (!value)
				return ctl_usage("\"%s\" needs a value", word);
		} else if (!(filter->keys & bare)) {
			key = bare;
		} else {
			return ctl_usage("what is \"%s\"?", word);
		}
		ret = parse_value(filter, key, word, value, buses);
		if (ret)
			return ret;
	}
	return 0;
}
