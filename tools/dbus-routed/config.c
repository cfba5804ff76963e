// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/config.h"

#include <dirent.h>
#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/dbus.h>
#include <systemd/sd-login.h>

#include "tools/dbus-routed/log.h"

#define NESTING_MAX	4	/* busconfig, policy, allow: no deeper */
#define ATTRIBUTES_MAX	3	/* of any element but <allow> and <deny> */

/**
 * struct reader - a file being read
 * @config: what comes out
 * @file: its name
 * @outer: the file that includes this one, or NULL
 * @xml: the parser
 * @open: the elements that are open, outermost first
 * @depth: how many
 * @text: what stands in the innermost
 * @connect: rules of the open <policy> on who connects go there, or nowhere
 * @subject: whom the open <policy> is about: enum dbus_rule_subject
 * @id: ... which user or group
 * @ignored: ... one that does not exist
 * @why: what is wrong; set once
 * @no_memory: ... or that
 */
struct reader {
	struct config *config;
	const char *file;
	const struct reader *outer;
	XML_Parser xml;
	const struct element *open[NESTING_MAX];
	size_t depth;
	char *text;
	size_t text_len;
	char *attribute;	/* limit: name; include: see INCLUDE_* */
	bool ignore_missing;
	bool skip_include;
	struct connect_rules *connect;
	uint32_t subject;
	uint32_t id;
	bool ignored;
	char *why;
	bool failed;
};

/**
 * struct element - what may stand in the configuration
 * @parent: element around it
 * @has_text: it has text, and must not be empty
 * @attributes: that it may have
 * @begin: called at its beginning, with its attributes; may be NULL
 * @end: called at its end, with its text; may be NULL
 */
struct element {
	const char *name;
	const char *parent;
	bool has_text;
	const char *attributes[ATTRIBUTES_MAX + 1];
	void (*begin)(struct reader *r, const char *name, const char **atts);
	void (*end)(struct reader *r, const char *text);
};

static void read_file(struct config *c, const char *file,
		      struct reader *outer);
static char *from_here(struct reader *r, const char *path);

/* The first thing that goes wrong counts. */
static void give_up(struct reader *r, char *why)
{
	r->failed = true;
	r->why = why;
	if (r->xml)
		XML_StopParser(r->xml, XML_FALSE);
}

/* Say where: file, line, and the element that is open. */
static void __attribute__((format(printf, 2, 3)))
fail(struct reader *r, const char *format, ...)
{
	char *what = NULL, *why = NULL;
	va_list args;

	if (r->failed)
		return;
	va_start(args, format);
	if (vasprintf(&what, format, args) < 0)
		what = NULL;
	va_end(args);
	if (what && r->xml &&
	    asprintf(&why, "%s:%lu: %s%s%s%s", r->file,
		     XML_GetCurrentLineNumber(r->xml),
		     r->depth ? "<" : "",
		     r->depth ? r->open[r->depth - 1]->name : "",
		     r->depth ? ">: " : "", what) < 0)
		why = NULL;
	if (r->xml)
		free(what);
	else
		why = what;
	give_up(r, why);
}

/* Not well-formed: expat knows where. */
static void fail_xml(struct reader *r)
{
	char *why;

	if (r->failed)
		return;
	if (asprintf(&why, "Error in file %s, line %lu, column %lu: %s", r->file,
		     XML_GetCurrentLineNumber(r->xml),
		     XML_GetCurrentColumnNumber(r->xml),
		     XML_ErrorString(XML_GetErrorCode(r->xml))) < 0)
		why = NULL;
	give_up(r, why);
}

static const char *get(const char **atts, const char *name)
{
	for (; *atts; atts += 2)
		if (!strcmp(*atts, name))
			return atts[1];
	return NULL;
}

static void replace(struct reader *r, char **where, const char *text)
{
	free(*where);
	*where = strdup(text);
	if (!*where)
		fail(r, "No memory");
}

/* --- Elements with nothing inside ----------------------------------------- */

static void end_fork(struct reader *r, const char *text)
{
	r->config->fork = true;
}

static void end_keep_umask(struct reader *r, const char *text)
{
	r->config->keep_umask = true;
}

