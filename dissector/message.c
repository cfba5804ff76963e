// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A message: its header in the tree, what it says in the columns. wire/ takes
 * it apart and judges it; of a message that is not valid, or was cut, all is
 * shown that can be read.
 *
 * The fields are those of Wireshark's own D-Bus dissector, under the same
 * names, and belong to its protocol.
 */
#include <epan/packet.h>
#include <epan/expert.h>

#include "dissector/arguments.h"
#include "dissector/bus.h"
#include "dissector/calls.h"
#include "dissector/compat.h"
#include "dissector/fields.h"
#include "dissector/message.h"
#include "dissector/names.h"
#include "dissector/objects.h"
#include "dissector/ownership.h"
#include "dissector/preferences.h"
#include "dissector/record.h"
#include "dissector/sighting.h"
#include "dissector/validity.h"
#include "wire/fields.h"

static int proto_dbus = -1;

static int hf_endianness = -1;
static int hf_message_type = -1;
static int hf_flags = -1;
static int hf_no_reply = -1;
static int hf_no_auto_start = -1;
static int hf_interactive = -1;
static int hf_unknown_flags = -1;
static int hf_version = -1;
static int hf_body_length = -1;
static int hf_serial = -1;
static int hf_fields_length = -1;
static int hf_field_code = -1;
static int hf_field_signature = -1;
static int hf_field = -1;
static int hf_padding = -1;
static int hf_path = -1;
static int hf_interface = -1;
static int hf_member = -1;
static int hf_error_name = -1;
static int hf_reply_serial = -1;
static int hf_destination = -1;
static int hf_sender = -1;
static int hf_signature = -1;
static int hf_unix_fds = -1;
static int hf_container_instance = -1;
static int hf_body = -1;
static int hf_error_text = -1;
static int hf_src = -1;
static int hf_dst = -1;
static int hf_addr = -1;
static int hf_peer = -1;

static int ett_message = -1;
static int ett_header = -1;
static int ett_flags = -1;
static int ett_field = -1;
static int ett_body = -1;

static expert_field ei_type_unknown = EI_INIT;
static expert_field ei_flags_unknown = EI_INIT;
static expert_field ei_cut = EI_INIT;
static expert_field ei_length = EI_INIT;
static expert_field ei_fds = EI_INIT;
static expert_field ei_error = EI_INIT;

static const value_string endiannesses[] = {
	{ 'l', "little-endian" },
	{ 'B', "big-endian" },
	{ 0, NULL }
};

static const value_string message_types[] = {
	{ WIRE_METHOD_CALL, "Method call" },
	{ WIRE_METHOD_RETURN, "Method return" },
	{ WIRE_ERROR, "Error" },
	{ WIRE_SIGNAL, "Signal" },
	{ 0, NULL }
};

static const value_string field_codes[] = {
	{ WIRE_F_PATH, "Path" },
	{ WIRE_F_INTERFACE, "Interface" },
	{ WIRE_F_MEMBER, "Member" },
	{ WIRE_F_ERROR_NAME, "Error name" },
	{ WIRE_F_REPLY_SERIAL, "Reply serial" },
	{ WIRE_F_DESTINATION, "Destination" },
	{ WIRE_F_SENDER, "Sender" },
	{ WIRE_F_SIGNATURE, "Signature" },
	{ WIRE_F_UNIX_FDS, "Unix FDs" },
	{ WIRE_F_CONTAINER_INSTANCE, "Container instance" },
	{ 0, NULL }
};

static int *const hf_of_field[WIRE_F_COUNT] = {
	[WIRE_F_PATH] = &hf_path,
	[WIRE_F_INTERFACE] = &hf_interface,
	[WIRE_F_MEMBER] = &hf_member,
	[WIRE_F_ERROR_NAME] = &hf_error_name,
	[WIRE_F_REPLY_SERIAL] = &hf_reply_serial,
	[WIRE_F_DESTINATION] = &hf_destination,
	[WIRE_F_SENDER] = &hf_sender,
	[WIRE_F_SIGNATURE] = &hf_signature,
	[WIRE_F_UNIX_FDS] = &hf_unix_fds,
	[WIRE_F_CONTAINER_INSTANCE] = &hf_container_instance,
};

const char *message_string(const struct message *msg, struct wire_str s)
{
	if (!s.s[s.len] && wire_is_utf8(s.s, s.len))
		return s.s;
	return tvb_format_text(msg->pinfo->pool, msg->tvb,
			       (int)((const uint8_t *)s.s - msg->m.data),
			       s.len);
}

