// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The calls that dbus-routed answers, over its own connection to the bus, with
 * this program in the kernel's place: what goes in is a message as the kernel
 * would route it, what comes out is held against what dbus-daemon answers.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <dbus/dbus.h>

#include "tests/routed/fake_kernel.h"
#include "tools/dbus-routed/channel.h"
#include "tools/dbus-routed/driver.h"
#include "tools/dbus-routed/introspect.h"
#include "tools/dbus-routed/kernel.h"

#define BUS	DBUS_INTERFACE_DBUS
#define PROPS	DBUS_INTERFACE_PROPERTIES
#define STATS "org.freedesktop.DBus.Debug.Stats"
#define PEER	DBUS_INTERFACE_PEER
#define INTRO	DBUS_INTERFACE_INTROSPECTABLE
#define AT	DBUS_PATH_DBUS
#define ERR	"org.freedesktop.DBus.Error."

static struct kernel kernel;
static const char *reload_fails;

static bool reload(void *ctx, char **why)
{
	if (!reload_fails)
		return true;
	*why = strdup(reload_fails);
	return false;
}

static struct driver driver = { .kernel = &kernel, .reload = reload };
static struct channel channel;
static int kernel_end, loop;

/* --- Both ends of the connection ------------------------------------------ */

static DBusMessage *read_message(void)
{
	static char buf[1 << 20];
	static int len;
	int need, turns = 0;
	DBusMessage *m;
	ssize_t n;

	for (;;) {
		need = dbus_message_demarshal_bytes_needed(buf, len);
		assert(need >= 0);
		if (need && need <= len)
			break;
		n = recv(kernel_end, buf + len, sizeof(buf) - len,
			 MSG_DONTWAIT);
		if (n > 0)
			len += n;
		else if (channel.lost || ++turns > 100 ||
			 loop_run_once(loop, 100))
			return NULL;
	}
	m = dbus_message_demarshal(buf, need, NULL);
	assert(m);
	len -= need;
	memmove(buf, buf + need, len);
	return m;
}

