// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/driver.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/dbus-routed/credentials.h"
#include "tools/dbus-routed/environment_file.h"
#include "tools/dbus-routed/introspect.h"
#include "tools/dbus-routed/kernel.h"
#include "tools/dbus-routed/log.h"
#include "tools/dbus-routed/service.h"
#include "tools/dbus-routed/stats.h"

/* libdbus gives up on a text that isn't UTF-8: never cut a letter in two. */
static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && !dbus_validate_utf8(text, NULL))
		text[--len] = '\0';
}

static DBusMessage *__attribute__((format(printf, 3, 4)))
refuse(DBusMessage *call, const char *error, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	trim(text);
	return dbus_message_new_error(call, error, text);
}

/* A reply half built is of no use. */
static DBusMessage *complete(DBusMessage *reply, bool ok)
{
	if (ok || !reply)
		return reply;
	dbus_message_unref(reply);
	return NULL;
}

static DBusMessage *answer_string(DBusMessage *call, const char *text)
{
	DBusMessage *reply = dbus_message_new_method_return(call);

	return complete(reply, reply &&
			dbus_message_append_args(reply, DBUS_TYPE_STRING, &text,
						 DBUS_TYPE_INVALID));
}

/* First argument, a string: the signature was checked. */
static const char *first_string(DBusMessage *call)
{
	const char *text = "";

	dbus_message_get_args(call, NULL, DBUS_TYPE_STRING, &text,
			      DBUS_TYPE_INVALID);
	return text;
}

/* --- Who somebody is ------------------------------------------------------ */

static bool is_driver(const char *name)
{
	return !strcmp(name, DBUS_SERVICE_DBUS);
}

/* Which peer has this name, unique or not? Negative error if none has. */
static int find_peer(struct driver *d, const char *name, uint64_t *id)
{
	char *end;

	if (!dbus_validate_bus_name(name, NULL))
		return -ENXIO;
	if (*name != ':')
		return kernel_name_owner(d->kernel, d->bus, name, id);
	if (strncmp(name, ":1.", 3) != 0 || name[3] < '0' || name[3] > '9' ||
	    (name[3] == '0' && name[4]))
		return -ENXIO;
	errno = 0;
	*id = strtoull(name + 3, &end, 10);
	return *end || errno ? -ENXIO : 0;
}

static int find_credentials(struct driver *d, const char *name,
			    struct credentials *c)
{
	uint64_t id;
	int ret;

	if (is_driver(name)) {
		credentials_own(c);
		return 0;
	}
	ret = find_peer(d, name, &id);
	if (!ret)
		ret = kernel_peer_get(d->kernel, d->bus, id, c);
	return ret;
}

/* @what: what could not be found out about @name, for @error or no such name */
static DBusMessage *no_such_name(struct driver *d, DBusMessage *call, int error,
				 const char *what, const char *name)
{
	if (error == -ENXIO)
		return refuse(call, DBUS_ERROR_NAME_HAS_NO_OWNER,
			      "Could not get %s of name '%s': no such name",
			      what, name);
	log_stranger("%s of '%s': %s", what, name, d->kernel->why);
	return refuse(call, DBUS_ERROR_FAILED, "Could not get %s of name '%s': %s",
		      what, name, d->kernel->why);
}

/* Most ask about themselves: @id, which has the credentials @own, is known. */
static bool caller_takes_fds(struct driver *d, DBusMessage *call, uint64_t id,
			     const struct credentials *own)
{
	const char *name = dbus_message_get_sender(call);
	struct credentials c;
	uint64_t caller;
	bool takes;

	if (!name || find_peer(d, name, &caller))
		return false;
	if (caller == id)
		return own->unix_fds;
	if (kernel_peer_get(d->kernel, d->bus, caller, &c))
		return false;
	takes = c.unix_fds;
	credentials_deinit(&c);
	return takes;
}

/*
 * A descriptor of a peer's process, or -1. The number that it had may be another
 * process's by now; but not if it is still there after the descriptor was opened.
 */
static int open_process(struct driver *d, uint64_t id,
			const struct credentials *c)
{
	struct credentials again;
	bool running = false;
	int fd;

	fd = (int)syscall(SYS_pidfd_open, (pid_t)c->pid, 0);
	if (fd >= 0 && !kernel_peer_get(d->kernel, d->bus, id, &again)) {
		running = again.running;
		credentials_deinit(&again);
	}
	if (running || fd < 0)
		return fd;
	close(fd);
	return -1;
}