const char *message_kind(const struct message *msg)
{
	const char *s = try_val_to_str(msg->m.type, message_types);

	return s ? s : wmem_strdup_printf(msg->pinfo->pool,
					  "Message of type %u", msg->m.type);
}

/* --- Reading -------------------------------------------------------------- */

/* A value of a field that is as it should be, or could be */
static void keep_field(struct wire_msg *m, const struct field *field)
{
	struct wire_str *const strings[WIRE_F_COUNT] = {
		[WIRE_F_PATH] = &m->path,
		[WIRE_F_INTERFACE] = &m->interface,
		[WIRE_F_MEMBER] = &m->member,
		[WIRE_F_ERROR_NAME] = &m->error_name,
		[WIRE_F_DESTINATION] = &m->destination,
		[WIRE_F_SENDER] = &m->sender,
		[WIRE_F_CONTAINER_INSTANCE] = &m->container_instance,
	};
	enum wire_status status = fields_check(field);

	if (!fields_has_type(field) || m->present & 1 << field->code)
		return;
	if (status == WIRE_E_SHORT || status == WIRE_E_ARRAY_BOUNDS)
		return;
	if (field->code == WIRE_F_SIGNATURE) {
		/* nothing may be walked by one that is not valid */
		if (status == WIRE_E_STRING ||
		    wire_check_signature(field->str.s, field->str.len))
			return;
		m->signature = field->str;
	} else if (field->code == WIRE_F_REPLY_SERIAL) {
		m->reply_serial = field->u;
	} else if (field->code == WIRE_F_UNIX_FDS) {
		m->unix_fds = field->u;
	} else if (strings[field->code] && field->str.s) {
		*strings[field->code] = field->str;
	}
	m->present |= 1 << field->code;
}

/*
 * wire_parse() stops at the first fault. What stands behind it is still worth
 * seeing, where it is clear what it is.
 */
static void read_invalid(struct wire_msg *m, tvbuff_t *tvb)
{
	uint32_t have = tvb_captured_length(tvb);
	uint32_t enc = m->big ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN;
	struct fields fields;
	struct field field;

	if (have < WIRE_FIXED_LEN)
		return;
	m->body_len = tvb_get_uint32(tvb, 4, enc);
	m->serial = tvb_get_uint32(tvb, 8, enc);
	m->fields_len = tvb_get_uint32(tvb, 12, enc);
	if (m->fields_len > WIRE_ARRAY_MAX)
		m->fields_len = WIRE_ARRAY_MAX;
	m->body = (WIRE_FIXED_LEN + m->fields_len + 7) & ~7u;
	if (m->body_len > WIRE_MESSAGE_MAX - m->body)
		m->body_len = WIRE_MESSAGE_MAX - m->body;
	m->len = m->body + m->body_len;
	m->have = MIN(have, m->len);

	fields_init(&fields, m);
	while (fields_next(&fields, &field))
		keep_field(m, &field);
}

static void read_message(struct message *msg)
{
	uint32_t have = tvb_captured_length(msg->tvb);

	msg->status = wire_parse(&msg->m, tvb_get_ptr(msg->tvb, 0, have), have);
	if (msg->status == WIRE_OK)
		msg->status = wire_validate_body(&msg->m);
	else if (msg->status != WIRE_E_SHORT && msg->status != WIRE_E_ENDIAN)
		read_invalid(&msg->m, msg->tvb);
}

static bool header_is_whole(const struct message *msg)
{
	return msg->m.body && msg->m.have >= msg->m.body;
}

/* --- Columns and lines ---------------------------------------------------- */

static void put_str(struct text *t, const struct message *msg,
		    struct wire_str s)
{
	text_add(t, message_string(msg, s));
}

/* org.foo.Bar.Frob, as far as it is told */
static void put_method(struct text *t, const char *interface,
		       const char *member)
{
	if (interface) {
		text_add(t, interface);
		text_add(t, ".");
	}
	text_add(t, member ? member : "\xe2\x80\xa6");
}

static const char *string_or_null(const struct message *msg, struct wire_str s)
{
	return s.s ? message_string(msg, s) : NULL;
}

static void put_path(struct text *t, const struct message *msg)
{
	if (!msg->m.path.s)
		return;
	text_add(t, " @ ");
	put_str(t, msg, msg->m.path);
}