/* Sends the message in pieces of @piece octets. */
static void write_message(DBusMessage *m, const char *sender, int piece)
{
	static uint32_t serial = 1;
	char *data;
	int len, pos, n;

	dbus_message_set_serial(m, serial++);
	dbus_message_set_sender(m, sender);
	assert(dbus_message_marshal(m, &data, &len));
	for (pos = 0; pos < len; pos += n) {
		n = len - pos < piece ? len - pos : piece;
		n = send(kernel_end, data + pos, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			n = 0;
		assert(!loop_run_once(loop, 0));
	}
	dbus_free(data);
	dbus_message_unref(m);
}

/* --- A message in words ---------------------------------------------------- */

static void print_value(FILE *f, DBusMessageIter *i)
{
	int type = dbus_message_iter_get_arg_type(i);
	DBusBasicValue v;
	DBusMessageIter sub;
	const char *sep = "";

	if (dbus_type_is_basic(type)) {
		dbus_message_iter_get_basic(i, &v);
		if (type == DBUS_TYPE_STRING)
			fprintf(f, "'%s'", v.str);
		else if (type == DBUS_TYPE_BYTE)
			fprintf(f, "%02x", v.byt);
		else
			fprintf(f, "%u", v.u32);
		return;
	}
	dbus_message_iter_recurse(i, &sub);
	fprintf(f, type == DBUS_TYPE_ARRAY ? "[" : type == DBUS_TYPE_VARIANT ?
		"<" : "");
	for (; dbus_message_iter_get_arg_type(&sub); sep = type == 'e' ? ": " :
		     " ", dbus_message_iter_next(&sub)) {
		fputs(sep, f);
		print_value(f, &sub);
	}
	fprintf(f, type == DBUS_TYPE_ARRAY ? "]" : type == DBUS_TYPE_VARIANT ?
		">" : "");
}

/* "signature values", or "error text"; to be freed. */
static char *in_words(DBusMessage *m)
{
	DBusMessageIter i;
	char *words;
	size_t len;
	FILE *f = open_memstream(&words, &len);

	if (dbus_message_get_type(m) == DBUS_MESSAGE_TYPE_ERROR)
		fprintf(f, "%s", dbus_message_get_error_name(m));
	else
		fprintf(f, "%s", dbus_message_get_signature(m));
	if (dbus_message_iter_init(m, &i)) {
		do {
			fputc(' ', f);
			print_value(f, &i);
		} while (dbus_message_iter_next(&i));
	}
	fclose(f);
	return words;
}

/* --- The table ------------------------------------------------------------- */

/**
 * struct step - a call and its answer
 * @args: their types: s u, e: a{ss} of two strings, v: variant of a string
 * @arg: the strings; a u is 0
 */
struct step {
	const char *interface;
	const char *member;
	const char *path;
	const char *args;
	const char *arg[3];
	const char *answer;
	const char *sender;
};

#define CREDS_7 "a{sv} ['UnixUserID': <%u> 'UnixGroupIDs': <[4 27 1000]> " \
		"'ProcessID': <4242> 'LinuxSecurityLabel': " \
		"<[75 6e 63 6f 6e 66 69 6e 65 64 00]>]"
#define NO_NAME(what, name) ERR "NameHasNoOwner 'Could not get " what \
		" of name '" name "': no such name'"

static const struct step steps[] = {
	{ BUS, "GetConnectionCredentials", AT, "s", { ":1.7" }, CREDS_7 },
	{ BUS, "GetConnectionCredentials", "/x", "s", { "com.example.Owned" },
	  CREDS_7 },
	{ BUS, "GetConnectionCredentials", AT, "s", { ":1.8" },
	  "a{sv} ['UnixUserID': <4711> 'ProcessID': <4242>]" },
	{ BUS, "GetConnectionCredentials", AT, "s", { "no.such.Name" },
	  NO_NAME("credentials", "no.such.Name") },
	{ BUS, "GetConnectionCredentials", AT, "s", { ":1.9999" },
	  NO_NAME("credentials", ":1.9999") },
	{ BUS, "GetConnectionCredentials", AT, "s", { ":1.07" },
	  NO_NAME("credentials", ":1.07") },
	{ BUS, "GetConnectionCredentials", AT, "s",
	  { ":1.18446744073709551623" },	/* 2^64 + 7 */
	  NO_NAME("credentials", ":1.18446744073709551623") },
	{ BUS, "GetConnectionCredentials", AT, "s", { ":1.7x" },
	  NO_NAME("credentials", ":1.7x") },
	{ BUS, "GetConnectionCredentials", AT, "s", { ":1.-7" },
	  NO_NAME("credentials", ":1.-7") },
	{ BUS, "GetConnectionCredentials", AT, "s", { ":7" },
	  NO_NAME("credentials", ":7") },
	{ BUS, "GetConnectionCredentials", AT, "s", { "" },
	  NO_NAME("credentials", "") },
	{ BUS, "GetConnectionCredentials", AT, "s", { "bad name" },
	  NO_NAME("credentials", "bad name") },
	{ BUS, "GetConnectionCredentials", AT, "s", { ":1.9" },
	  ERR "Failed 'Could not get credentials of name ':1.9': asking for a "
	  "peer: broken'" },
	{ BUS, "GetConnectionCredentials", AT, "", {},
	  ERR "InvalidArgs 'Call to GetConnectionCredentials has wrong args "
	  "(, expected s)'" },
	{ BUS, "GetAdtAuditSessionData", AT, "s", { ":1.7" },
	  ERR "AdtAuditDataUnknown 'Could not determine audit session data for "
	  "':1.7''" },
	{ BUS, "GetAdtAuditSessionData", AT, "s", { ":1.9999" },
	  NO_NAME("audit session data", ":1.9999") },
	{ BUS, "GetConnectionSELinuxSecurityContext", AT, "s", { ":1.7" },
	  ERR "SELinuxSecurityContextUnknown 'Could not determine security "
	  "context for ':1.7''" },
	{ BUS, "GetConnectionSELinuxSecurityContext", AT, "s",
	  { "no.such.Name" }, NO_NAME("security context", "no.such.Name") },

	{ STATS, "GetStats", AT, "", {},
	  "a{sv} ['Serial': <0> 'ActiveConnections': <3> "
	  "'IncompleteConnections': <0> 'MatchRules': <4> 'BusNames': <1> "
	  "'PendingReplies': <0> 'OutgoingBytes': <0>]" },
	{ STATS, "GetConnectionStats", AT, "s", { "com.example.Owned" },
	  "a{sv} ['Serial': <0> 'MatchRules': <0> 'BusNames': <1> "
	  "'UniqueName': <':1.7'> 'PendingReplies': <0> "
	  "'IncomingMessages': <0> 'IncomingBytes': <0> "
	  "'OutgoingMessages': <0> 'OutgoingBytes': <7>]" },
	{ STATS, "GetConnectionStats", AT, "s", { ":1.1000" },
	  NO_NAME("statistics", ":1.1000") },
	{ STATS, "GetAllMatchRules", AT, "", {},
	  "a{sas} [':1.7': ['type='signal'' 'type='signal'' ''] "
	  "':1.8': ['member='M'']]" },
	{ STATS, "GetStats", "/x", "", {},
	  ERR "UnknownInterface 'org.freedesktop.DBus does not understand "
	  "message GetStats'" },

	{ BUS, "ListActivatableNames", "/x", "", {},
	  "as ['org.freedesktop.DBus']" },
	{ NULL, "ListActivatableNames", AT, "", {},
	  "as ['org.freedesktop.DBus']" },
	{ BUS, "StartServiceByName", AT, "s", { "no.such.Name" },
	  ERR "InvalidArgs 'Call to StartServiceByName has wrong args (s, "
	  "expected su)'" },

	{ BUS, "UpdateActivationEnvironment", AT, "e", { "LANG", "C" }, "" },
	{ BUS, "UpdateActivationEnvironment", AT, "e", { "A=B", "C" },
	  ERR "InvalidArgs '\"A=B\" cannot be the name of an environment "
	  "variable'" },
	{ BUS, "UpdateActivationEnvironment", "/x", "e", { "LANG", "de" },
	  ERR "AccessDenied 'Method 'UpdateActivationEnvironment' is only "
	  "available at the canonical object path '/org/freedesktop/DBus''" },
	{ BUS, "UpdateActivationEnvironment", AT, "e", { "LANG", "fr" },
	  ERR "AccessDenied 'rejected attempt to call "
	  "UpdateActivationEnvironment by connection :1.8 with uid 4711'",
	  ":1.8" },
	{ BUS, "UpdateActivationEnvironment", AT, "e", { "LANG", "fr" },
	  ERR "AccessDenied 'rejected attempt to call "
	  "UpdateActivationEnvironment: the caller is gone'", ":1.9999" },
	{ BUS, "UpdateActivationEnvironment", AT, "s", { "x" },
	  ERR "InvalidArgs 'Call to UpdateActivationEnvironment has wrong args "
	  "(s, expected a{ss})'" },
	{ BUS, "ReloadConfig", "/x", "", {}, "" },

	{ PROPS, "Get", AT, "ss", { BUS, "Features" }, "v <['ActivatableServicesChanged' 'HeaderFiltering']>" },
	{ PROPS, "Get", AT, "ss", { BUS, "Interfaces" },
	  "v <['org.freedesktop.DBus.Monitoring' "
	  "'org.freedesktop.DBus.Debug.Stats']>" },
	{ NULL, "Get", AT, "ss", { BUS, "Features" }, "v <['ActivatableServicesChanged' 'HeaderFiltering']>" },
	{ PROPS, "Get", AT, "ss", { BUS, "Bogus" },
	  ERR "UnknownProperty 'Property \"" BUS ".Bogus\" not found'" },
	{ PROPS, "Get", AT, "ss", { PROPS, "Features" },
	  ERR "UnknownProperty 'Property \"" PROPS ".Features\" not found'" },
	{ PROPS, "Get", AT, "ss", { "org.bogus", "Features" },
	  ERR "UnknownInterface 'Interface \"org.bogus\" not found'" },
	{ PROPS, "Get", AT, "ss", { "", "Features" },
	  ERR "UnknownInterface 'Interface \"\" not found'" },
	{ PROPS, "Get", "/x", "ss", { BUS, "Features" },
	  ERR "UnknownInterface 'org.freedesktop.DBus does not understand "
	  "message Get'" },
	{ PROPS, "Get", AT, "s", { BUS },
	  ERR "InvalidArgs 'Call to Get has wrong args (s, expected ss)'" },
	{ PROPS, "GetAll", AT, "s", { BUS },
	  "a{sv} ['Features': <['ActivatableServicesChanged' 'HeaderFiltering']> 'Interfaces': "
	  "<['org.freedesktop.DBus.Monitoring' "
	  "'org.freedesktop.DBus.Debug.Stats']>]" },
	{ PROPS, "GetAll", AT, "s", { PEER }, "a{sv} []" },
	{ PROPS, "GetAll", AT, "s", { "org.bogus" },
	  ERR "UnknownInterface 'Interface \"org.bogus\" not found'" },
	{ PROPS, "Set", AT, "ssv", { BUS, "Features", "x" },
	  ERR "PropertyReadOnly 'Property '" BUS ".Features' cannot be set'" },
	{ PROPS, "Set", AT, "ssv", { BUS, "Bogus", "x" },
	  ERR "UnknownProperty 'Property \"" BUS ".Bogus\" not found'" },

	{ BUS, "Bogus", AT, "", {}, ERR "UnknownMethod 'org.freedesktop.DBus "
	  "does not understand message Bogus'" },
	{ NULL, "Bogus", AT, "", {}, ERR "UnknownMethod 'org.freedesktop.DBus "
	  "does not understand message Bogus'" },
	{ PEER, "Bogus", "/x", "", {}, ERR "UnknownMethod 'org.freedesktop.DBus "
	  "does not understand message Bogus'" },
	{ "org.bogus", "Get", AT, "", {}, ERR "UnknownInterface "
	  "'org.freedesktop.DBus does not understand message Get'" },
	{ INTRO, "Introspect", AT, "s", { "x" }, ERR "InvalidArgs 'Call to "
	  "Introspect has wrong args (s, expected )'" },
	{ PEER, "GetMachineId", AT, "s", { "x" }, ERR "InvalidArgs 'Call to "
	  "GetMachineId has wrong args (s, expected )'" },
};

static DBusMessage *make_call(const struct step *t)
{
	DBusMessage *m = dbus_message_new_method_call(DBUS_SERVICE_DBUS,
						      t->path, t->interface,
						      t->member);
	DBusMessageIter i, sub, entry;
	const char *const *arg = t->arg;
	const dbus_uint32_t zero = 0;
	const char *p;

	dbus_message_iter_init_append(m, &i);
	for (p = t->args; *p; p++) {
		switch (*p) {
		case 's':
			dbus_message_iter_append_basic(&i, 's', arg++);
			break;
		case 'u':
			dbus_message_iter_append_basic(&i, 'u', &zero);
			break;
		case 'v':
			dbus_message_iter_open_container(&i, 'v', "s", &sub);
			dbus_message_iter_append_basic(&sub, 's', arg++);
			dbus_message_iter_close_container(&i, &sub);
			break;
		case 'e':
			dbus_message_iter_open_container(&i, 'a', "{ss}", &sub);
			dbus_message_iter_open_container(&sub, 'e', NULL,
							 &entry);
			dbus_message_iter_append_basic(&entry, 's', arg++);
			dbus_message_iter_append_basic(&entry, 's', arg++);
			dbus_message_iter_close_container(&sub, &entry);
			dbus_message_iter_close_container(&i, &sub);
			break;
		}
	}
	return m;
}

static void run(const struct step *t, int piece)
{
	const char *sender = t->sender ? t->sender : ":1.7";
	DBusMessage *call = make_call(t), *reply;
	char expected[1024];
	char *words;

	driver.stats_serial = 0;
	dbus_message_ref(call);
	write_message(call, sender, piece);
	reply = read_message();
	assert(reply);
	assert(dbus_message_get_reply_serial(reply) ==
	       dbus_message_get_serial(call));
	assert(dbus_message_has_destination(reply, sender));
	words = in_words(reply);
	snprintf(expected, sizeof(expected), t->answer, geteuid());
	if (strcmp(words, expected) != 0) {
		printf("%s.%s at %s:\n     got %s\nexpected %s\n", t->interface,
		       t->member, t->path, words, expected);
		exit(1);
	}
	free(words);
	dbus_message_unref(reply);
	dbus_message_unref(call);
}

/* The kernel is asked for a peer once, and for the caller if it is another. */
static void peer_asks(void)
{
	static const struct {
		struct step step;
		unsigned int asks;
	} cases[] = {
		{ { BUS, "GetConnectionCredentials", AT, "s", { ":1.7" },
		    CREDS_7 }, 1 },
		{ { BUS, "GetConnectionCredentials", AT, "s",
		    { "com.example.Owned" }, CREDS_7 }, 1 },
		{ { BUS, "GetConnectionCredentials", AT, "s", { ":1.7" },
		    CREDS_7, ":1.8" }, 2 },
		{ { BUS, "GetConnectionCredentials", AT, "s", { ":1.8" },
		    "a{sv} ['UnixUserID': <4711> 'ProcessID': <4242>]" }, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_peer_asks = 0;
		run(&cases[i].step, 100000);
		assert(fake_peer_asks == cases[i].asks);
	}
}

static void table(void)
{
	static const int pieces[] = { 1, 7, 16, 17, 100000 };
	size_t i, p;

	for (p = 0; p < sizeof(pieces) / sizeof(*pieces); p++)
		for (i = 0; i < sizeof(steps) / sizeof(*steps); i++)
			run(&steps[i], pieces[p]);
	printf("%zu calls\n", i * p);
	/* what was refused changed nothing */
	assert(!strcmp(environment_get(&driver.environment, "LANG"), "C"));
	assert(driver.environment.n == 1);
}

static DBusMessage *ask(DBusMessage *m)
{
	write_message(m, ":1.7", 4096);
	return read_message();
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part);
}

static void introspection(void)
{
	static const char *const paths[] = { AT, "/", "/org", "/x", NULL };
	const char *const *path;
	DBusMessage *reply;
	const char *xml;
	bool at, off;

	for (path = paths; *path; path++) {
		at = !strcmp(*path, AT);
		off = !strcmp(*path, "/x");
		reply = ask(dbus_message_new_method_call(DBUS_SERVICE_DBUS,
				*path, INTRO, "Introspect"));
		assert(dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING,
					     &xml, DBUS_TYPE_INVALID));
		/* properties are at the bus's own path only */
		assert(has(xml, "\"" PROPS "\"") == at);
		assert(has(xml, "<node name") == (!at && !off));
		assert(strstr(xml, "<method name=\"GetConnectionCredentials\">"));
		dbus_message_unref(reply);
	}
}

