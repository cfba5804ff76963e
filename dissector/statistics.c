// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tshark -z dbus,srt: how long calls take, by method and by service.
 * tshark -z dbus,tree: how many messages there are of what.
 */
#include <epan/packet.h>
#include <epan/srt_table.h>
#include <epan/stats_tree.h>
#include <epan/tap.h>

#include "dissector/compat.h"
#include "dissector/sighting.h"
#include "wire/message.h"

/* --- Service response times ----------------------------------------------- */

enum { BY_METHOD, BY_SERVICE, N_TABLES };

static void srt_init(struct register_srt *srt, GArray *tables)
{
	init_srt_table("D-Bus methods", "Methods", tables, 0, "Method", NULL,
		       NULL);
	init_srt_table("D-Bus services", "Services", tables, 0, "Service",
		       NULL, NULL);
}

/* Rows come as they are needed. */
static int row_of(srt_stat_table *table, const char *name)
{
	int i;

	for (i = 0; i < table->num_procs; i++)
		if (table->procedures[i].procedure &&
		    !strcmp(table->procedures[i].procedure, name))
			return i;
	init_srt_table_row(table, i, name);
	return i;
}

static void srt_add(srt_data_t *data, int which, const char *name,
		    const struct sighting *s, packet_info *pinfo)
{
	srt_stat_table *table = g_array_index(data->srt_array,
					      srt_stat_table *, which);
	/* the interface wants the time of the call, and takes the difference */
	nstime_t called;

	nstime_delta(&called, &pinfo->abs_ts, &s->time);
	add_srt_table_data(table, row_of(table, name), &called, pinfo);
}

static tap_packet_status srt_packet(void *tapdata, packet_info *pinfo,
				    epan_dissect_t *edt, const void *sighting,
				    tap_flags_t flags)
{
	const struct sighting *s = sighting;
	const char *name;

	if (!s->is_answer || !s->member)
		return TAP_PACKET_DONT_REDRAW;
	name = s->interface ? wmem_strdup_printf(pinfo->pool, "%s.%s",
						 s->interface, s->member) :
			      s->member;
	srt_add(tapdata, BY_METHOD, name, s, pinfo);
	if (s->service)
		srt_add(tapdata, BY_SERVICE, s->service, s, pinfo);
	return TAP_PACKET_REDRAW;
}

/* --- Tree ----------------------------------------------------------------- */

static const value_string types[] = {
	{ WIRE_METHOD_CALL, "Method calls" },
	{ WIRE_METHOD_RETURN, "Method returns" },
	{ WIRE_ERROR, "Errors" },
	{ WIRE_SIGNAL, "Signals" },
	{ 0, NULL }
};

static int node_types;
static int node_calls;
static int node_interfaces;
static int node_senders;
static int node_errors;
static int node_verdicts;

static void tree_init(stats_tree *st)
{
	node_types = stats_tree_create_node(st, "Messages", 0, STAT_DT_INT,
					    true);
	node_calls = stats_tree_create_node(st, "Calls", 0, STAT_DT_INT, true);
	node_interfaces = stats_tree_create_node(st, "Interfaces", 0,
						 STAT_DT_INT, true);
	node_senders = stats_tree_create_node(st, "Senders", 0, STAT_DT_INT,
					      true);
	node_errors = stats_tree_create_node(st, "Error replies", 0,
					     STAT_DT_INT, true);
	node_verdicts = stats_tree_create_node(st, "Not delivered", 0,
					       STAT_DT_INT, true);
}

static void tick(stats_tree *st, const char *node, int id, const char *name)
{
	if (!name)
		return;
	tick_stat_node(st, node, 0, true);
	tick_stat_node(st, name, id, false);
}

static void tick_calls(stats_tree *st, const struct sighting *s)
{
	if (s->wants_answer)
		tick(st, "Calls", node_calls, "that want an answer");
	if (s->unanswered)
		tick_stat_node(st, "not answered", node_calls, false);
	if (s->is_answer)
		tick_stat_node(st, s->error_name ? "answered by an error" :
						   "answered",
			       node_calls, false);
}

static void tick_interface(stats_tree *st, const struct sighting *s)
{
	int id;

	if (s->type != WIRE_METHOD_CALL && s->type != WIRE_SIGNAL)
		return;
	tick_stat_node(st, "Interfaces", 0, true);
	id = tick_stat_node(st, s->interface ? s->interface : "(none)",
			    node_interfaces, true);
	tick_stat_node(st, s->member ? s->member : "(none)", id, false);
}

static tap_packet_status tree_packet(stats_tree *st, packet_info *pinfo,
				     epan_dissect_t *edt, const void *sighting,
				     tap_flags_t flags)
{
	const struct sighting *s = sighting;

	tick(st, "Messages", node_types,
	     val_to_str_const(s->type, types, "Of unknown type"));
	tick_calls(st, s);
	tick_interface(st, s);
	tick(st, "Senders", node_senders, s->sender);
	tick(st, "Error replies", node_errors, s->error_name);
	tick(st, "Not delivered", node_verdicts, s->verdict);
	return TAP_PACKET_REDRAW;
}

void statistics_register(int proto)
{
	register_srt_table(proto, "dbus", N_TABLES, srt_packet, srt_init, NULL);
	stats_tree_register_plugin("dbus", "dbus", "D-Bus", 0, tree_packet,
				   tree_init, NULL);
}