/* Arguments, as short as the user likes them */
static void put_arguments(struct text *t, const struct message *msg)
{
	uint32_t max = t->max;

	if (!preferences.info_arguments || !header_is_whole(msg))
		return;
	t->max = MIN(max, t->len + preferences.info_max);
	arguments_line(msg, t);
	t->max = max;
	if (t->full && t->len < max)
		t->full = false;
}

static bool has_arguments(const struct message *msg)
{
	return msg->m.signature.s && msg->m.signature.len &&
	       preferences.info_arguments && header_is_whole(msg);
}

static void put_answer(struct text *t, const struct message *msg)
{
	const struct call *call = msg->call;
	char s[32];

	if (call && call->member) {
		put_method(t, call->interface, call->member);
		return;
	}
	snprintf(s, sizeof(s), "reply to %u", msg->m.reply_serial);
	text_add(t, s);
}

static void put_return(struct text *t, const struct message *msg)
{
	text_add(t, "-> ");
	put_answer(t, msg);
	text_add(t, ": ");
	if (has_arguments(msg))
		put_arguments(t, msg);
	else if (msg->m.signature.s && msg->m.signature.len)
		text_add(t, msg->m.signature.s);
	else
		text_add(t, "OK");
}

static void put_error(struct text *t, const struct message *msg)
{
	text_add(t, "! ");
	put_answer(t, msg);
	text_add(t, ": ");
	if (msg->m.error_name.s)
		put_str(t, msg, msg->m.error_name);
	else
		text_add(t, "error");
	if (has_arguments(msg)) {
		text_add(t, ": ");
		put_arguments(t, msg);
	}
}

/* The whole message on one line */
static void put_line(struct text *t, const struct message *msg)
{
	if (!msg->m.body || !(msg->m.present & ~(1u << WIRE_F_SENDER))) {
		text_add(t, message_kind(msg));
		return;
	}
	switch (msg->m.type) {
	case WIRE_METHOD_RETURN:
		put_return(t, msg);
		return;
	case WIRE_ERROR:
		put_error(t, msg);
		return;
	case WIRE_SIGNAL:
		text_add(t, "* ");
		break;
	}
	put_method(t, string_or_null(msg, msg->m.interface),
		   string_or_null(msg, msg->m.member));
	text_add(t, "(");
	put_arguments(t, msg);
	text_add(t, ")");
	put_path(t, msg);
}

static const char *intern(const struct message *msg, struct wire_str s)
{
	const char *name = message_string(msg, s);

	return bus_intern(name, strlen(name));
}

/* A reply comes from whom the call was sent to, by that name. */
static void name_source(const struct message *msg)
{
	packet_info *pinfo = msg->pinfo;
	const struct call *call = msg->call;
	const char *name, *label = NULL;

	if (!msg->m.sender.s)
		return;
	name = intern(msg, msg->m.sender);
	if (call && msg->m.reply_serial && call->destination &&
	    owner_of(msg->bus, call->destination, pinfo->num) == name)
		label = call->destination;
	names_address(pinfo->pool, &pinfo->src, msg->bus, name, label);
}

static void name_destination(const struct message *msg)
{
	packet_info *pinfo = msg->pinfo;
	const char *name, *owner;

	if (!msg->m.destination.s) {
		if (msg->m.type == WIRE_SIGNAL)
			names_address(pinfo->pool, &pinfo->dst, msg->bus,
				      "(broadcast)", NULL);
		return;
	}
	name = intern(msg, msg->m.destination);
	owner = owner_of(msg->bus, name, pinfo->num);
	names_address(pinfo->pool, &pinfo->dst, msg->bus, owner ? owner : name,
		      name);
}

static void fill_columns(const struct message *msg, const struct text *line)
{
	packet_info *pinfo = msg->pinfo;

	col_set_str(pinfo->cinfo, COL_PROTOCOL, "D-Bus");
	col_add_str(pinfo->cinfo, COL_INFO, line->s);
	if (msg->status == WIRE_E_SHORT)
		col_append_str(pinfo->cinfo, COL_INFO, " [cut]");
	else if (msg->status)
		col_append_fstr(pinfo->cinfo, COL_INFO, " [%s]",
				wire_strerror(msg->status));
	if (msg->side[0])
		return;
	name_source(msg);
	name_destination(msg);
}

/* --- The tree ------------------------------------------------------------- */

static void show_unknown_flags(const struct message *msg, proto_tree *tree)
{
	unsigned int known = WIRE_NO_REPLY_EXPECTED | WIRE_NO_AUTO_START |
			     WIRE_ALLOW_INTERACTIVE_AUTHORIZATION;

	if (msg->m.flags & ~known)
		expert_add_info(msg->pinfo, tree, &ei_flags_unknown);
}