static void special(void)
{
	DBusMessage *m, *reply;
	char *words;

	/* no reply wanted: there is one all the same, for the kernel */
	m = dbus_message_new_method_call(DBUS_SERVICE_DBUS, AT, BUS, "Bogus");
	dbus_message_set_no_reply(m, TRUE);
	reply = ask(m);
	assert(dbus_message_is_error(reply, DBUS_ERROR_UNKNOWN_METHOD));
	dbus_message_unref(reply);
	/* no call at all: the next reply is the next call's */
	write_message(dbus_message_new_signal(AT, BUS, "Bogus"), ":1.7", 4096);
	driver.helper = true;
	reply = ask(make_call(&(struct step){ BUS,
		"UpdateActivationEnvironment", AT, "e", { "A", "B" } }));
	driver.helper = false;
	assert(dbus_message_is_error(reply, DBUS_ERROR_ACCESS_DENIED));
	dbus_message_unref(reply);

	reload_fails = "Error in file \xe2\x80\x9cx\xe2\x80\x9d, line 1";
	reply = ask(dbus_message_new_method_call(DBUS_SERVICE_DBUS, AT, BUS,
						 "ReloadConfig"));
	words = in_words(reply);
	assert(!strcmp(words, ERR "Failed 'Error in file \xe2\x80\x9cx\xe2\x80"
		       "\x9d, line 1'"));
	free(words);
	dbus_message_unref(reply);

	reply = ask(dbus_message_new_method_call(DBUS_SERVICE_DBUS, AT, PEER,
						 "GetMachineId"));
	words = in_words(reply);
	assert(strlen(words) == strlen("s ''") + 32 || strstr(words, ERR));
	free(words);
	dbus_message_unref(reply);
}

