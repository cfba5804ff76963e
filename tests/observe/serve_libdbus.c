// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * serve-libdbus ADDRESS: libdbus's own server, with one connection after the other,
 * answers each call with the string that it came with. Says "ready".
 */
#include <dbus/dbus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static DBusWatch *watch;
static DBusConnection *connection;

/* The only watch that a server on one socket has. */
static dbus_bool_t add_watch(DBusWatch *w, void *data)
{
	(void)data;
	watch = w;
	return TRUE;
}

static void remove_watch(DBusWatch *w, void *data)
{
	(void)w, (void)data;
}

static DBusHandlerResult on_message(DBusConnection *c, DBusMessage *m,
				    void *data)
{
	DBusMessage *reply;
	const char *text;

	(void)data;
	if (!dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &text,
				   DBUS_TYPE_INVALID))
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
	reply = dbus_message_new_method_return(m);
	dbus_message_append_args(reply, DBUS_TYPE_STRING, &text,
				 DBUS_TYPE_INVALID);
	dbus_connection_send(c, reply, NULL);
	dbus_message_unref(reply);
	return DBUS_HANDLER_RESULT_HANDLED;
}

static void on_connection(DBusServer *server, DBusConnection *c, void *data)
{
	(void)server, (void)data;
	connection = dbus_connection_ref(c);
	dbus_connection_add_filter(c, on_message, NULL, NULL);
}

static void serve_connection(void)
{
	while (dbus_connection_read_write_dispatch(connection, -1))
		;
	dbus_connection_unref(connection);
	connection = NULL;
}

int main(int argc, char **argv)
{
	DBusError error = DBUS_ERROR_INIT;
	DBusServer *server;

	server = dbus_server_listen(argc == 2 ? argv[1] : "", &error);
	if (!server) {
		fprintf(stderr, "serve-libdbus: %s\n", error.message);
		return 1;
	}
	dbus_server_set_new_connection_function(server, on_connection, NULL,
						NULL);
	dbus_server_set_watch_functions(server, add_watch, remove_watch, NULL,
					NULL, NULL);
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct pollfd p = { .fd = dbus_watch_get_unix_fd(watch),
				    .events = POLLIN };

		if (poll(&p, 1, -1) == 1)
			dbus_watch_handle(watch, DBUS_WATCH_READABLE);
		if (connection)
			serve_connection();
	}
}