static void show_flags(const struct message *msg, proto_tree *tree)
{
	static int *const bits[] = {
		&hf_no_reply, &hf_no_auto_start, &hf_interactive,
		&hf_unknown_flags, NULL
	};
	proto_item *item;

	item = proto_tree_add_bitmask(tree, msg->tvb, 2, hf_flags, ett_flags,
				      bits, ENC_NA);
	show_unknown_flags(msg, item);
}

/* In the order of the octets, as far as they are there */
static void show_fixed(struct message *msg, proto_tree *tree)
{
	uint32_t have = MIN(tvb_captured_length(msg->tvb), WIRE_FIXED_LEN);
	uint32_t enc = msg->m.big ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN;
	tvbuff_t *tvb = msg->tvb;
	proto_item *item;

	item = proto_tree_add_item(tree, hf_endianness, tvb, 0, 1, ENC_NA);
	if (msg->status == WIRE_E_ENDIAN) {
		validity_tell(msg, item, WIRE_E_ENDIAN);
		return;
	}
	if (have < 2)
		return;
	item = proto_tree_add_item(tree, hf_message_type, tvb, 1, 1, ENC_NA);
	if (!msg->m.type)
		validity_tell(msg, item, WIRE_E_TYPE);
	else if (msg->m.type > WIRE_SIGNAL)
		expert_add_info(msg->pinfo, item, &ei_type_unknown);
	if (have < 3)
		return;
	show_flags(msg, tree);
	if (have < 4)
		return;
	item = proto_tree_add_item(tree, hf_version, tvb, 3, 1, ENC_NA);
	if (tvb_get_uint8(tvb, 3) != 1)
		validity_tell(msg, item, WIRE_E_VERSION);
	if (have < 8)
		return;
	item = proto_tree_add_item(tree, hf_body_length, tvb, 4, 4, enc);
	if (msg->status == WIRE_E_LENGTH)
		validity_tell(msg, item, WIRE_E_LENGTH);
	if (have < 12)
		return;
	item = proto_tree_add_item(tree, hf_serial, tvb, 8, 4, enc);
	if (!msg->m.serial)
		validity_tell(msg, item, WIRE_E_SERIAL);
	if (have < 16)
		return;
	item = proto_tree_add_item(tree, hf_fields_length, tvb, 12, 4, enc);
	proto_item_set_hidden(item);
	if (msg->status == WIRE_E_ARRAY_LENGTH && !msg->m.present)
		validity_tell(msg, item, WIRE_E_ARRAY_LENGTH);
}

/* A field that we don't know, or that is not what it should be */
static proto_item *show_odd_field(const struct message *msg, proto_tree *tree,
				  const struct field *field, uint32_t end)
{
	const char *name = try_val_to_str(field->code, field_codes);
	proto_item *item;

	item = proto_tree_add_item(tree, hf_field, msg->tvb, field->off,
				   end - field->off, ENC_NA);
	if (field->end == field->off)
		proto_item_set_text(item, "The header ends here");
	else if (name)
		proto_item_set_text(item, "%s", name);
	else
		proto_item_set_text(item, "Header field %u", field->code);
	if (field->sig.s)
		proto_item_append_text(item, " (%s)",
				       message_string(msg, field->sig));
	if (field->str.s)
		proto_item_append_text(item, ": %s",
				       message_string(msg, field->str));
	return item;
}

/* Of a connection a name that it owns, of a name its owner */
static void add_other_name(const struct message *msg, proto_item *item,
			   struct wire_str s)
{
	const char *name = intern(msg, s), *other;

	if (*name == ':')
		other = owned_first(msg->bus, name, msg->pinfo->num);
	else
		other = owner_of(msg->bus, name, msg->pinfo->num);
	if (other)
		proto_item_append_text(item, " (%s)", other);
}

static proto_item *show_known_field(const struct message *msg,
				    proto_tree *tree,
				    const struct field *field)
{
	int hf = *hf_of_field[field->code];
	int len = field->end - field->off;
	proto_item *item;

	if (!field->str.s)
		return proto_tree_add_uint(tree, hf, msg->tvb, field->off, len,
					   field->u);
	item = proto_tree_add_string(tree, hf, msg->tvb, field->off, len,
				     message_string(msg, field->str));
	if (field->code == WIRE_F_SENDER || field->code == WIRE_F_DESTINATION)
		add_other_name(msg, item, field->str);
	return item;
}

