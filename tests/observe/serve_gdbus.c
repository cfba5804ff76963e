// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * serve-gdbus ADDRESS: a GDBusServer whose every connection answers each call with
 * the string that it came with. Says "ready".
 */
#include <gio/gio.h>

static void on_call(GDBusConnection *c, const char *sender, const char *path,
		    const char *iface, const char *member, GVariant *args,
		    GDBusMethodInvocation *call, void *data)
{
	(void)c, (void)sender, (void)path, (void)iface, (void)member, (void)data;
	g_dbus_method_invocation_return_value(call, args);
}

static gboolean on_connection(GDBusServer *server, GDBusConnection *c,
			      void *data)
{
	static const GDBusInterfaceVTable table = { .method_call = on_call };
	GDBusNodeInfo *info = data;

	(void)server;
	g_dbus_connection_register_object(c, "/peer", info->interfaces[0],
					  &table, NULL, NULL, NULL);
	g_object_ref(c);
	return TRUE;
}

int main(int argc, char **argv)
{
	GDBusNodeInfo *info;
	GDBusServer *server;
	GError *error = NULL;
	char *guid = g_dbus_generate_guid();

	info = g_dbus_node_info_new_for_xml("<node>"
		"<interface name='org.test.Peer'><method name='Say'>"
		"<arg type='s' direction='in'/><arg type='s' direction='out'/>"
		"</method></interface></node>", &error);
	g_assert_no_error(error);
	server = g_dbus_server_new_sync(argc == 2 ? argv[1] : "", 0, guid, NULL,
					NULL, &error);
	g_assert_no_error(error);
	g_signal_connect(server, "new-connection", G_CALLBACK(on_connection),
			 info);
	g_dbus_server_start(server);
	g_print("ready\n");
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}