/*
 * A long name in an error's text is cut, and never inside a letter (libdbus
 * would end the process).
 */
static void long_texts(void)
{
	static char name[100000];
	struct step t = { PROPS, "Get", AT, "ss", { name, "x" } };
	DBusMessage *reply;
	size_t i, shift;

	for (shift = 0; shift < 4; shift++) {
		memset(name, 'a', shift);
		for (i = shift; i < sizeof(name) - 4; i += 3)
			memcpy(name + i, "\xe2\x82\xac", 3);
		name[i] = '\0';
		reply = ask(make_call(&t));
		assert(dbus_message_is_error(reply,
					     DBUS_ERROR_UNKNOWN_INTERFACE));
		dbus_message_unref(reply);
	}
}

/*
 * What libdbus can't read: here a text that is none, which a kernel would not let
 * pass. It is refused, and the next call is answered as ever.
 */
static void unreadable(void)
{
	DBusMessage *m = make_call(&(struct step){ PROPS, "Get", AT, "ss",
						   { BUS, "x" } });
	DBusMessage *reply;
	char *data;
	int len;

	dbus_message_set_serial(m, 77);
	dbus_message_set_sender(m, ":1.7");
	assert(dbus_message_marshal(m, &data, &len));
	data[len - 2] = '\xff';
	assert(send(kernel_end, data, len, MSG_NOSIGNAL) == len);
	reply = read_message();
	assert(dbus_message_is_error(reply, DBUS_ERROR_INVALID_ARGS));
	assert(dbus_message_get_reply_serial(reply) == 77);
	assert(dbus_message_has_destination(reply, ":1.7"));
	dbus_message_unref(reply);

	/* a signal has no answer */
	data[1] = DBUS_MESSAGE_TYPE_SIGNAL;
	assert(send(kernel_end, data, len, MSG_NOSIGNAL) == len);
	reply = ask(dbus_message_new_method_call(DBUS_SERVICE_DBUS, AT,
			DBUS_INTERFACE_INTROSPECTABLE, "Introspect"));
	assert(dbus_message_get_type(reply) ==
	       DBUS_MESSAGE_TYPE_METHOD_RETURN);
	dbus_message_unref(reply);
	dbus_free(data);
	dbus_message_unref(m);
}