static bool has_its_type(const struct field *field)
{
	return fields_has_type(field) &&
	       (field->str.s || field->sig.s[0] == 'u') &&
	       field->end > field->at;
}

static void show_field(struct message *msg, proto_tree *tree,
		       const struct field *field)
{
	enum wire_status status = fields_check(field);
	uint32_t end = MIN(MAX(field->end, field->off), msg->m.have);
	proto_item *item;
	proto_tree *sub;

	if (has_its_type(field))
		item = show_known_field(msg, tree, field);
	else
		item = show_odd_field(msg, tree, field, end);
	sub = proto_item_add_subtree(item, ett_field);
	if (field->end > field->off)
		proto_tree_add_item(sub, hf_field_code, msg->tvb, field->off, 1,
				    ENC_NA);
	if (field->sig.s)
		proto_tree_add_string(sub, hf_field_signature, msg->tvb,
				      field->off + 1, field->sig.len + 2,
				      message_string(msg, field->sig));
	if (status == WIRE_E_PADDING)
		proto_tree_add_item(sub, hf_padding, msg->tvb, field->pad,
				    field->off - field->pad, ENC_NA);
	validity_tell(msg, item, status);
	if (field->code && field->code < 32) {
		if (msg->seen & 1u << field->code)
			validity_tell(msg, item, WIRE_E_FIELD_TWICE);
		msg->seen |= 1u << field->code;
	}
}

static void show_end_padding(struct message *msg, proto_tree *tree)
{
	uint32_t at = WIRE_FIXED_LEN + msg->m.fields_len;
	proto_item *item;
	uint32_t i;

	for (i = at; i < msg->m.body; i++) {
		if (!msg->m.data[i])
			continue;
		item = proto_tree_add_item(tree, hf_padding, msg->tvb, at,
					   msg->m.body - at, ENC_NA);
		validity_tell(msg, item, WIRE_E_PADDING);
		return;
	}
}

static void show_missing(struct message *msg, proto_item *item)
{
	unsigned int missing;
	uint8_t code;

	if (!msg->m.type || msg->m.type > WIRE_SIGNAL)
		return;
	missing = wire_required_fields[msg->m.type] & ~msg->seen;
	for (code = 0; missing >> code; code++) {
		if (!(missing >> code & 1))
			continue;
		validity_tell(msg, item, WIRE_E_FIELD_MISSING);
		proto_item_append_text(item, ", %s is missing",
				       val_to_str_const(code, field_codes,
							"field"));
	}
}

static void show_header(struct message *msg)
{
	uint32_t have = MIN(tvb_captured_length(msg->tvb),
			    msg->m.body ? msg->m.body : WIRE_FIXED_LEN);
	struct fields fields;
	struct field field;
	proto_item *item;
	proto_tree *tree;

	tree = proto_tree_add_subtree_format(msg->tree, msg->tvb, 0, have,
					     ett_header, &item,
					     "Header: %s, serial %u, %s",
					     message_kind(msg), msg->m.serial,
					     msg->m.big ? "big-endian" :
							  "little-endian");
	show_fixed(msg, tree);
	if (!msg->m.body)
		return;
	fields_init(&fields, &msg->m);
	while (fields_next(&fields, &field))
		show_field(msg, tree, &field);
	if (!header_is_whole(msg))
		return;
	show_end_padding(msg, tree);
	show_missing(msg, item);
}

static bool body_is_readable(const struct message *msg)
{
	return msg->m.signature.s || !(msg->seen & 1u << WIRE_F_SIGNATURE);
}

static void show_body(struct message *msg)
{
	uint32_t have = msg->m.have - MIN(msg->m.have, msg->m.body);
	proto_item *item;
	proto_tree *tree;

	if (!header_is_whole(msg) ||
	    (!msg->m.body_len && !msg->m.signature.len))
		return;
	item = proto_tree_add_bytes_with_length(msg->tree, hf_body, msg->tvb,
						msg->m.body, have,
						(const guint8 *)"", 0);
	proto_item_set_text(item, "Body: %u octet%s, signature \"%s\"",
			    msg->m.body_len, msg->m.body_len == 1 ? "" : "s",
			    msg->m.signature.s ? msg->m.signature.s : "");
	tree = proto_item_add_subtree(item, ett_body);
	if (body_is_readable(msg))
		arguments_show(msg, tree);
}