static DBusMessage *get_credentials(struct driver *d, DBusMessage *call)
{
	const char *name = first_string(call);
	int ret = 0, process = -1;
	struct credentials c;
	DBusMessage *reply;
	uint64_t id;

	if (is_driver(name)) {
		credentials_own(&c);
	} else {
		ret = find_peer(d, name, &id);
		if (!ret)
			ret = kernel_peer_get(d->kernel, d->bus, id, &c);
		if (ret)
			return no_such_name(d, call, ret, "credentials", name);
		if (c.pid && c.running && caller_takes_fds(d, call, id, &c))
			process = open_process(d, id, &c);
	}
	reply = dbus_message_new_method_return(call);
	reply = complete(reply, reply &&
			 credentials_append(&c, process, reply));
	credentials_deinit(&c);
	if (process >= 0)
		close(process);
	return reply;
}

static DBusMessage *get_stats(struct driver *d, DBusMessage *call)
{
	return stats_of_bus(d, call);
}

static DBusMessage *get_connection_stats(struct driver *d, DBusMessage *call)
{
	const char *name = first_string(call);
	struct credentials c;
	uint64_t id;
	int ret;

	ret = is_driver(name) ? -ENXIO : find_peer(d, name, &id);
	if (!ret) {
		/* an id is not yet a peer */
		ret = kernel_peer_get(d->kernel, d->bus, id, &c);
		if (!ret)
			credentials_deinit(&c);
	}
	if (ret)
		return no_such_name(d, call, ret, "statistics", name);
	return stats_of_peer(d, call, id);
}

static DBusMessage *get_match_rules(struct driver *d, DBusMessage *call)
{
	return stats_match_rules(d, call);
}

/* What remains of the credentials of other systems is who exists. */
static DBusMessage *unknown_of_name(struct driver *d, DBusMessage *call,
				    const char *error, const char *what)
{
	const char *name = first_string(call);
	struct credentials c;
	int ret;

	ret = find_credentials(d, name, &c);
	if (ret)
		return no_such_name(d, call, ret, what, name);
	credentials_deinit(&c);
	return refuse(call, error, "Could not determine %s for '%s'", what,
		      name);
}

static DBusMessage *get_audit_data(struct driver *d, DBusMessage *call)
{
	return unknown_of_name(d, call, DBUS_ERROR_ADT_AUDIT_DATA_UNKNOWN,
			       "audit session data");
}

/* A label is a context if it is SELinux that gives labels. */
static bool has_selinux(void)
{
	static int has = -1;

	if (has < 0)
		has = !access("/sys/fs/selinux/enforce", F_OK);
	return has;
}

static DBusMessage *answer_context(DBusMessage *call, const char *label)
{
	DBusMessage *reply = dbus_message_new_method_return(call);

	return complete(reply, reply &&
			dbus_message_append_args(reply, DBUS_TYPE_ARRAY,
						 DBUS_TYPE_BYTE, &label,
						 (int)strlen(label),
						 DBUS_TYPE_INVALID));
}

static DBusMessage *get_selinux_context(struct driver *d, DBusMessage *call)
{
	struct credentials c;
	DBusMessage *reply;

	if (has_selinux() && !find_credentials(d, first_string(call), &c)) {
		reply = c.label ? answer_context(call, c.label) : NULL;
		credentials_deinit(&c);
		if (reply)
			return reply;
	}
	return unknown_of_name(d, call, DBUS_ERROR_SELINUX_SECURITY_CONTEXT_UNKNOWN,
			       "security context");
}

/* --- Services ------------------------------------------------------------- */

static bool append_names(DBusMessage *reply, const struct services *s)
{
	const char *name = DBUS_SERVICE_DBUS;
	DBusMessageIter iter, array;
	size_t i;

	dbus_message_iter_init_append(reply, &iter);
	if (!dbus_message_iter_open_container(&iter, DBUS_TYPE_ARRAY, "s",
					      &array) ||
	    !dbus_message_iter_append_basic(&array, DBUS_TYPE_STRING, &name))
		return false;
	for (i = 0; s && i < s->n; i++)
		if (!dbus_message_iter_append_basic(&array, DBUS_TYPE_STRING,
						    &s->list[i].name))
			return false;
	return dbus_message_iter_close_container(&iter, &array);
}

static DBusMessage *list_activatable(struct driver *d, DBusMessage *call)
{
	DBusMessage *reply = dbus_message_new_method_return(call);

	return complete(reply, reply && append_names(reply, d->services));
}