static void end_syslog(struct reader *r, const char *text)
{
	r->config->syslog = true;
}

/* --- Elements with text --------------------------------------------------- */

static void end_type(struct reader *r, const char *text)
{
	replace(r, &r->config->type, text);
}

static void end_user(struct reader *r, const char *text)
{
	replace(r, &r->config->user, text);
}

static void end_pidfile(struct reader *r, const char *text)
{
	replace(r, &r->config->pidfile, text);
}

static void end_listen(struct reader *r, const char *text)
{
	struct config *c = r->config;
	char **bigger;

	bigger = reallocarray(c->listen, c->n_listen + 1, sizeof(*bigger));
	if (!bigger) {
		fail(r, "No memory");
		return;
	}
	c->listen = bigger;
	c->listen[c->n_listen] = strdup(text);
	if (!c->listen[c->n_listen])
		fail(r, "No memory");
	else
		c->n_listen++;
}

static void end_auth(struct reader *r, const char *text)
{
	if (!strcmp(text, "EXTERNAL"))
		r->config->auth_external = true;
	else if (!strcmp(text, "DBUS_COOKIE_SHA1") ||
		 !strcmp(text, "ANONYMOUS"))
		r->config->auth_other = true;
	else
		fail(r, "Unsupported auth mechanism \"%s\" in bus config file "
		     "detected. Supported mechanisms are \"EXTERNAL\".", text);
}

/* --- Services ------------------------------------------------------------- */

#define DATA_DIR	"/usr/share"

/* The directory @base, @below it. One that is there already counts once. */
static void add_service_dir(struct reader *r, const char *base, size_t len,
			    const char *below, bool strict)
{
	struct config *c = r->config;
	struct service_dir *bigger;
	char *path;
	size_t i;

	while (len > 1 && base[len - 1] == '/')
		len--;
	if (asprintf(&path, "%.*s%s", (int)len, base, below) < 0) {
		fail(r, "No memory");
		return;
	}
	for (i = 0; i < c->n_service_dirs; i++) {
		if (!strcmp(c->service_dirs[i].path, path)) {
			free(path);
			return;
		}
	}
	bigger = reallocarray(c->service_dirs, c->n_service_dirs + 1,
			      sizeof(*bigger));
	if (!bigger) {
		free(path);
		fail(r, "No memory");
		return;
	}
	c->service_dirs = bigger;
	bigger[c->n_service_dirs++] = (struct service_dir){ path, strict };
}

/* Directories with colons between them; only absolute ones are meant. */
static void add_service_dirs(struct reader *r, const char *list,
			     const char *below)
{
	size_t len;

	for (;;) {
		len = strcspn(list, ":");
		if (*list == '/')
			add_service_dir(r, list, len, below, false);
		if (!list[len])
			return;
		list += len + 1;
	}
}

static void end_service_dir(struct reader *r, const char *text)
{
	char *path = from_here(r, text);

	if (path)
		add_service_dir(r, path, strlen(path), "", false);
	free(path);
}

/* For services that last as long as the session: made if it can be. */
static void add_transient_dir(struct reader *r)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX];
	int n;

	if (!run || *run != '/')
		return;
	n = snprintf(path, sizeof(path), "%s/dbus-1/services", run);
	if (n < 0 || (size_t)n >= sizeof(path))
		return;
	path[n - strlen("/services")] = '\0';
	mkdir(path, 0700);
	path[n - strlen("/services")] = '/';
	mkdir(path, 0700);
	add_service_dir(r, path, n, "", true);
}

static void end_session_dirs(struct reader *r, const char *text)
{
	static const char below[] = "/dbus-1/services";
	const char *home = getenv("XDG_DATA_HOME");
	const char *dirs = getenv("XDG_DATA_DIRS");
	const struct passwd *pw;

	add_transient_dir(r);
	if (home) {
		add_service_dirs(r, home, below);
	} else {
		home = getenv("HOME");
		if (!home) {
			pw = getpwuid(getuid());
			home = pw ? pw->pw_dir : NULL;
		}
		if (home)
			add_service_dir(r, home, strlen(home),
					"/.local/share/dbus-1/services", false);
	}
	add_service_dirs(r, dirs ? dirs : "/usr/local/share:/usr/share", below);
	add_service_dirs(r, DATA_DIR, below);
}

