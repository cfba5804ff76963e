// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A connection that itself was captured: over TCP, first the lines of the
 * handshake, then messages. The client's handshake ends with BEGIN; the
 * server's messages begin behind its last line. Where the capture begins later,
 * both sides are in their messages already.
 */
#include <string.h>

#include <epan/packet.h>
#include <epan/conversation.h>
#include <epan/expert.h>
#include <epan/proto_data.h>
#include <epan/wmem_scopes.h>
#include <epan/dissectors/packet-tcp.h>

#include "dissector/compat.h"
#include "dissector/message.h"
#include "dissector/stream.h"

#define LONGEST_LINE 16384	/* of the handshake, as in libdbus */

static int proto_stream = -1;

static int hf_line = -1;
static int hf_command = -1;
static int hf_argument = -1;
static int hf_mechanism = -1;
static int hf_identity = -1;
static int hf_guid = -1;
static int hf_nul = -1;

static int ett_line = -1;

static expert_field ei_rejected = EI_INIT;
static expert_field ei_line = EI_INIT;

static dissector_handle_t stream_handle;
static dissector_handle_t message_handle;
static dissector_handle_t former_handle;	/* Wireshark's own */
static uint32_t n_streams;

/**
 * struct stream - a connection
 * @number: from 1
 * @server: address of whoever listens; AT_NONE if not known yet
 * @server_port: its port
 * @in_messages: by side, client first: it has said its last line
 */
struct stream {
	uint32_t number;
	address server;
	uint32_t server_port;
	bool in_messages[2];
};

/* --- Which side, and what it is saying ------------------------------------ */

static struct stream *stream_of(packet_info *pinfo)
{
	conversation_t *c = find_or_create_conversation(pinfo);
	struct stream *s = conversation_get_proto_data(c, proto_stream);

	if (s)
		return s;
	s = wmem_new0(wmem_file_scope(), struct stream);
	s->number = ++n_streams;
	conversation_add_proto_data(c, proto_stream, s);
	return s;
}

static void set_server(struct stream *s, const address *addr, uint32_t port)
{
	copy_address_wmem(wmem_file_scope(), &s->server, addr);
	s->server_port = port;
}

static bool is_from_server(const struct stream *s, const packet_info *pinfo)
{
	return addresses_equal(&s->server, &pinfo->src) &&
	       s->server_port == pinfo->srcport;
}

static bool begins_message(tvbuff_t *tvb, int at)
{
	uint8_t order, type;

	if (tvb_captured_length_remaining(tvb, at) < 4)
		return false;
	order = tvb_get_uint8(tvb, at);
	type = tvb_get_uint8(tvb, at + 1);
	return (order == 'l' || order == 'B') && type && type < 5 &&
	       tvb_get_uint8(tvb, at + 3) == 1;
}

/* The words with which lines begin: clients', then servers' */
static const char *const commands[] = {
	"AUTH", "CANCEL", "BEGIN", "NEGOTIATE_UNIX_FD",
	"REJECTED", "OK", "AGREE_UNIX_FD",
	"DATA", "ERROR",
};
#define N_CLIENT_COMMANDS 4

static int command_at(tvbuff_t *tvb, int at)
{
	int i, n, left = tvb_captured_length_remaining(tvb, at);

	for (i = 0; i < (int)array_length(commands); i++) {
		n = (int)strlen(commands[i]);
		if (left > n && !tvb_strneql(tvb, at, commands[i], n) &&
		    strchr(" \r", tvb_get_uint8(tvb, at + n)))
			return i;
	}
	return -1;
}

/* A client's first octet is a NUL, for the kernel's credentials. */
static int skip_nul(tvbuff_t *tvb, int at)
{
	return tvb_captured_length_remaining(tvb, at) > 0 &&
	       !tvb_get_uint8(tvb, at) ? 1 : 0;
}