/* Variables, one after the other; false at the end. */
static bool next_variable(DBusMessageIter *dict, const char **name,
			  const char **value)
{
	DBusMessageIter entry;

	if (dbus_message_iter_get_arg_type(dict) == DBUS_TYPE_INVALID)
		return false;
	dbus_message_iter_recurse(dict, &entry);
	dbus_message_iter_get_basic(&entry, name);
	dbus_message_iter_next(&entry);
	dbus_message_iter_get_basic(&entry, value);
	dbus_message_iter_next(dict);
	return true;
}

static bool append_variables(DBusMessage *m, DBusMessageIter *dict)
{
	DBusMessageIter iter, array;
	const char *name, *value;
	char *text;
	bool ok;

	dbus_message_iter_init_append(m, &iter);
	ok = dbus_message_iter_open_container(&iter, DBUS_TYPE_ARRAY, "s",
					      &array);
	while (ok && next_variable(dict, &name, &value)) {
		ok = asprintf(&text, "%s=%s", name, value) >= 0;
		if (!ok)
			break;
		ok = dbus_message_iter_append_basic(&array, DBUS_TYPE_STRING,
						    &text);
		free(text);
	}
	return ok && dbus_message_iter_close_container(&iter, &array);
}

#define SYSTEMD	"org.freedesktop.systemd1"

/*
 * What systemd starts is to have the same environment. If it isn't there yet, its
 * name is waited for; if it is, it expects to be addressed by its unique name.
 */
static bool tell_systemd(struct driver *d, DBusMessageIter *dict)
{
	char to[sizeof(SYSTEMD) + 8] = SYSTEMD;
	DBusMessage *m;
	uint64_t id;
	bool ok;

	if (!kernel_name_owner(d->kernel, d->bus, SYSTEMD, &id))
		snprintf(to, sizeof(to), ":1.%" PRIu64, id);
	m = dbus_message_new_method_call(to,
					 "/org/freedesktop/systemd1",
					 SYSTEMD ".Manager", "SetEnvironment");
	if (!m)
		return false;
	dbus_message_set_no_reply(m, TRUE);
	ok = append_variables(m, dict) && d->send(d->ctx, m);
	dbus_message_unref(m);
	return ok;
}

static bool set_variable(struct driver *d, const char *name, const char *value)
{
	return environment_set(&d->environment, name, value) &&
	       (!d->environment_file ||
		environment_file_set(d->environment_file, name, value));
}

static DBusMessage *set_variables(struct driver *d, DBusMessage *call)
{
	DBusMessageIter args, dict, again;
	const char *name, *value;

	if (d->helper)
		return refuse(call, DBUS_ERROR_ACCESS_DENIED,
			      "Cannot change activation environment on a "
			      "system bus.");
	dbus_message_iter_init(call, &args);
	dbus_message_iter_recurse(&args, &dict);
	again = dict;
	while (next_variable(&dict, &name, &value)) {
		if (!*name || strchr(name, '='))
			return refuse(call, DBUS_ERROR_INVALID_ARGS,
				      "\"%s\" cannot be the name of an "
				      "environment variable", name);
		if (!set_variable(d, name, value))
			return refuse(call, DBUS_ERROR_NO_MEMORY,
				      "No memory for the environment");
	}
	if (d->systemd && !tell_systemd(d, &again))
		return refuse(call, DBUS_ERROR_NO_MEMORY,
			      "No memory to tell systemd of the environment");
	return dbus_message_new_method_return(call);
}

/* When it is answered, the next daemon knows it, too. */
static DBusMessage *update_environment(struct driver *d, DBusMessage *call)
{
	DBusMessage *reply = set_variables(d, call);

	if (d->environment_file)
		environment_file_write(d->environment_file);
	return reply;
}

static DBusMessage *reload_config(struct driver *d, DBusMessage *call)
{
	DBusMessage *reply;
	char *why = NULL;

	if (d->reload(d->reload_ctx, &why))
		return dbus_message_new_method_return(call);
	reply = refuse(call, DBUS_ERROR_FAILED, "%s", why ? why : "No memory");
	free(why);
	return reply;
}

/* --- Introspection and the machine ---------------------------------------- */

static DBusMessage *introspect(struct driver *d, DBusMessage *call)
{
	const char *path = dbus_message_get_path(call);
	char *xml = introspect_xml(path ? path : "/");
	DBusMessage *reply = xml ? answer_string(call, xml) : NULL;

	free(xml);
	return reply;
}