static void end_system_dirs(struct reader *r, const char *text)
{
	add_service_dirs(r, "/usr/local/share:/usr/share:" DATA_DIR ":/lib",
			 "/dbus-1/system-services");
}

static void end_service_helper(struct reader *r, const char *text)
{
	replace(r, &r->config->service_helper, text);
}

/* --- Limits --------------------------------------------------------------- */

/*
 * Those without a place are about what there is none of: the kernel lets no
 * message wait for its routing, and knows no containers.
 */
#define OURS(field)	offsetof(struct config, field)
#define KERNELS(limit)	offsetof(struct config, limits[DBUS_LIMIT_##limit])

static const struct {
	const char *name;
	size_t offset;
	uint32_t standard;
} limits[] = {
	{ "auth_timeout", OURS(auth_timeout), 30000 },
	{ "max_incomplete_connections", OURS(max_incomplete), 64 },
	{ "service_start_timeout", OURS(start_timeout), 25000 },
	{ "max_pending_service_starts", OURS(max_starts), 512 },
	{ "max_message_size", KERNELS(MESSAGE_SIZE), 33554432 },
	{ "max_message_unix_fds", KERNELS(MESSAGE_FDS), 16 },
	{ "max_outgoing_bytes", KERNELS(QUEUED_BYTES), 133169152 },
	{ "max_outgoing_unix_fds", KERNELS(QUEUED_FDS), 64 },
	{ "pending_fd_timeout", KERNELS(FDS_TIMEOUT), 150000 },
	{ "reply_timeout", KERNELS(REPLY_TIMEOUT), DBUS_LIMIT_NONE },
	{ "max_completed_connections", KERNELS(PEERS), 2048 },
	{ "max_connections_per_user", KERNELS(USER_PEERS), 256 },
	{ "max_names_per_connection", KERNELS(NAMES), 512 },
	{ "max_match_rules_per_connection", KERNELS(MATCHES), 512 },
	{ "max_replies_per_connection", KERNELS(REPLIES), 128 },
	{ "max_incoming_bytes", 0, 0 },
	{ "max_incoming_unix_fds", 0, 0 },
	{ "max_containers", 0, 0 },
	{ "max_containers_per_user", 0, 0 },
	{ "max_container_metadata_bytes", 0, 0 },
	{ "max_connections_per_container", 0, 0 },
};

#define N_LIMITS (sizeof(limits) / sizeof(limits[0]))

static uint32_t *limit_of(struct config *c, size_t i)
{
	return (uint32_t *)((char *)c + limits[i].offset);
}

/* As dbus-daemon's, where the configuration says nothing. */
static void set_standard_limits(struct config *c)
{
	size_t i;

	for (i = 0; i < N_LIMITS; i++)
		if (limits[i].offset)
			*limit_of(c, i) = limits[i].standard;
}

static void begin_limit(struct reader *r, const char *name, const char **atts)
{
	const char *limit = get(atts, "name");

	if (!limit)
		fail(r, "<limit> element must have a \"name\" attribute");
	else
		replace(r, &r->attribute, limit);
}

static void end_limit(struct reader *r, const char *text)
{
	const char *name = r->attribute;
	long long value;
	char *end;
	size_t i;

	errno = 0;
	value = strtoll(text, &end, 0);
	if (end == text || *end) {
		fail(r, "<limit name=\"%s\"> element has invalid value (could "
		     "not parse as integer)", name);
		return;
	}
	if (value < 0) {
		fail(r, "<limit name=\"%s\"> must be a positive number", name);
		return;
	}
	if (errno || value > INT_MAX) {
		fail(r, "<limit name=\"%s\"> value is too large", name);
		return;
	}
	for (i = 0; i < N_LIMITS; i++) {
		if (strcmp(limits[i].name, name) != 0)
			continue;
		if (limits[i].offset)
			*limit_of(r->config, i) = value;
		return;
	}
	fail(r, "There is no limit called \"%s\"", name);
}

/* --- Policy --------------------------------------------------------------- */