/* Large arguments come through, and the buffers go back to a small size. */
static void large(void)
{
	size_t len = 8 << 20;
	char *text = malloc(len + 1);
	struct step t = { BUS, "UpdateActivationEnvironment", AT, "e",
			  { "BIG", text } };
	DBusMessage *reply;

	memset(text, 'x', len);
	text[len] = '\0';
	reply = ask(make_call(&t));
	assert(dbus_message_get_type(reply) ==
	       DBUS_MESSAGE_TYPE_METHOD_RETURN);
	assert(!strcmp(environment_get(&driver.environment, "BIG"), text));
	assert(channel.in_room < len);
	dbus_message_unref(reply);
	free(text);
}

/* The kernel hung up: noticed, after what it had said was answered. */
static void hang_up(void)
{
	assert(!channel.lost);
	shutdown(kernel_end, SHUT_RDWR);
	assert(!loop_run_once(loop, 1000));
	assert(channel.lost);
}

int main(void)
{
	int fds[2];

	assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	assert(!loop_init(&loop));
	assert(!channel_init(&channel, loop, fds[0], &driver));
	kernel_end = fds[1];
	table();
	peer_asks();
	introspection();
	special();
	long_texts();
	unreadable();
	large();
	hang_up();
	channel_deinit(&channel);
	environment_deinit(&driver.environment);
	close(kernel_end);
	return 0;
}