static void add_hidden(proto_tree *tree, tvbuff_t *tvb, int hf, const char *s)
{
	proto_item_set_hidden(proto_tree_add_string(tree, hf, tvb, 0, 0, s));
	proto_item_set_hidden(
		proto_tree_add_string(tree, hf_addr, tvb, 0, 0, s));
}

/* All names of a peer, so that filters find it by whichever */
static void show_names(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo,
		       const struct bus *bus, int hf, const char *name)
{
	const char *owner, **owned;

	if (!name || (!proto_field_is_referenced(tree, hf) &&
		      !proto_field_is_referenced(tree, hf_addr)))
		return;
	add_hidden(tree, tvb, hf, name);
	owner = owner_of(bus, name, pinfo->num);
	if (owner)
		add_hidden(tree, tvb, hf, owner);
	else
		owner = name;
	for (owned = owned_all(pinfo->pool, bus, owner, pinfo->num); *owned;
	     owned++)
		if (*owned != name)
			add_hidden(tree, tvb, hf, *owned);
}

void message_show_addresses(proto_tree *tree, tvbuff_t *tvb,
			    packet_info *pinfo, const struct bus *bus)
{
	show_names(tree, tvb, pinfo, bus, hf_src, names_raw(&pinfo->src));
	show_names(tree, tvb, pinfo, bus, hf_dst, names_raw(&pinfo->dst));
}

/* As the message has them; else as the columns, from the record */
static void show_peers(const struct message *msg)
{
	const struct wire_msg *m = &msg->m;
	packet_info *pinfo = msg->pinfo;

	show_names(msg->tree, msg->tvb, pinfo, msg->bus, hf_src,
		   m->sender.s ? intern(msg, m->sender) :
				 names_raw(&pinfo->src));
	show_names(msg->tree, msg->tvb, pinfo, msg->bus, hf_dst,
		   m->destination.s ? intern(msg, m->destination) :
				      names_raw(&pinfo->dst));
}

static void show_number(const struct message *msg, struct wire_str s)
{
	uint32_t number;

	if (s.s && names_peer(msg->bus, intern(msg, s), msg->pinfo->num,
			      &number))
		proto_item_set_hidden(
			proto_tree_add_uint(msg->tree, hf_peer, msg->tvb, 0, 0,
					    number));
}

/* In a reply, what it is that was called */
static void show_called(const struct message *msg)
{
	const struct call *call = msg->call;
	const struct {
		int hf;
		const char *s;
	} of[] = {
		{ hf_path, call ? call->path : NULL },
		{ hf_interface, call ? call->interface : NULL },
		{ hf_member, call ? call->member : NULL },
	};
	unsigned int i;

	if (!msg->m.reply_serial)
		return;
	for (i = 0; i < array_length(of); i++)
		if (of[i].s)
			proto_item_set_generated(
				proto_tree_add_string(msg->tree, of[i].hf,
						      msg->tvb, 0, 0,
						      of[i].s));
}

/* That an error is the answer, and why */
static void show_error(struct message *msg)
{
	struct wire_value v;
	struct wire_iter it;
	proto_item *item = msg->item;

	if (msg->m.type != WIRE_ERROR || !msg->m.error_name.s)
		return;
	wire_iter_init(&it, &msg->m);
	if (!header_is_whole(msg) || wire_next(&it, &v) != WIRE_VALUE ||
	    v.type != 's') {
		expert_add_info_format(msg->pinfo, item, &ei_error,
				       "Answered by error %s",
				       message_string(msg, msg->m.error_name));
		return;
	}
	item = proto_tree_add_string(msg->tree, hf_error_text, msg->tvb, v.off,
				     v.end - v.off, v.str.s);
	proto_item_set_generated(item);
	expert_add_info_format(msg->pinfo, item, &ei_error,
			       "Answered by error %s: %s",
			       message_string(msg, msg->m.error_name), v.str.s);
}

static void show_lengths(struct message *msg)
{
	uint32_t have = tvb_captured_length(msg->tvb);
	uint32_t reported = tvb_reported_length(msg->tvb);

	if (msg->m.len > reported)
		expert_add_info_format(msg->pinfo, msg->item, &ei_length,
				       "A message of %u octets in %u",
				       msg->m.len, reported);
	else if (msg->m.len && reported > msg->m.len)
		expert_add_info_format(msg->pinfo, msg->item, &ei_length,
				       "%u octets behind a message of %u",
				       reported - msg->m.len, msg->m.len);
	else if (have < reported && have < msg->m.len)
		expert_add_info_format(msg->pinfo, msg->item, &ei_cut,
				       "%u of the %u octets of this message were captured",
				       have, msg->m.len);
	else if (!msg->m.len && msg->status == WIRE_E_SHORT)
		expert_add_info_format(msg->pinfo, msg->item, &ei_cut,
				       "%u octets of this message were captured",
				       have);
}