static void begin_policy(struct reader *r, const char *name, const char **atts)
{
	const char *context = get(atts, "context");
	const char *console = get(atts, "at_console");
	const char *user = get(atts, "user"), *group = get(atts, "group");

	r->connect = NULL;
	r->id = 0;
	r->ignored = false;
	r->subject = user ? DBUS_SUBJECT_USER : group ? DBUS_SUBJECT_GROUP :
		     DBUS_SUBJECT_ANYBODY;
	if (!atts[0] || atts[2]) {
		fail(r, "<policy> element must have exactly one of "
		     "(context|user|group|at_console) attributes");
	} else if (context && !strcmp(context, "default")) {
		r->connect = &r->config->connect_default;
	} else if (context && !strcmp(context, "mandatory")) {
		r->connect = &r->config->connect_mandatory;
		r->subject = DBUS_SUBJECT_MANDATORY;
	} else if (context) {
		fail(r, "context attribute on <policy> must have the value "
		     "\"default\" or \"mandatory\", not \"%s\"", context);
	} else if (console && strcmp(console, "true") != 0 &&
		   strcmp(console, "false") != 0) {
		fail(r, "Unknown value \"%s\" for at_console in message bus "
		     "configuration file", console);
	} else if (console) {
		r->subject = !strcmp(console, "true") ? DBUS_SUBJECT_CONSOLE
						      : DBUS_SUBJECT_NO_CONSOLE;
	} else {
		r->ignored = user ? !rule_user(user, &r->id)
				  : !rule_group(group, &r->id);
		if (r->ignored)
			log_warning("%s:%lu: unknown %s \"%s\": its policy is "
				    "ignored", r->file,
				    XML_GetCurrentLineNumber(r->xml),
				    user ? "user" : "group",
				    user ? user : group);
	}
}

/* Takes over what @rule holds. */
static void add_rule(struct reader *r, struct rule *rule)
{
	if (r->ignored) {
		rule_deinit(rule);
		return;
	}
	rule->subject = r->subject;
	rule->id = r->id;
	if (asprintf(&rule->label, "%s:%lu", r->file,
		     XML_GetCurrentLineNumber(r->xml)) < 0)
		rule->label = NULL;
	if (!rule->label || !policy_add(&r->config->policy, rule)) {
		rule_deinit(rule);
		fail(r, "No memory");
	}
}

static bool is_console(const struct reader *r)
{
	return r->subject == DBUS_SUBJECT_CONSOLE ||
	       r->subject == DBUS_SUBJECT_NO_CONSOLE;
}

static bool add_connect_rule(struct connect_rules *list,
			     const struct connect_rule *rule)
{
	struct connect_rule *bigger;

	bigger = reallocarray(list->rules, list->n + 1, sizeof(*bigger));
	if (!bigger)
		return false;
	list->rules = bigger;
	list->rules[list->n++] = *rule;
	return true;
}

static void begin_rule(struct reader *r, const char *name, const char **atts)
{
	struct connect_rule rule;
	struct rule other;
	char *why = NULL;

	switch (rule_read(&rule, &other, name, atts, &why)) {
	case RULE_BAD:
		fail(r, "%s", why ? why : "No memory");
		free(why);
		break;
	case RULE_UNKNOWN_ID:
		log_warning("Unknown %s \"%s\" in message bus configuration "
			    "file", rule.subject == CONNECT_USER ? "username" :
			    "group", atts[1]);
		break;
	case RULE_CONNECT:
		if (r->ignored || is_console(r))
			break;
		if (!r->connect)
			fail(r, "Rules with user or group are only possible in "
			     "a policy with a context");
		else if (!add_connect_rule(r->connect, &rule))
			fail(r, "No memory");
		break;
	case RULE_OTHER:
		add_rule(r, &other);
		break;
	}
}

/* --- Security modules: checked, and left to them --------------------------- */

static void begin_associate(struct reader *r, const char *name,
			    const char **atts)
{
	if (!get(atts, "own") || !get(atts, "context"))
		fail(r, "Element <associate> must have attributes \"own\" and "
		     "\"context\"");
}

