// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/introspect.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dbus/dbus.h>

#include "tools/dbus-routed/driver.h"

/* An element for each complete type of the signature. */
static void print_args(FILE *f, const char *direction, const char *signature)
{
	DBusSignatureIter iter;
	char *type;

	if (!*signature)
		return;
	dbus_signature_iter_init(&iter, signature);
	do {
		type = dbus_signature_iter_get_signature(&iter);
		fprintf(f, "      <arg direction=\"%s\" type=\"%s\"/>\n",
			direction, type ? type : "");
		dbus_free(type);
	} while (dbus_signature_iter_next(&iter));
}

static void print_interface(FILE *f, const struct driver_interface *i)
{
	const struct driver_method *m;

	fprintf(f, "  <interface name=\"%s\">\n", i->name);
	for (m = i->methods; m->name; m++) {
		fprintf(f, "    <method name=\"%s\">\n", m->name);
		print_args(f, "in", m->in);
		print_args(f, "out", m->out);
		fputs("    </method>\n", f);
	}
	if (i->extra)
		fputs(i->extra, f);
	fputs("  </interface>\n", f);
}

/* The rest of the canonical path below @path; NULL if it isn't below. */
static const char *below(const char *path)
{
	size_t len = strlen(path);

	if (!strcmp(path, "/"))
		return &INTROSPECT_PATH[1];
	if (!strncmp(INTROSPECT_PATH, path, len) && INTROSPECT_PATH[len] == '/')
		return &INTROSPECT_PATH[len + 1];
	return NULL;
}

char *introspect_xml(const char *path)
{
	bool canonical = !strcmp(path, INTROSPECT_PATH);
	const struct driver_interface *i;
	char *xml = NULL;
	size_t len;
	FILE *f;

	f = open_memstream(&xml, &len);
	if (!f)
		return NULL;
	fputs(DBUS_INTROSPECT_1_0_XML_DOCTYPE_DECL_NODE "<node>\n", f);
	for (i = driver_interfaces; i->name; i++)
		if (canonical || i->any_path)
			print_interface(f, i);
	if (below(path))
		fprintf(f, "  <node name=\"%s\"/>\n", below(path));
	fputs("</node>\n", f);
	if (fclose(f)) {
		free(xml);
		return NULL;
	}
	return xml;
}