static DBusMessage *get_machine_id(struct driver *d, DBusMessage *call)
{
	DBusError error = DBUS_ERROR_INIT;
	DBusMessage *reply;
	char *id;

	id = dbus_try_get_local_machine_id(&error);
	if (id) {
		reply = answer_string(call, id);
		dbus_free(id);
	} else {
		reply = refuse(call, error.name, "%s", error.message);
		dbus_error_free(&error);
	}
	return reply;
}

/* --- Properties ----------------------------------------------------------- */

/* What the specification lets a bus offer beyond what every bus has. */
#define MONITORING	"org.freedesktop.DBus.Monitoring"
#define STATS		"org.freedesktop.DBus.Debug.Stats"

static const char *const features[] = {
	"ActivatableServicesChanged", "HeaderFiltering", NULL
};
static const char *const systemd_features[] = {
	"ActivatableServicesChanged", "HeaderFiltering", "SystemdActivation", NULL
};
static const char *const interfaces[] = { MONITORING, STATS, NULL };

static const struct {
	const char *name;
	const char *const *values;
} properties[] = {
	{ "Features", features },	/* see values_of() */
	{ "Interfaces", interfaces },
};

static const char *const *values_of(const struct driver *d, size_t p)
{
	if (d->systemd && properties[p].values == features)
		return systemd_features;
	return properties[p].values;
}

#define N_PROPERTIES (sizeof(properties) / sizeof(properties[0]))

static bool append_variant(DBusMessageIter *iter, const char *const *values)
{
	DBusMessageIter variant, array;

	if (!dbus_message_iter_open_container(iter, DBUS_TYPE_VARIANT, "as",
					      &variant) ||
	    !dbus_message_iter_open_container(&variant, DBUS_TYPE_ARRAY, "s",
					      &array))
		return false;
	for (; *values; values++)
		if (!dbus_message_iter_append_basic(&array, DBUS_TYPE_STRING,
						    values))
			return false;
	return dbus_message_iter_close_container(&variant, &array) &&
	       dbus_message_iter_close_container(iter, &variant);
}

static bool append_property(struct driver *d, DBusMessageIter *dict, size_t p)
{
	DBusMessageIter entry;

	return dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY,
						NULL, &entry) &&
	       dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING,
					      &properties[p].name) &&
	       append_variant(&entry, values_of(d, p)) &&
	       dbus_message_iter_close_container(dict, &entry);
}

static bool is_interface(const char *name)
{
	const struct driver_interface *i;

	for (i = driver_interfaces; i->name; i++)
		if (!strcmp(i->name, name))
			return true;
	return false;
}

/*
 * Finds the property that the first two arguments name. Return: NULL with *p
 * set, or the error to answer with; the reply itself may be NULL for want of
 * memory, then *p is N_PROPERTIES.
 */
static DBusMessage *find_property(DBusMessage *call, size_t *p)
{
	const char *interface = "", *name = "";
	DBusMessageIter iter;

	dbus_message_iter_init(call, &iter);
	dbus_message_iter_get_basic(&iter, &interface);
	dbus_message_iter_next(&iter);
	dbus_message_iter_get_basic(&iter, &name);

	for (*p = 0; *p < N_PROPERTIES; ++*p)
		if (!strcmp(interface, DBUS_INTERFACE_DBUS) &&
		    !strcmp(name, properties[*p].name))
			return NULL;
	if (!is_interface(interface))
		return refuse(call, DBUS_ERROR_UNKNOWN_INTERFACE,
			      "Interface \"%s\" not found", interface);
	return refuse(call, DBUS_ERROR_UNKNOWN_PROPERTY,
		      "Property \"%s.%s\" not found", interface, name);
}

static DBusMessage *get_property(struct driver *d, DBusMessage *call)
{
	DBusMessageIter iter;
	DBusMessage *reply;
	size_t p;

	reply = find_property(call, &p);
	if (p == N_PROPERTIES)
		return reply;
	reply = dbus_message_new_method_return(call);
	if (!reply)
		return NULL;
	dbus_message_iter_init_append(reply, &iter);
	return complete(reply, append_variant(&iter, values_of(d, p)));
}