static void show_fds(struct message *msg)
{
	const struct record *r = msg->record;

	if (r && r->n_fds != msg->m.unix_fds && header_is_whole(msg))
		expert_add_info_format(msg->pinfo, msg->item, &ei_fds,
				       "The header counts %u file descriptors, %u were passed",
				       msg->m.unix_fds, r->n_fds);
}

static void place_message(struct message *msg, const struct origin *origin)
{
	static const struct origin unknown;
	const struct record *r;

	if (!origin)
		origin = &unknown;
	r = msg->record = origin->record;
	msg->bus = bus_of(msg->pinfo, r ? r->bus : 0, origin->stream);
	if (origin->stream) {
		msg->side[origin->from_server] = bus_intern("client", 6);
		msg->side[!origin->from_server] = bus_intern("server", 6);
	}
	names_at(msg->pinfo->num);
	calls_take(msg);
	names_learn(msg);
}

static void show_tree(struct message *msg)
{
	show_header(msg);
	show_body(msg);
	show_called(msg);
	calls_show(msg);
	show_error(msg);
	show_peers(msg);
	show_number(msg, msg->m.sender);
	show_number(msg, msg->m.destination);
	show_lengths(msg);
	show_fds(msg);
	validity_finish(msg);
}

int message_dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		    const struct origin *origin)
{
	struct message msg = {
		.tvb = tvb,
		.pinfo = pinfo,
	};
	struct text line;

	if (!tvb_captured_length(tvb))
		return 0;
	read_message(&msg);
	place_message(&msg, origin);
	text_init(&line, TEXT_ROOM);
	put_line(&line, &msg);
	fill_columns(&msg, &line);

	msg.item = proto_tree_add_item(tree, proto_dbus, tvb, 0,
				       MIN(tvb_captured_length(tvb),
					   msg.m.len ? msg.m.len : G_MAXINT),
				       ENC_NA);
	proto_item_set_text(msg.item, "D-Bus %s", line.s);
	msg.tree = proto_item_add_subtree(msg.item, ett_message);
	show_tree(&msg);
	sighting_tell(&msg, &line);
	objects_tell(&msg);
	return tvb_captured_length(tvb);
}

