// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ordinary D-Bus service, written with libdbus and knowing nothing of the
 * bus that it is on: it owns org.foo, and offers the interface org.foo at
 * /org/foo.
 *
 *	Greet(s name) -> s	a greeting; signal Greeted(s name) follows
 *	Fail() -> error		org.foo.Error.Refused
 *	Open() -> h		a file descriptor to read from
 *	Read(h) -> s		what can be read from a file descriptor
 *	Quit()			the service ends
 *	property Level: u	0 to 100; PropertiesChanged tells of changes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dbus/dbus.h>

#define FOO		"org.foo"
#define FOO_PATH	"/org/foo"

static const char introspection[] =
	DBUS_INTROSPECT_1_0_XML_DOCTYPE_DECL_NODE
	"<node>\n"
	" <interface name='org.foo'>\n"
	"  <method name='Greet'>\n"
	"   <arg name='name' type='s' direction='in'/>\n"
	"   <arg name='greeting' type='s' direction='out'/>\n"
	"  </method>\n"
	"  <method name='Fail'/>\n"
	"  <method name='Open'><arg name='file' type='h' direction='out'/></method>\n"
	"  <method name='Read'>\n"
	"   <arg name='file' type='h' direction='in'/>\n"
	"   <arg name='text' type='s' direction='out'/>\n"
	"  </method>\n"
	"  <method name='Quit'/>\n"
	"  <property name='Level' type='u' access='readwrite'/>\n"
	"  <signal name='Greeted'><arg name='name' type='s'/></signal>\n"
	" </interface>\n"
	"</node>\n";

static dbus_uint32_t level = 20;
static int quit;

static void must(int done)
{
	if (!done) {
		fputs("foo: out of memory\n", stderr);
		exit(1);
	}
}

static DBusMessage *reply_string(DBusMessage *call, const char *text)
{
	DBusMessage *reply = dbus_message_new_method_return(call);

	must(reply && dbus_message_append_args(reply, DBUS_TYPE_STRING, &text,
					       DBUS_TYPE_INVALID));
	return reply;
}

static DBusMessage *refuse(DBusMessage *call, const char *name,
			   const char *text)
{
	DBusMessage *reply = dbus_message_new_error(call, name, text);

	must(!!reply);
	return reply;
}

static void append_level(DBusMessageIter *to)
{
	DBusMessageIter variant;

	must(dbus_message_iter_open_container(to, DBUS_TYPE_VARIANT, "u",
					      &variant) &&
	     dbus_message_iter_append_basic(&variant, DBUS_TYPE_UINT32,
					    &level) &&
	     dbus_message_iter_close_container(to, &variant));
}

/* { "Level": <level> } */
static void append_properties(DBusMessageIter *to)
{
	DBusMessageIter dict, entry;
	const char *key = "Level";

	must(dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}",
					      &dict) &&
	     dbus_message_iter_open_container(&dict, DBUS_TYPE_DICT_ENTRY, NULL,
					      &entry) &&
	     dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key));
	append_level(&entry);
	must(dbus_message_iter_close_container(&dict, &entry) &&
	     dbus_message_iter_close_container(to, &dict));
}

static void emit_changed(DBusConnection *bus)
{
	DBusMessage *signal = dbus_message_new_signal(
		FOO_PATH, DBUS_INTERFACE_PROPERTIES, "PropertiesChanged");
	const char *interface = FOO;
	DBusMessageIter args, none;

	must(!!signal);
	dbus_message_iter_init_append(signal, &args);
	must(dbus_message_iter_append_basic(&args, DBUS_TYPE_STRING,
					    &interface));
	append_properties(&args);
	must(dbus_message_iter_open_container(&args, DBUS_TYPE_ARRAY, "s",
					      &none) &&
	     dbus_message_iter_close_container(&args, &none) &&
	     dbus_connection_send(bus, signal, NULL));
	dbus_message_unref(signal);
}

static DBusMessage *greet(DBusConnection *bus, DBusMessage *call)
{
	DBusMessage *signal, *reply;
	const char *name;
	char text[256];

	if (!dbus_message_get_args(call, NULL, DBUS_TYPE_STRING, &name,
				   DBUS_TYPE_INVALID))
		return refuse(call, DBUS_ERROR_INVALID_ARGS, "Greet whom?");
	snprintf(text, sizeof(text), "Hello, %.200s!", name);
	reply = reply_string(call, text);
	signal = dbus_message_new_signal(FOO_PATH, FOO, "Greeted");
	must(signal &&
	     dbus_message_append_args(signal, DBUS_TYPE_STRING, &name,
				      DBUS_TYPE_INVALID) &&
	     dbus_connection_send(bus, signal, NULL));
	dbus_message_unref(signal);
	return reply;
}