static DBusMessage *get_all_properties(struct driver *d, DBusMessage *call)
{
	const char *interface = first_string(call);
	DBusMessageIter iter, dict;
	DBusMessage *reply;
	bool ok;
	size_t p;

	if (!is_interface(interface))
		return refuse(call, DBUS_ERROR_UNKNOWN_INTERFACE,
			      "Interface \"%s\" not found", interface);
	reply = dbus_message_new_method_return(call);
	if (!reply)
		return NULL;
	dbus_message_iter_init_append(reply, &iter);
	ok = dbus_message_iter_open_container(&iter, DBUS_TYPE_ARRAY, "{sv}",
					      &dict);
	if (!strcmp(interface, DBUS_INTERFACE_DBUS))
		for (p = 0; ok && p < N_PROPERTIES; p++)
			ok = append_property(d, &dict, p);
	return complete(reply, ok &&
			dbus_message_iter_close_container(&iter, &dict));
}

static DBusMessage *set_property(struct driver *d, DBusMessage *call)
{
	DBusMessage *reply;
	size_t p;

	reply = find_property(call, &p);
	if (p == N_PROPERTIES)
		return reply;
	return refuse(call, DBUS_ERROR_PROPERTY_READ_ONLY,
		      "Property '%s.%s' cannot be set", DBUS_INTERFACE_DBUS,
		      properties[p].name);
}

/* --- The table ------------------------------------------------------------ */

#define ANY	DRIVER_ANY_PATH
#define KERNEL	NULL

static const struct driver_method bus_methods[] = {
	{ "Hello", "", "s", ANY, KERNEL },
	{ "RequestName", "su", "u", ANY, KERNEL },
	{ "ReleaseName", "s", "u", ANY, KERNEL },
	{ "StartServiceByName", "su", "u", ANY, KERNEL },
	{ "UpdateActivationEnvironment", "a{ss}", "", DRIVER_PRIVILEGED,
	  update_environment },
	{ "NameHasOwner", "s", "b", ANY, KERNEL },
	{ "ListNames", "", "as", ANY, KERNEL },
	{ "ListActivatableNames", "", "as", ANY, list_activatable },
	{ "AddMatch", "s", "", ANY, KERNEL },
	{ "RemoveMatch", "s", "", ANY, KERNEL },
	{ "GetNameOwner", "s", "s", ANY, KERNEL },
	{ "ListQueuedOwners", "s", "as", ANY, KERNEL },
	{ "GetConnectionUnixUser", "s", "u", ANY, KERNEL },
	{ "GetConnectionUnixProcessID", "s", "u", ANY, KERNEL },
	{ "GetAdtAuditSessionData", "s", "ay", ANY, get_audit_data },
	{ "GetConnectionSELinuxSecurityContext", "s", "ay", ANY,
	  get_selinux_context },
	{ "ReloadConfig", "", "", ANY, reload_config },
	{ "GetId", "", "s", ANY, KERNEL },
	{ "GetConnectionCredentials", "s", "a{sv}", ANY, get_credentials },
	{}
};

static const struct driver_method properties_methods[] = {
	{ "Get", "ss", "v", ANY, get_property },
	{ "GetAll", "s", "a{sv}", ANY, get_all_properties },
	{ "Set", "ssv", "", ANY, set_property },
	{}
};

static const struct driver_method introspectable_methods[] = {
	{ "Introspect", "", "s", ANY, introspect },
	{}
};

static const struct driver_method peer_methods[] = {
	{ "GetMachineId", "", "s", ANY, get_machine_id },
	{ "Ping", "", "", ANY, KERNEL },
	{}
};

static const struct driver_method stats_methods[] = {
	{ "GetStats", "", "a{sv}", ANY, get_stats },
	{ "GetConnectionStats", "s", "a{sv}", ANY, get_connection_stats },
	{ "GetAllMatchRules", "", "a{sas}", ANY, get_match_rules },
	{}
};

static const struct driver_method monitoring_methods[] = {
	{ "BecomeMonitor", "asu", "", ANY, KERNEL },
	{}
};

static const char bus_extra[] =
"    <property name=\"Features\" type=\"as\" access=\"read\">\n"
"      <annotation name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\" value=\"const\"/>\n"
"    </property>\n"
"    <property name=\"Interfaces\" type=\"as\" access=\"read\">\n"
"      <annotation name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\" value=\"const\"/>\n"
"    </property>\n"
"    <signal name=\"NameOwnerChanged\">\n"
"      <arg type=\"s\"/>\n"
"      <arg type=\"s\"/>\n"
"      <arg type=\"s\"/>\n"
"    </signal>\n"
"    <signal name=\"NameLost\">\n"
"      <arg type=\"s\"/>\n"
"    </signal>\n"
"    <signal name=\"NameAcquired\">\n"
"      <arg type=\"s\"/>\n"
"    </signal>\n"
"    <signal name=\"ActivatableServicesChanged\">\n"
"    </signal>\n";