static void learn_sides(struct stream *s, tvbuff_t *tvb,
			const packet_info *pinfo)
{
	int nul = skip_nul(tvb, 0), command = command_at(tvb, nul);

	if (s->server.type != AT_NONE)
		return;
	if (nul || (command >= 0 && command < N_CLIENT_COMMANDS))
		set_server(s, &pinfo->dst, pinfo->destport);
	else if (command >= 0 && command < 7)
		set_server(s, &pinfo->src, pinfo->srcport);
	else if (pinfo->destport < pinfo->srcport)
		set_server(s, &pinfo->dst, pinfo->destport);
	else
		set_server(s, &pinfo->src, pinfo->srcport);
}

/* --- The handshake -------------------------------------------------------- */

/* Hexadecimal digits of a name or number: 31303030 is user 1000 */
static const char *identity(wmem_allocator_t *scope, const char *hex)
{
	wmem_strbuf_t *s = wmem_strbuf_new(scope, "");
	int hi, lo;

	for (; hex[0] && hex[1]; hex += 2) {
		hi = g_ascii_xdigit_value(hex[0]);
		lo = g_ascii_xdigit_value(hex[1]);
		if (hi < 0 || lo < 0 || !g_ascii_isprint(hi << 4 | lo))
			return NULL;
		wmem_strbuf_append_c(s, (char)(hi << 4 | lo));
	}
	return *hex || !wmem_strbuf_get_len(s) ? NULL : wmem_strbuf_get_str(s);
}

static void show_auth(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo,
		      int at, int len, const char *text)
{
	const char *space = strchr(text, ' '), *who;
	int n = space ? (int)(space - text) : len;

	proto_tree_add_string(tree, hf_mechanism, tvb, at, n,
			      wmem_strndup(pinfo->pool, text, n));
	who = space ? identity(pinfo->pool, space + 1) : NULL;
	if (who)
		proto_tree_add_string(tree, hf_identity, tvb, at + n + 1,
				      len - n - 1, who);
}

static void show_argument(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo,
			  int at, int len, const char *command)
{
	const char *text = tvb_format_text(pinfo->pool, tvb, at, len);

	if (!strcmp(command, "AUTH"))
		show_auth(tree, tvb, pinfo, at, len, text);
	else if (!strcmp(command, "OK"))
		proto_tree_add_string(tree, hf_guid, tvb, at, len, text);
	else
		proto_tree_add_string(tree, hf_argument, tvb, at, len, text);
}

/* Returns whether it was BEGIN. @len: without its end */
static bool show_line(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		      int at, int len, int whole)
{
	int nul = skip_nul(tvb, at), command = command_at(tvb, at + nul), n;
	const char *text = tvb_format_text(pinfo->pool, tvb, at + nul,
					   len - nul);
	proto_item *item;
	proto_tree *sub;

	item = proto_tree_add_string_format(tree, hf_line, tvb, at, whole,
					    text, "D-Bus handshake: %s", text);
	sub = proto_item_add_subtree(item, ett_line);
	if (nul)
		proto_tree_add_item(sub, hf_nul, tvb, at, 1, ENC_NA);
	col_append_sep_fstr(pinfo->cinfo, COL_INFO, NULL, "Handshake: %s",
			    text);
	if (command < 0) {
		expert_add_info(pinfo, item, &ei_line);
		return false;
	}
	n = (int)strlen(commands[command]);
	proto_tree_add_string(sub, hf_command, tvb, at + nul, n,
			      commands[command]);
	if (len - nul > n + 1)
		show_argument(sub, tvb, pinfo, at + nul + n + 1,
			      len - nul - n - 1, commands[command]);
	if (!strcmp(commands[command], "REJECTED") ||
	    !strcmp(commands[command], "ERROR"))
		expert_add_info(pinfo, item, &ei_rejected);
	return !strcmp(commands[command], "BEGIN");
}

/* --- The whole ------------------------------------------------------------ */

/* Ask for more; the stream comes again from @at on. */
static int want(packet_info *pinfo, tvbuff_t *tvb, int at, uint32_t more)
{
	pinfo->desegment_offset = at;
	pinfo->desegment_len = more;
	return tvb_captured_length(tvb);
}

static uint32_t length_at(tvbuff_t *tvb, int at)
{
	uint8_t head[WIRE_FIXED_LEN];
	uint32_t len = 0;

	tvb_memcpy(tvb, head, at, sizeof(head));
	wire_frame(head, sizeof(head), &len);
	return len;
}