static void register_fields(void)
{
	static hf_register_info hf[] = {
		{ &hf_endianness, { "Byte order", "dbus.endianness",
			FT_UINT8, BASE_HEX, VALS(endiannesses), 0,
			NULL, HFILL } },
		{ &hf_message_type, { "Message type", "dbus.message_type",
			FT_UINT8, BASE_DEC, VALS(message_types), 0,
			NULL, HFILL } },
		{ &hf_flags, { "Flags", "dbus.flags",
			FT_UINT8, BASE_HEX, NULL, 0, NULL, HFILL } },
		{ &hf_no_reply, { "No reply expected",
			"dbus.flags.no_reply_expected",
			FT_BOOLEAN, 8, NULL, WIRE_NO_REPLY_EXPECTED,
			NULL, HFILL } },
		{ &hf_no_auto_start, { "No auto start",
			"dbus.flags.no_auto_start",
			FT_BOOLEAN, 8, NULL, WIRE_NO_AUTO_START,
			"Do not start the service for this message", HFILL } },
		{ &hf_interactive, { "Allow interactive authorization",
			"dbus.flags.allow_interactive_authorization",
			FT_BOOLEAN, 8, NULL,
			WIRE_ALLOW_INTERACTIVE_AUTHORIZATION,
			"The caller waits while the user is asked", HFILL } },
		{ &hf_unknown_flags, { "Unknown", "dbus.flags.unknown",
			FT_UINT8, BASE_HEX, NULL, 0xf8, NULL, HFILL } },
		{ &hf_version, { "Protocol version", "dbus.version",
			FT_UINT8, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_body_length, { "Body length", "dbus.body_length",
			FT_UINT32, BASE_DEC, NULL, 0, "In octets", HFILL } },
		{ &hf_serial, { "Serial", "dbus.serial",
			FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_fields_length, { "Length of the header fields",
			"dbus.fields_length",
			FT_UINT32, BASE_DEC, NULL, 0, "In octets", HFILL } },
		{ &hf_field_code, { "Field code", "dbus.field_code",
			FT_UINT8, BASE_DEC, VALS(field_codes), 0,
			NULL, HFILL } },
		{ &hf_field_signature, { "Type", "dbus.field_signature",
			FT_STRING, BASE_NONE, NULL, 0,
			"Signature of a header field", HFILL } },
		{ &hf_field, { "Header field", "dbus.field",
			FT_NONE, BASE_NONE, NULL, 0,
			"One that is not known, or not as it must be",
			HFILL } },
		{ &hf_padding, { "Padding", "dbus.padding",
			FT_BYTES, BASE_NONE, NULL, 0,
			"Shown where it is not zero", HFILL } },
		{ &hf_path, { "Path", "dbus.path",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_interface, { "Interface", "dbus.interface",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_member, { "Member", "dbus.member",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_error_name, { "Error name", "dbus.error_name",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_reply_serial, { "Reply serial", "dbus.reply_serial",
			FT_UINT32, BASE_DEC, NULL, 0,
			"Serial of the call that is answered", HFILL } },
		{ &hf_destination, { "Destination", "dbus.destination",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_sender, { "Sender", "dbus.sender",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_signature, { "Signature", "dbus.signature",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_unix_fds, { "Unix FDs", "dbus.unix_fds",
			FT_UINT32, BASE_DEC, NULL, 0,
			"File descriptors that come with the message",
			HFILL } },
		{ &hf_container_instance, { "Container instance",
			"dbus.container_instance",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_body, { "Body", "dbus.body",
			FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_error_text, { "Error text", "dbus.error_text",
			FT_STRING, BASE_NONE, NULL, 0,
			"First argument of an error", HFILL } },
		{ &hf_src, { "Source", "dbus.src",
			FT_STRING, BASE_NONE, NULL, 0,
			"Each name of the sender, well-known ones included",
			HFILL } },
		{ &hf_dst, { "Destination", "dbus.dst",
			FT_STRING, BASE_NONE, NULL, 0,
			"Each name of the addressee, its unique one included",
			HFILL } },
		{ &hf_addr, { "Source or destination", "dbus.addr",
			FT_STRING, BASE_NONE, NULL, 0,
			"Each name of sender and addressee", HFILL } },
		{ &hf_peer, { "Connection", "dbus.peer",
			FT_UINT32, BASE_DEC, NULL, 0,
			"Number of sender and of addressee, counted as they are first seen",
			HFILL } },
	};
	static int *ett[] = {
		&ett_message, &ett_header, &ett_flags, &ett_field, &ett_body
	};

	proto_register_field_array(proto_dbus, hf, array_length(hf));
	proto_register_subtree_array(ett, array_length(ett));
}

static void register_experts(void)
{
	static ei_register_info ei[] = {
		{ &ei_type_unknown, { "dbus.message_type.unknown",
			PI_PROTOCOL, PI_WARN,
			"Message type that nobody knows", EXPFILL } },
		{ &ei_flags_unknown, { "dbus.flags.unknown.set",
			PI_PROTOCOL, PI_NOTE,
			"Flags that nobody knows", EXPFILL } },
		{ &ei_cut, { "dbus.cut", PI_UNDECODED, PI_NOTE,
			"Message was cut", EXPFILL } },
		{ &ei_length, { "dbus.length.mismatch",
			PI_PROTOCOL, PI_ERROR,
			"Message and packet are not of one length", EXPFILL } },
		{ &ei_fds, { "dbus.unix_fds.mismatch",
			PI_PROTOCOL, PI_WARN,
			"Not as many file descriptors as the header says",
			EXPFILL } },
		{ &ei_error, { "dbus.error", PI_RESPONSE_CODE, PI_NOTE,
			"Answered by an error", EXPFILL } },
	};

	expert_register_field_array(expert_register_protocol(proto_dbus), ei,
				    array_length(ei));
}

int message_register(void)
{
	proto_dbus = proto_get_id_by_filter_name("dbus");
	if (proto_dbus < 0)
		proto_dbus = proto_register_protocol("D-Bus", "D-Bus", "dbus");
	register_fields();
	register_experts();
	validity_register(proto_dbus);
	arguments_register(proto_dbus);
	calls_register(proto_dbus);
	names_register();
	sighting_register();
	statistics_register(proto_dbus);
	conversations_register(proto_dbus);
	follow_register(proto_dbus);
	objects_register(proto_dbus);
	preferences_register(proto_dbus);
	return proto_dbus;
}