static void begin_apparmor(struct reader *r, const char *name,
			   const char **atts)
{
	const char *mode = get(atts, "mode");

	if (mode && strcmp(mode, "required") != 0 &&
	    strcmp(mode, "enabled") != 0 && strcmp(mode, "disabled") != 0)
		fail(r, "Mode attribute on <apparmor> must have value "
		     "\"required\", \"enabled\" or \"disabled\", not \"%s\"",
		     mode);
	else if (mode && !strcmp(mode, "required"))
		fail(r, "AppArmor mediation is required, which dbus-routed does "
		     "not do");
}

/* --- Other files ---------------------------------------------------------- */

static bool yes_or_no(struct reader *r, const char **atts, const char *name)
{
	const char *value = get(atts, name);

	if (!value || !strcmp(value, "no"))
		return false;
	if (strcmp(value, "yes") != 0)
		fail(r, "%s attribute must have value \"yes\" or \"no\"", name);
	return true;
}

/*
 * Files for the case that SELinux is there hold nothing but contexts for names,
 * which is its business with the bus, not ours.
 */
static void begin_include(struct reader *r, const char *name, const char **atts)
{
	r->ignore_missing = yes_or_no(r, atts, "ignore_missing");
	r->skip_include = yes_or_no(r, atts, "if_selinux_enabled");
	if (yes_or_no(r, atts, "selinux_root_relative") && !r->skip_include)
		fail(r, "<include selinux_root_relative=\"yes\"> must have "
		     "if_selinux_enabled=\"yes\"");
}

/* @path as seen from the file being read; allocated. */
static char *from_here(struct reader *r, const char *path)
{
	const char *slash = strrchr(r->file, '/');
	char *full;
	int n;

	if (*path == '/')
		n = asprintf(&full, "%s", path);
	else if (slash)
		n = asprintf(&full, "%.*s/%s", (int)(slash - r->file), r->file,
			     path);
	else
		n = asprintf(&full, "./%s", path);
	if (n < 0)
		fail(r, "No memory");
	return n < 0 ? NULL : full;
}

static bool is_circular(const struct reader *r, const char *file)
{
	char here[PATH_MAX], there[PATH_MAX];

	if (!realpath(file, there))
		return false;
	for (; r; r = r->outer)
		if (realpath(r->file, here) && !strcmp(here, there))
			return true;
	return false;
}

static void include(struct reader *r, const char *file)
{
	if (is_circular(r, file))
		fail(r, "Circular inclusion of file '%s'", file);
	else
		read_file(r->config, file, r);
}

static void end_include(struct reader *r, const char *text)
{
	char *file;

	if (r->skip_include)
		return;
	file = from_here(r, text);
	if (!file)
		return;
	if (!r->ignore_missing || !access(file, F_OK) || errno != ENOENT)
		include(r, file);
	free(file);
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && entry->d_name[0] != '.' &&
	       !strcmp(entry->d_name + len - 5, ".conf");
}

/* Takes @file over. */
static void include_entry(struct reader *r, char *file)
{
	if (!r->failed)
		include(r, file);
	free(file);
}