/* The messages at @at; 0: no more, or a @pinfo->desegment_len was set */
static int show_one(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, int at,
		    struct origin *origin)
{
	uint32_t left = tvb_reported_length_remaining(tvb, at), len;

	if (tvb_captured_length_remaining(tvb, at) < WIRE_FIXED_LEN) {
		if (pinfo->can_desegment && left < WIRE_FIXED_LEN)
			want(pinfo, tvb, at, DESEGMENT_ONE_MORE_SEGMENT);
		return 0;
	}
	len = length_at(tvb, at);
	if (!len)
		len = left;
	if (len > left && pinfo->can_desegment) {
		want(pinfo, tvb, at, len - left);
		return 0;
	}
	len = MIN(len, left);
	call_dissector_only(message_handle,
			    tvb_new_subset_length(tvb, at, (int)len), pinfo,
			    tree, origin);
	return (int)len;
}

/*
 * In which state a segment begins is kept with its frame: the stream's own is
 * that behind the last one.
 */
static bool begins_in_messages(struct stream *s, packet_info *pinfo,
			       tvbuff_t *tvb, int side)
{
	uint32_t key = 1 + (uint32_t)tvb_raw_offset(tvb);
	bool *kept = p_get_proto_data(wmem_file_scope(), pinfo, proto_stream,
				      key);

	if (kept)
		return *kept;
	kept = wmem_new(wmem_file_scope(), bool);
	*kept = s->in_messages[side];
	p_add_proto_data(wmem_file_scope(), pinfo, proto_stream, key, kept);
	return *kept;
}

static int dissect_stream(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			  void *data)
{
	struct stream *s = stream_of(pinfo);
	int at = 0, n, line, next, end = tvb_captured_length(tvb);
	struct origin origin;
	bool in_messages;

	learn_sides(s, tvb, pinfo);
	origin = (struct origin){
		.stream = s->number,
		.from_server = is_from_server(s, pinfo),
	};
	in_messages = begins_in_messages(s, pinfo, tvb, origin.from_server);
	proto_item_set_hidden(proto_tree_add_item(tree, proto_stream, tvb, 0,
						  -1, ENC_NA));
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "D-Bus");
	col_clear(pinfo->cinfo, COL_INFO);

	while (at < end) {
		if (!in_messages && begins_message(tvb, at))
			in_messages = true;
		if (in_messages) {
			col_append_str(pinfo->cinfo, COL_INFO, at ? ", " : "");
			col_set_fence(pinfo->cinfo, COL_INFO);
			n = show_one(tvb, pinfo, tree, at, &origin);
			if (!n)
				break;
			at += n;
			continue;
		}
		line = tvb_find_line_end(tvb, at, -1, &next, true);
		if (line < 0) {
			if (pinfo->can_desegment && end - at < LONGEST_LINE) {
				want(pinfo, tvb, at,
				     DESEGMENT_ONE_MORE_SEGMENT);
				break;
			}
			line = end - at;
			next = end;
		}
		in_messages = show_line(tvb, pinfo, tree, at, line, next - at);
		at = next;
	}
	if (!PINFO_FD_VISITED(pinfo))
		s->in_messages[origin.from_server] = in_messages;
	return end;
}

/* Every message has a header field: its code, and a signature of one octet */
static bool begins_field(tvbuff_t *tvb)
{
	uint8_t code;

	if (tvb_captured_length(tvb) < WIRE_FIXED_LEN + 4)
		return false;
	code = tvb_get_uint8(tvb, WIRE_FIXED_LEN);
	return code && code < WIRE_F_COUNT &&
	       tvb_get_uint8(tvb, WIRE_FIXED_LEN + 1) == 1 &&
	       !tvb_get_uint8(tvb, WIRE_FIXED_LEN + 3);
}