static DBusMessage *open_pipe(DBusMessage *call)
{
	static const char text[] = "from the other end of a pipe\n";
	DBusMessage *reply;
	int fds[2];

	if (pipe(fds) < 0)
		return refuse(call, DBUS_ERROR_FAILED, "No pipe");
	if (write(fds[1], text, sizeof(text) - 1) < 0)
		perror("foo: pipe");
	reply = dbus_message_new_method_return(call);
	must(reply && dbus_message_append_args(reply, DBUS_TYPE_UNIX_FD, fds,
					       DBUS_TYPE_INVALID));
	close(fds[0]);
	close(fds[1]);
	return reply;
}

static DBusMessage *read_file(DBusMessage *call)
{
	char text[256];
	ssize_t n;
	int fd;

	if (!dbus_message_get_args(call, NULL, DBUS_TYPE_UNIX_FD, &fd,
				   DBUS_TYPE_INVALID))
		return refuse(call, DBUS_ERROR_INVALID_ARGS, "Read what?");
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return refuse(call, DBUS_ERROR_FAILED, "It cannot be read");
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (!dbus_validate_utf8(text, NULL))
		return refuse(call, DBUS_ERROR_FAILED, "It is no text");
	return reply_string(call, text);
}

static DBusMessage *set_property(DBusConnection *bus, DBusMessage *call)
{
	DBusMessageIter args, variant;
	const char *interface, *property;
	DBusMessage *reply;

	if (!dbus_message_has_signature(call, "ssv"))
		return refuse(call, DBUS_ERROR_INVALID_ARGS, "Set what?");
	dbus_message_iter_init(call, &args);
	dbus_message_iter_get_basic(&args, &interface);
	dbus_message_iter_next(&args);
	dbus_message_iter_get_basic(&args, &property);
	dbus_message_iter_next(&args);
	dbus_message_iter_recurse(&args, &variant);
	if (strcmp(property, "Level"))
		return refuse(call, DBUS_ERROR_UNKNOWN_PROPERTY,
			      "There is only Level");
	if (dbus_message_iter_get_arg_type(&variant) != DBUS_TYPE_UINT32)
		return refuse(call, DBUS_ERROR_INVALID_ARGS,
			      "Level is of type u");
	dbus_message_iter_get_basic(&variant, &level);
	reply = dbus_message_new_method_return(call);
	must(!!reply);
	emit_changed(bus);
	return reply;
}

static DBusMessage *get_property(DBusMessage *call)
{
	DBusMessage *reply = dbus_message_new_method_return(call);
	DBusMessageIter args;

	must(!!reply);
	dbus_message_iter_init_append(reply, &args);
	if (dbus_message_is_method_call(call, DBUS_INTERFACE_PROPERTIES,
					"GetAll"))
		append_properties(&args);
	else
		append_level(&args);
	return reply;
}

static DBusMessage *answer(DBusConnection *bus, DBusMessage *call)
{
	const char *member = dbus_message_get_member(call);

	if (dbus_message_is_method_call(call, DBUS_INTERFACE_INTROSPECTABLE,
					"Introspect"))
		return reply_string(call, introspection);
	if (dbus_message_has_interface(call, DBUS_INTERFACE_PROPERTIES))
		return strcmp(member, "Set") ? get_property(call) :
					       set_property(bus, call);
	if (!strcmp(member, "Greet"))
		return greet(bus, call);
	if (!strcmp(member, "Fail"))
		return refuse(call, "org.foo.Error.Refused", "Not today");
	if (!strcmp(member, "Open"))
		return open_pipe(call);
	if (!strcmp(member, "Read"))
		return read_file(call);
	if (!strcmp(member, "Quit")) {
		quit = 1;
		return dbus_message_new_method_return(call);
	}
	return refuse(call, DBUS_ERROR_UNKNOWN_METHOD, "There is no such method");
}

static DBusHandlerResult serve(DBusConnection *bus, DBusMessage *message,
			       void *data)
{
	DBusMessage *reply;

	if (dbus_message_get_type(message) != DBUS_MESSAGE_TYPE_METHOD_CALL)
		return DBUS_HANDLER_RESULT_HANDLED;
	reply = answer(bus, message);
	must(!!reply);
	if (!dbus_message_get_no_reply(message))
		must(dbus_connection_send(bus, reply, NULL));
	dbus_message_unref(reply);
	return DBUS_HANDLER_RESULT_HANDLED;
}

int main(void)
{
	static const DBusObjectPathVTable object = { .message_function = serve };
	DBusError error = DBUS_ERROR_INIT;
	DBusConnection *bus;

	bus = dbus_bus_get(DBUS_BUS_SESSION, &error);
	if (!bus) {
		fprintf(stderr, "foo: %s\n", error.message);
		return 1;
	}
	must(dbus_connection_register_fallback(bus, "/", &object, NULL));
	if (dbus_bus_request_name(bus, FOO, DBUS_NAME_FLAG_DO_NOT_QUEUE,
				  &error) != DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER) {
		fprintf(stderr, "foo: cannot own %s: %s\n", FOO,
			error.message ? error.message : "somebody else does");
		return 1;
	}
	while (!quit && dbus_connection_read_write_dispatch(bus, -1))
		;
	dbus_connection_flush(bus);
	return 0;
}