static void end_includedir(struct reader *r, const char *text)
{
	char *dir = from_here(r, text);
	struct dirent **entries;
	char *file;
	int i, n;

	if (!dir)
		return;
	n = scandir(dir, &entries, is_conf, alphasort);
	if (n < 0 && errno != ENOENT && errno != ENOTDIR)
		fail(r, "Couldn't open directory \"%s\": %m", dir);
	for (i = 0; i < n; i++) {
		if (asprintf(&file, "%s/%s", dir, entries[i]->d_name) < 0)
			fail(r, "No memory");
		else
			include_entry(r, file);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	free(dir);
}

/* --- XML ------------------------------------------------------------------ */

#define TOP	"busconfig"

static const struct element elements[] = {
	{ TOP, NULL, false, { NULL }, NULL, NULL },
	{ "type", TOP, true, { NULL }, NULL, end_type },
	{ "user", TOP, true, { NULL }, NULL, end_user },
	{ "fork", TOP, false, { NULL }, NULL, end_fork },
	{ "keep_umask", TOP, false, { NULL }, NULL, end_keep_umask },
	{ "syslog", TOP, false, { NULL }, NULL, end_syslog },
	{ "pidfile", TOP, true, { NULL }, NULL, end_pidfile },
	{ "listen", TOP, true, { NULL }, NULL, end_listen },
	{ "auth", TOP, true, { NULL }, NULL, end_auth },
	{ "allow_anonymous", TOP, false, { NULL }, NULL, NULL },
	{ "limit", TOP, true, { "name" }, begin_limit, end_limit },
	{ "include", TOP, true,
	  { "ignore_missing", "if_selinux_enabled", "selinux_root_relative" },
	  begin_include, end_include },
	{ "includedir", TOP, true, { NULL }, NULL, end_includedir },
	{ "servicedir", TOP, true, { NULL }, NULL, end_service_dir },
	{ "servicehelper", TOP, true, { NULL }, NULL, end_service_helper },
	{ "standard_session_servicedirs", TOP, false, { NULL }, NULL,
	  end_session_dirs },
	{ "standard_system_servicedirs", TOP, false, { NULL }, NULL,
	  end_system_dirs },
	{ "policy", TOP, false, { NULL }, begin_policy, NULL },
	{ "allow", "policy", false, { NULL }, begin_rule, NULL },
	{ "deny", "policy", false, { NULL }, begin_rule, NULL },
	{ "selinux", TOP, false, { NULL }, NULL, NULL },
	{ "associate", "selinux", false, { "own", "context" }, begin_associate,
	  NULL },
	{ "apparmor", TOP, false, { "mode" }, begin_apparmor, NULL },
};

static const struct element *find_element(const char *name, const char *parent)
{
	const struct element *e;
	size_t i;

	for (i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		e = &elements[i];
		if (!strcmp(e->name, name) &&
		    (parent ? e->parent && !strcmp(e->parent, parent) :
			      !e->parent))
			return e;
	}
	return NULL;
}

/* <policy>, <allow> and <deny> look at their attributes themselves. */
static bool check_attributes(struct reader *r, const struct element *e,
			     const char **atts)
{
	static const char *const policy[] = {
		"context", "user", "group", "at_console", NULL
	};
	const char *const *may = e->attributes;

	if (e->begin == begin_rule)
		return true;
	if (e->begin == begin_policy)
		may = policy;
	for (; *atts; atts += 2) {
		const char *const *a;

		for (a = may; *a && strcmp(*a, *atts) != 0; a++)
			;
		if (!*a) {
			fail(r, "Attribute \"%s\" is invalid on <%s> element "
			     "in this context", *atts, e->name);
			return false;
		}
	}
	return true;
}

static void XMLCALL on_begin(void *data, const char *name, const char **atts)
{
	struct reader *r = data;
	const struct element *e, *in;

	if (r->failed)
		return;
	in = r->depth ? r->open[r->depth - 1] : NULL;
	e = find_element(name, in ? in->name : NULL);
	if (!e && in)
		fail(r, "Element <%s> not allowed inside <%s> in configuration "
		     "file", name, in->name);
	else if (!e)
		fail(r, "Unknown element <%s> at root of configuration file",
		     name);
	if (!e || !check_attributes(r, e, atts))
		return;
	r->open[r->depth++] = e;
	r->text_len = 0;
	if (e->begin)
		e->begin(r, name, atts);
}

static void XMLCALL on_text(void *data, const char *text, int n)
{
	struct reader *r = data;
	const struct element *e;
	char *bigger;
	int i;

	if (r->failed || !r->depth)
		return;
	e = r->open[r->depth - 1];
	if (!e->has_text) {
		for (i = 0; i < n; i++)
			if (!strchr(" \t\r\n", text[i]))
				break;
		if (i < n)
			fail(r, "No text content expected inside XML element "
			     "%s in configuration file", e->name);
		return;
	}
	bigger = realloc(r->text, r->text_len + n + 1);
	if (!bigger) {
		fail(r, "No memory");
		return;
	}
	r->text = bigger;
	memcpy(r->text + r->text_len, text, n);
	r->text_len += n;
	r->text[r->text_len] = '\0';
}

static void XMLCALL on_end(void *data, const char *name)
{
	struct reader *r = data;
	const struct element *e;

	if (r->failed)
		return;
	e = r->open[r->depth - 1];
	if (e->has_text && !r->text_len)
		fail(r, "XML element <%s> was expected to have content inside "
		     "it", e->name);
	else if (e->end)
		e->end(r, e->has_text ? r->text : "");
	r->depth--;
}

static void parse(struct reader *r, FILE *f)
{
	char buf[4096];
	size_t n;

	do {
		n = fread(buf, 1, sizeof(buf), f);
		if (ferror(f)) {
			fail(r, "Failed to read \"%s\": %m", r->file);
			return;
		}
		if (XML_Parse(r->xml, buf, (int)n, feof(f) != 0) !=
		    XML_STATUS_OK) {
			fail_xml(r);
			return;
		}
	} while (!feof(f));
}

/* What goes wrong in an included file goes wrong in the one around it. */
static void read_file(struct config *c, const char *file, struct reader *outer)
{
	struct reader r = { .config = c, .file = file, .outer = outer };
	FILE *f = fopen(file, "re");

	if (!f) {
		fail(outer, "Failed to open \"%s\": %m", file);
		return;
	}
	r.xml = XML_ParserCreate(NULL);
	if (r.xml) {
		XML_SetUserData(r.xml, &r);
		XML_SetElementHandler(r.xml, on_begin, on_end);
		XML_SetCharacterDataHandler(r.xml, on_text);
		parse(&r, f);
		XML_ParserFree(r.xml);
	}
	fclose(f);
	if ((!r.xml || r.failed) && !outer->failed) {
		give_up(outer, r.why);
		r.why = NULL;
	}
	free(r.why);
	free(r.text);
	free(r.attribute);
}

bool config_read(struct config *c, const char *file, char **why)
{
	struct reader none = {};

	*c = (struct config){};
	set_standard_limits(c);
	read_file(c, file, &none);
	if (!none.failed && !c->n_listen)
		fail(&none, "Configuration file needs one or more <listen> "
		     "elements giving addresses");
	if (!none.failed && c->auth_other && !c->auth_external)
		fail(&none, "None of the configured auth mechanisms is "
		     "supported. Supported mechanisms are \"EXTERNAL\".");
	if (!none.failed && !policy_sort(&c->policy))
		fail(&none, "No memory");
	if (none.failed) {
		*why = none.why;
		config_deinit(c);
	}
	return !none.failed;
}

void config_deinit(struct config *c)
{
	size_t i;

	for (i = 0; i < c->n_listen; i++)
		free(c->listen[i]);
	free(c->listen);
	for (i = 0; i < c->n_service_dirs; i++)
		free(c->service_dirs[i].path);
	free(c->service_dirs);
	free(c->service_helper);
	free(c->type);
	free(c->user);
	free(c->pidfile);
	policy_deinit(&c->policy);
	free(c->connect_default.rules);
	free(c->connect_mandatory.rules);
	*c = (struct config){};
}

static bool in_groups(gid_t gid, const gid_t *groups, size_t n)
{
	while (n--)
		if (groups[n] == gid)
			return true;
	return false;
}

static bool apply(const struct connect_rules *list, bool allowed, uid_t uid,
		  const gid_t *groups, size_t n_groups)
{
	const struct connect_rule *r;
	size_t i;

	for (i = 0; i < list->n; i++) {
		r = &list->rules[i];
		if (r->subject == CONNECT_ANYBODY ||
		    (r->subject == CONNECT_USER && r->id == uid) ||
		    (r->subject == CONNECT_GROUP &&
		     in_groups(r->id, groups, n_groups)))
			allowed = r->allow;
	}
	return allowed;
}

bool config_may_connect(const struct config *c, uid_t uid, const gid_t *groups,
			size_t n_groups)
{
	bool allowed = uid == geteuid();

	allowed = apply(&c->connect_default, allowed, uid, groups, n_groups);
	return apply(&c->connect_mandatory, allowed, uid, groups, n_groups);
}

bool config_at_console(const struct config *c, uid_t uid)
{
	size_t i;

	for (i = 0; i < c->policy.n; i++)
		if (c->policy.rules[i].subject == DBUS_SUBJECT_CONSOLE ||
		    c->policy.rules[i].subject == DBUS_SUBJECT_NO_CONSOLE)
			/* without logind nobody is */
			return !access("/run/systemd/seats/", F_OK) &&
			       sd_uid_get_seats(uid, 0, NULL) > 0;
	return false;
}