/* Sure enough to take a connection that nobody has claimed */
static bool is_stream(tvbuff_t *tvb)
{
	if (skip_nul(tvb, 0))
		return tvb_captured_length(tvb) > 5 &&
		       !tvb_strneql(tvb, 1, "AUTH", 4) &&
		       strchr(" \r", tvb_get_uint8(tvb, 5));
	if (!begins_message(tvb, 0) ||
	    tvb_captured_length(tvb) < WIRE_FIXED_LEN)
		return false;
	return length_at(tvb, 0) > WIRE_FIXED_LEN && begins_field(tvb);
}

static ws_boolean dissect_heuristic(tvbuff_t *tvb, packet_info *pinfo,
				    proto_tree *tree, void *data)
{
	if (!is_stream(tvb))
		return false;
	conversation_set_dissector(find_or_create_conversation(pinfo),
				   stream_handle);
	dissect_stream(tvb, pinfo, tree, data);
	return true;
}

static void forget_file(void)
{
	n_streams = 0;
}

void stream_register(void)
{
	static hf_register_info hf[] = {
		{ &hf_line, { "Handshake", "dbus.sasl",
			FT_STRING, BASE_NONE, NULL, 0,
			"A line of the SASL handshake", HFILL } },
		{ &hf_command, { "Command", "dbus.sasl.command",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_argument, { "Argument", "dbus.sasl.argument",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_mechanism, { "Mechanism", "dbus.sasl.mechanism",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_identity, { "Identity", "dbus.sasl.identity",
			FT_STRING, BASE_NONE, NULL, 0,
			"Whom the client claims to be: a user's number",
			HFILL } },
		{ &hf_guid, { "GUID of the server", "dbus.sasl.guid",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_nul, { "NUL for credentials", "dbus.sasl.nul",
			FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL } },
	};
	static ei_register_info ei[] = {
		{ &ei_rejected, { "dbus.sasl.rejected",
			PI_RESPONSE_CODE, PI_NOTE,
			"Refused in the handshake", EXPFILL } },
		{ &ei_line, { "dbus.sasl.unknown", PI_PROTOCOL, PI_WARN,
			"Not a line of the handshake", EXPFILL } },
	};
	static int *ett[] = { &ett_line };

	proto_stream = proto_register_protocol("D-Bus connection",
					       "D-Bus connection",
					       "dbus_stream");
	proto_register_field_array(proto_stream, hf, array_length(hf));
	proto_register_subtree_array(ett, array_length(ett));
	expert_register_field_array(expert_register_protocol(proto_stream),
				    ei, array_length(ei));
	stream_handle = register_dissector("dbus_stream", dissect_stream,
					   proto_stream);
	register_cleanup_routine(forget_file);
}

/* Chosen as "D-Bus": all of it, unless D-Bus connections are switched off. */
static int dissect_chosen(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			  void *data)
{
	int n;

	/* as if TCP called them itself */
	pinfo->can_desegment = pinfo->saved_can_desegment;
	n = call_dissector_only(stream_handle, tvb, pinfo, tree, data);

	if (!n && former_handle)
		n = call_dissector_only(former_handle, tvb, pinfo, tree, data);
	return n;
}

/*
 * Wireshark's own dissector is one that can be chosen for a port, and takes the
 * first octets of a handshake for the length of a message: stand in its place,
 * whatever it is chosen by. The list is Wireshark's; its entries are handles.
 */
static void take_decode_as(int proto_dbus)
{
	dissector_handle_t chosen;
	GSList *entry;

	chosen = create_dissector_handle(dissect_chosen, proto_dbus);
	entry = dissector_table_get_dissector_handles(
		find_dissector_table("tcp.port"));
	while (entry && dissector_handle_get_protocol_index(entry->data) !=
				proto_dbus)
		entry = entry->next;
	if (!entry) {
		dissector_add_for_decode_as("tcp.port", chosen);
		return;
	}
	former_handle = entry->data;
	entry->data = chosen;
}

void stream_handoff(dissector_handle_t handle)
{
	message_handle = handle;
	dissector_add_for_decode_as("tcp.port", stream_handle);
	take_decode_as(dissector_handle_get_protocol_index(handle));
	heur_dissector_add("tcp", dissect_heuristic, "D-Bus over TCP",
			   "dbus_tcp", proto_stream, HEURISTIC_ENABLE);
}