static const char properties_extra[] =
"    <signal name=\"PropertiesChanged\">\n"
"      <arg type=\"s\" name=\"interface_name\"/>\n"
"      <arg type=\"a{sv}\" name=\"changed_properties\"/>\n"
"      <arg type=\"as\" name=\"invalidated_properties\"/>\n"
"    </signal>\n";

const struct driver_interface driver_interfaces[] = {
	{ DBUS_INTERFACE_DBUS, true, bus_methods, bus_extra },
	{ DBUS_INTERFACE_PROPERTIES, false, properties_methods,
	  properties_extra },
	{ DBUS_INTERFACE_INTROSPECTABLE, true, introspectable_methods, NULL },
	{ MONITORING, false, monitoring_methods, NULL },
	{ STATS, false, stats_methods, NULL },
	{ DBUS_INTERFACE_PEER, true, peer_methods, NULL },
	{}
};

static bool is_canonical(DBusMessage *call)
{
	return dbus_message_has_path(call, DBUS_PATH_DBUS);
}

/*
 * The method that a call means. Without an interface, the first of that name;
 * an interface that isn't there at the call's path does not count as known.
 */
static const struct driver_method *find_method(DBusMessage *call,
					       bool *known_interface)
{
	const char *interface = dbus_message_get_interface(call);
	const char *member = dbus_message_get_member(call);
	const struct driver_interface *i;
	const struct driver_method *m;

	*known_interface = !interface;
	for (i = driver_interfaces; i->name; i++) {
		if (interface && strcmp(interface, i->name) != 0)
			continue;
		if (!i->any_path && !is_canonical(call))
			continue;
		*known_interface = true;
		for (m = i->methods; m->name; m++)
			if (!strcmp(m->name, member))
				return m;
	}
	return NULL;
}

/* May the caller? If not, *reply is the refusal, or NULL for want of memory. */
static bool is_privileged(struct driver *d, DBusMessage *call,
			  const char *member, DBusMessage **reply)
{
	const char *sender = dbus_message_get_sender(call);
	struct credentials c;
	bool ok;

	if (!sender || find_credentials(d, sender, &c)) {
		*reply = refuse(call, DBUS_ERROR_ACCESS_DENIED,
				"rejected attempt to call %s: the caller is "
				"gone", member);
		return false;
	}
	ok = c.uid == 0 || c.uid == geteuid();
	if (!ok) {
		log_stranger("rejected attempt to call %s by connection %s "
			     "(uid=%u pid=%u comm=\"%s\")", member, sender,
			     c.uid, c.pid, c.comm);
		*reply = refuse(call, DBUS_ERROR_ACCESS_DENIED,
				"rejected attempt to call %s by connection %s "
				"with uid %u", member, sender, c.uid);
	}
	credentials_deinit(&c);
	return ok;
}

DBusMessage *driver_answer(struct driver *d, DBusMessage *call)
{
	const char *member = dbus_message_get_member(call);
	const struct driver_method *m;
	bool known_interface;
	DBusMessage *reply;

	m = find_method(call, &known_interface);
	if (!m)
		return refuse(call, known_interface ?
			      DBUS_ERROR_UNKNOWN_METHOD :
			      DBUS_ERROR_UNKNOWN_INTERFACE,
			      "%s does not understand message %s",
			      DBUS_SERVICE_DBUS, member);
	if (!(m->flags & DRIVER_ANY_PATH) && !is_canonical(call))
		return refuse(call, DBUS_ERROR_ACCESS_DENIED,
			      "Method '%s' is only available at the canonical "
			      "object path '%s'", member, DBUS_PATH_DBUS);
	if ((m->flags & DRIVER_PRIVILEGED) &&
	    !is_privileged(d, call, member, &reply))
		return reply;
	if (!dbus_message_has_signature(call, m->in))
		return refuse(call, DBUS_ERROR_INVALID_ARGS,
			      "Call to %s has wrong args (%s, expected %s)",
			      member, dbus_message_get_signature(call), m->in);
	if (!m->answer)
		return refuse(call, DBUS_ERROR_FAILED,
			      "%s is executed by the kernel, which did not",
			      member);
	return m->answer(d, call);
}

void driver_signal(struct driver *d, DBusMessage *m)
{
	if (d->signal)
		d->signal(d->ctx, m);
}
