// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The body of a message: one line for each argument, with all that is in it
 * below. Filters know an argument by its number (dbus.arg0), as match rules do,
 * and every value by its type (dbus.type.string).
 *
 * A variant has no line of its own, only what is in it; an array of bytes has
 * one line; of a long array only the beginning is shown.
 */
#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/wmem_scopes.h>

#include "dissector/arguments.h"
#include "dissector/compat.h"
#include "dissector/message.h"
#include "dissector/preferences.h"
#include "dissector/properties.h"
#include "dissector/validity.h"

#define N_ARGS 64		/* those that match rules can name */
#define LABEL_MAX 160		/* octets of a container's line */
#define VALUES_MAX 100000	/* shown of one message: Wireshark has a limit */

static int hf_arg[N_ARGS + 1];
static int hf_byte = -1;
static int hf_boolean = -1;
static int hf_int16 = -1;
static int hf_uint16 = -1;
static int hf_int32 = -1;
static int hf_uint32 = -1;
static int hf_int64 = -1;
static int hf_uint64 = -1;
static int hf_double = -1;
static int hf_string = -1;
static int hf_object_path = -1;
static int hf_signature = -1;
static int hf_unix_fd = -1;
static int hf_array = -1;
static int hf_array_length = -1;
static int hf_array_text = -1;
static int hf_struct = -1;
static int hf_variant = -1;
static int hf_variant_signature = -1;
static int hf_dict_entry = -1;
static int hf_key = -1;
static int hf_property_name = -1;
static int hf_property_value = -1;
static int hf_invalidated = -1;
static int hf_rest = -1;
static int hf_fault = -1;

static int ett_container = -1;

static expert_field ei_elements = EI_INIT;

/**
 * struct level - an open container while its content is shown
 * @tree: where to
 * @type: as in struct wire_value; 0 for the body itself
 * @property: dict entry: that of a property; array: of names of properties
 * @count: values shown in it
 */
struct level {
	proto_tree *tree;
	char type;
	bool property;
	uint32_t count;
};

struct walk {
	struct message *msg;
	struct properties properties;
	struct wire_iter it;
	struct wire_value v;
	uint32_t before;	/* where the iterator was before @v */
	uint32_t shown;		/* values and containers */
	unsigned int depth;
	struct level level[WIRE_DEPTH_TOTAL + 1];
};

static int len_of(const struct walk *w)
{
	uint32_t end = MIN(w->v.end, w->msg->m.have);

	return end > w->v.off ? (int)(end - w->v.off) : 0;
}

static proto_item *add_basic(const struct walk *w, proto_tree *tree)
{
	const struct wire_value *v = &w->v;
	tvbuff_t *tvb = w->msg->tvb;
	int at = v->off, len = len_of(w);
	double d;

	switch (v->type) {
	case 'y':
		return proto_tree_add_uint(tree, hf_byte, tvb, at, len, v->u);
	case 'b':
		return proto_tree_add_boolean(tree, hf_boolean, tvb, at, len,
					      v->u);
	case 'n':
		return proto_tree_add_int(tree, hf_int16, tvb, at, len, v->i);
	case 'q':
		return proto_tree_add_uint(tree, hf_uint16, tvb, at, len,
					   v->u);
	case 'i':
		return proto_tree_add_int(tree, hf_int32, tvb, at, len, v->i);
	case 'u':
		return proto_tree_add_uint(tree, hf_uint32, tvb, at, len,
					   v->u);
	case 'x':
		return proto_tree_add_int64(tree, hf_int64, tvb, at, len,
					    v->i);
	case 't':
		return proto_tree_add_uint64(tree, hf_uint64, tvb, at, len,
					     v->u);
	case 'd':
		memcpy(&d, &v->u, sizeof(d));
		return proto_tree_add_double(tree, hf_double, tvb, at, len, d);
	case 'h':
		return proto_tree_add_uint(tree, hf_unix_fd, tvb, at, len,
					   v->u);
	case 'o':
		return proto_tree_add_string(tree, hf_object_path, tvb, at,
					     len, v->str.s);
	case 'g':
		return proto_tree_add_string(tree, hf_signature, tvb, at, len,
					     v->str.s);
	default:
		return proto_tree_add_string(tree, hf_string, tvb, at, len,
					     v->str.s);
	}
}

/* All of it if it is a string, else in words */
static const char *plain_value(const struct wire_value *v, struct text *t)
{
	if (v->str.s)
		return v->str.s;
	text_init(t, TEXT_ROOM);
	text_basic(t, v);
	return t->s;
}

/* The value just found, in short; the walk itself stays where it is */
static void in_short(const struct walk *w, struct text *t, uint32_t max,
		     bool opened)
{
	struct wire_iter it = w->it;
	struct wire_value v = w->v;

	text_init(t, max);
	text_value(t, &it, &v, opened);
}

static int hf_of_arg(const struct walk *w)
{
	return hf_arg[MIN(w->v.arg, N_ARGS)];
}

static const char *type_of(const struct walk *w)
{
	const struct wire_value *v = &w->v;
	wmem_allocator_t *pool = w->msg->pinfo->pool;

	switch (v->type) {
	case 'a':
		return wmem_strndup(pool, v->sig.s - 1, v->sig.len + 1);
	case '(':
		return wmem_strndup(pool, v->sig.s - 1, v->sig.len + 2);
	case 'v':
		return wmem_strdup_printf(pool, "variant %.*s",
					  (int)v->sig.len, v->sig.s);
	default:
		return wmem_strndup(pool, &v->type, 1);
	}
}

/* An argument's own line. For a container, what is in it comes below. */
static proto_item *add_arg(const struct walk *w, proto_tree *tree, bool opened)
{
	const char *value;
	struct text t;

	if (!proto_field_is_referenced(tree, hf_of_arg(w)))
		return NULL;
	in_short(w, &t, opened ? LABEL_MAX : TEXT_ROOM, opened);
	value = w->v.str.s ? w->v.str.s : t.s;
	return proto_tree_add_string_format(tree, hf_of_arg(w), w->msg->tvb,
					    w->v.off, len_of(w), value,
					    "arg%u (%s): %s", w->v.arg,
					    type_of(w), t.s);
}

static void check_fd(struct walk *w, proto_item *item)
{
	if (w->v.type == 'h' && w->v.u >= w->msg->m.unix_fds)
		validity_tell(w->msg, item, WIRE_E_FD_INDEX);
}

static bool is_property_name(const struct walk *w, const struct level *l)
{
	if (!l->type)
		return w->v.arg == w->properties.name_arg;
	return l->property && !l->count;
}

static bool is_property_value(const struct walk *w, const struct level *l)
{
	if (!l->type)
		return w->v.arg == w->properties.value_arg;
	return l->property && l->type == '{' && l->count;
}

/* A string as it is, also one in a variant, which it nearly always is */
static const char *property_value(const struct walk *w, struct text *t,
				  bool opened)
{
	struct wire_iter it = w->it;
	struct wire_value v = w->v;

	if (opened && v.type == 'v' && wire_next(&it, &v) == WIRE_VALUE)
		return plain_value(&v, t);
	in_short(w, t, TEXT_ROOM, opened);
	return t->s;
}

/* That a value is a property, or its name, besides the value itself */
static void add_property(struct walk *w, struct level *l, bool opened)
{
	tvbuff_t *tvb = w->msg->tvb;
	struct text t;

	if (l->property && l->type == 'a') {
		proto_tree_add_string(l->tree, hf_property_name, tvb,
				      w->v.off, len_of(w), w->v.str.s);
		proto_item_set_hidden(
			proto_tree_add_string(l->tree, hf_invalidated, tvb,
					      w->v.off, len_of(w),
					      w->v.str.s));
	} else if (is_property_name(w, l)) {
		proto_tree_add_string(l->tree, hf_property_name, tvb,
				      w->v.off, len_of(w),
				      plain_value(&w->v, &t));
	} else if (is_property_value(w, l) &&
		   proto_field_is_referenced(l->tree, hf_property_value)) {
		if (!l->type && w->properties.name)
			proto_item_set_generated(
				proto_tree_add_string(l->tree,
						      hf_property_name, tvb,
						      w->v.off, 0,
						      w->properties.name));
		proto_tree_add_string(l->tree, hf_property_value, tvb,
				      w->v.off, len_of(w),
				      property_value(w, &t, opened));
	}
}

static void show_value(struct walk *w)
{
	struct level *l = &w->level[w->depth];
	proto_item *item = NULL, *typed;

	if (!l->type)
		item = add_arg(w, l->tree, false);
	add_property(w, l, false);
	typed = add_basic(w, l->tree);
	if (!l->type) {
		proto_item_set_hidden(typed);
		check_fd(w, item ? item : typed);
	} else {
		check_fd(w, typed);
	}
	if (l->type == '{' && !l->count)
		proto_item_set_hidden(
			proto_tree_add_item(l->tree, hf_key, w->msg->tvb,
					    w->v.off, len_of(w), ENC_NA));
}

static int hf_of_container(char type)
{
	switch (type) {
	case 'a':
		return hf_array;
	case '(':
		return hf_struct;
	case '{':
		return hf_dict_entry;
	default:
		return hf_variant;
	}
}

/* Without its octets: they are those of the values in it */
static proto_item *add_container(const struct walk *w, proto_tree *tree,
				 const char *what)
{
	int hf = hf_of_container(w->v.type);
	struct text t;
	proto_item *item;

	if (!proto_field_is_referenced(tree, hf))
		return NULL;
	item = proto_tree_add_bytes_with_length(tree, hf, w->msg->tvb,
						w->v.off, len_of(w),
						(const guint8 *)"", 0);
	in_short(w, &t, LABEL_MAX, true);
	proto_item_set_text(item, "%s%s", what, t.s);
	return item;
}

static void show_array_length(const struct walk *w, proto_tree *tree)
{
	uint32_t start = w->it.pos, end = w->v.end;

	proto_item_set_hidden(
		proto_tree_add_uint(tree, hf_array_length, w->msg->tvb,
				    w->v.off, 4, end - start));
}

static void show_variant_signature(const struct walk *w, proto_tree *tree)
{
	const char *sig = wmem_strndup(w->msg->pinfo->pool, w->v.sig.s,
				       w->v.sig.len);

	proto_item_set_hidden(
		proto_tree_add_string(tree, hf_variant_signature, w->msg->tvb,
				      w->v.off, w->v.sig.len + 2, sig));
}

/* An array of bytes, as far as it is there, on one line */
static void show_bytes(struct walk *w, proto_tree *tree, proto_item *item)
{
	struct wire_str s = text_octets(&w->msg->m, &w->v);
	tvbuff_t *tvb = w->msg->tvb;
	proto_item *bytes;
	struct text t;

	bytes = proto_tree_add_item(tree, hf_array, tvb, w->v.off + 4, s.len,
				    ENC_NA);
	if (item)
		proto_item_set_hidden(bytes);
	text_init(&t, LABEL_MAX);
	text_bytes(&t, s);
	proto_item_set_text(bytes, "Array of bytes: %s", t.s);
	if (!text_is_printable(s))
		return;
	if (!s.s[s.len - 1])
		s.len--;
	proto_item_set_hidden(
		proto_tree_add_string(tree, hf_array_text, tvb, w->v.off + 4,
				      s.len,
				      wmem_strndup(w->msg->pinfo->pool, s.s,
						   s.len)));
}

static bool holds_properties(const struct walk *w)
{
	const struct properties *p = &w->properties;

	if (w->v.type == '{')
		return w->v.arg == p->dict_arg && w->v.depth == p->dict_depth;
	return w->v.type == 'a' && w->v.depth == 0 &&
	       w->v.arg == p->names_arg;
}

static void enter(struct walk *w, proto_tree *tree)
{
	struct level *l = &w->level[++w->depth];

	l->tree = tree;
	l->type = w->v.type;
	l->property = holds_properties(w);
	l->count = 0;
}

static proto_tree *below(proto_item *item)
{
	return item ? proto_item_add_subtree(item, ett_container) : NULL;
}

/*
 * What nobody looks at gets no item, and what is in it goes to the tree above:
 * filters find it there too.
 */
static void show_opening(struct walk *w)
{
	struct level *l = &w->level[w->depth];
	proto_item *item = NULL;
	proto_tree *tree = l->tree;

	add_property(w, l, true);
	if (!l->type) {
		item = add_arg(w, l->tree, true);
		if (item)
			tree = below(item);
	}
	if (text_is_bytes(&w->v)) {
		show_bytes(w, tree, item);
		show_array_length(w, tree);
		enter(w, tree);
		return;
	}
	if (w->v.type == 'v') {
		proto_item_set_hidden(add_container(w, tree, ""));
		show_variant_signature(w, tree);
	} else if (item) {
		proto_item_set_hidden(add_container(w, tree, ""));
	} else {
		item = add_container(w, tree, w->v.type == 'a' ? "Array: " :
				     w->v.type == '(' ? "Struct: " : "");
		if (item)
			tree = below(item);
	}
	if (w->v.type == 'a')
		show_array_length(w, tree);
	enter(w, tree);
}

/* Behind a value: of an array, maybe enough has been shown */
static enum wire_event maybe_leave(struct walk *w)
{
	struct level *l = &w->level[w->depth];

	l->count++;
	if (l->type != 'a' || l->count < preferences.elements_max ||
	    w->it.pos >= w->it.end)
		return WIRE_VALUE;
	proto_tree_add_expert_format(l->tree, w->msg->pinfo, &ei_elements,
				     w->msg->tvb, w->it.pos,
				     MIN(w->it.end, w->msg->m.have) -
					     MIN(w->it.pos, w->msg->m.have),
				     "More elements, in %u octets, are not shown (there is a preference)",
				     w->it.end - w->it.pos);
	return wire_leave_array(&w->it, &w->v);
}

static char next_type(const struct walk *w)
{
	const struct wire_msg *m = w->it.m;

	return (char)m->data[w->it.sig + w->it.sig_pos];
}

/* What all of whose octets are there, but which is not what it should be */
static bool is_whole(const struct walk *w)
{
	switch (next_type(w)) {
	case 'b':
		return w->v.status == WIRE_E_BOOLEAN;
	case 's':
	case 'o':
	case 'g':
		return w->v.status == WIRE_E_UTF8 ||
		       w->v.status == WIRE_E_PATH ||
		       w->v.status == WIRE_E_STRING ||
		       w->v.status == WIRE_E_SIGNATURE ||
		       w->v.status == WIRE_E_DEPTH;
	default:
		return false;
	}
}

/* Show it, and go on behind it, where the iterator already is */
static bool pass_fault(struct walk *w)
{
	struct level *l = &w->level[w->depth];
	uint32_t from = (w->before + 3) & ~3u, to = w->it.pos;
	proto_item *item;
	const char *s;

	if (!is_whole(w) || to <= w->before)
		return false;
	if (next_type(w) == 'g')
		from = w->before;
	s = tvb_format_text(w->msg->pinfo->pool, w->msg->tvb, from, to - from);
	item = proto_tree_add_string_format(l->tree, hf_fault, w->msg->tvb,
					    from, to - from, s,
					    "Not a valid value of type '%c': %s",
					    next_type(w), s);
	validity_tell(w->msg, item, w->v.status);
	w->it.over = false;
	w->it.sig_pos++;
	if (!w->it.depth)
		w->it.arg++;
	l->count++;
	return true;
}

/* What is left, and why it is not shown as values */
static void show_rest(struct walk *w)
{
	struct level *l = &w->level[w->depth];
	const struct wire_msg *m = &w->msg->m;
	uint32_t from = MIN(w->before, m->have);
	proto_item *item;
	const char *s;

	s = tvb_format_text(w->msg->pinfo->pool, w->msg->tvb, from,
			    MIN(m->have - from, 200));
	item = proto_tree_add_item(l->tree, hf_rest, w->msg->tvb, from,
				   m->have - from, ENC_NA);
	if (w->v.status == WIRE_E_SHORT)
		proto_item_set_text(item, "Cut here: %s", s);
	else
		proto_item_set_text(item, "Not read further: %s",
				    wire_strerror(w->v.status));
	validity_tell(w->msg, item, w->v.status);
}

static bool is_enough(struct walk *w)
{
	const struct wire_msg *m = &w->msg->m;

	if (w->shown++ < VALUES_MAX)
		return false;
	proto_tree_add_expert(w->level[0].tree, w->msg->pinfo, &ei_elements,
			      w->msg->tvb, w->it.pos, m->have - w->it.pos);
	return true;
}

static bool step(struct walk *w)
{
	enum wire_event event;

	if (is_enough(w))
		return false;
	w->before = w->it.pos;
	event = wire_next(&w->it, &w->v);
	switch (event) {
	case WIRE_VALUE:
		show_value(w);
		break;
	case WIRE_OPEN:
		show_opening(w);
		if (!text_is_bytes(&w->v))
			return true;
		w->before = w->it.pos;
		event = wire_leave_array(&w->it, &w->v);
		w->depth--;
		if (event == WIRE_BAD)
			return false;
		break;
	case WIRE_CLOSE:
		w->depth--;
		break;
	case WIRE_BAD:
		if (pass_fault(w))
			return true;
		show_rest(w);
		return false;
	default:
		return false;
	}
	for (;;) {
		event = maybe_leave(w);
		if (event != WIRE_CLOSE)
			return event != WIRE_BAD;
		w->depth--;
	}
}

void arguments_show(struct message *msg, proto_tree *tree)
{
	struct walk w = { .msg = msg };

	properties_find(&w.properties, msg);
	wire_iter_init(&w.it, &msg->m);
	w.level[0].tree = tree;
	while (step(&w))
		;
}

void arguments_line(const struct message *msg, struct text *t)
{
	enum wire_event event;
	struct wire_value v;
	struct wire_iter it;
	bool first = true;

	if (properties_line(msg, t))
		return;
	wire_iter_init(&it, &msg->m);
	while (!t->full) {
		event = wire_next(&it, &v);
		if (event == WIRE_DONE)
			return;
		if (!first)
			text_add(t, ", ");
		first = false;
		if (event == WIRE_BAD) {
			text_add(t, "\xe2\x80\xa6");
			return;
		}
		if (!text_value(t, &it, &v, event == WIRE_OPEN))
			return;
	}
}

/* dbus.arg0 to dbus.arg63, and one for all behind these */
static void register_args(int proto)
{
	static hf_register_info hf[N_ARGS + 1];
	unsigned int i;

	for (i = 0; i <= N_ARGS; i++) {
		const char *number = i == N_ARGS ? "" :
			wmem_strdup_printf(wmem_epan_scope(), "%u", i);

		hf_arg[i] = -1;
		hf[i] = (hf_register_info){ &hf_arg[i], {
			wmem_strdup_printf(wmem_epan_scope(), "Argument %s",
					   i == N_ARGS ? "64 or later" :
							 number),
			wmem_strdup_printf(wmem_epan_scope(), "dbus.arg%s",
					   number),
			FT_STRING, BASE_NONE, NULL, 0,
			"A string as it is; other values as they are shown, containers in short",
			HFILL } };
	}
	proto_register_field_array(proto, hf, N_ARGS + 1);
}

void arguments_register(int proto)
{
	static hf_register_info hf[] = {
		{ &hf_byte, { "Byte", "dbus.type.byte",
			FT_UINT8, BASE_DEC_HEX, NULL, 0, NULL, HFILL } },
		{ &hf_boolean, { "Boolean", "dbus.type.boolean",
			FT_BOOLEAN, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_int16, { "Int16", "dbus.type.int16",
			FT_INT16, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_uint16, { "Uint16", "dbus.type.uint16",
			FT_UINT16, BASE_DEC_HEX, NULL, 0, NULL, HFILL } },
		{ &hf_int32, { "Int32", "dbus.type.int32",
			FT_INT32, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_uint32, { "Uint32", "dbus.type.uint32",
			FT_UINT32, BASE_DEC_HEX, NULL, 0, NULL, HFILL } },
		{ &hf_int64, { "Int64", "dbus.type.int64",
			FT_INT64, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_uint64, { "Uint64", "dbus.type.uint64",
			FT_UINT64, BASE_DEC_HEX, NULL, 0, NULL, HFILL } },
		{ &hf_double, { "Double", "dbus.type.double",
			FT_DOUBLE, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_string, { "String", "dbus.type.string",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_object_path, { "Object path", "dbus.type.object_path",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_signature, { "Signature", "dbus.type.signature",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_unix_fd, { "Index of file descriptor",
			"dbus.type.unix_fd",
			FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_array, { "Array", "dbus.type.array",
			FT_BYTES, BASE_NONE, NULL, 0,
			"With octets only if it is one of bytes", HFILL } },
		{ &hf_array_length, { "Array length", "dbus.type.array.length",
			FT_UINT32, BASE_DEC, NULL, 0, "In octets", HFILL } },
		{ &hf_array_text, { "Text", "dbus.type.array.text",
			FT_STRING, BASE_NONE, NULL, 0,
			"An array of bytes that is a text", HFILL } },
		{ &hf_struct, { "Struct", "dbus.type.struct",
			FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_variant, { "Variant", "dbus.type.variant",
			FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_variant_signature, { "Variant signature",
			"dbus.type.variant.signature",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_dict_entry, { "Dict entry", "dbus.type.dict_entry",
			FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_key, { "Key", "dbus.type.dict_entry.key",
			FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_property_name, { "Property", "dbus.property.name",
			FT_STRING, BASE_NONE, NULL, 0,
			"Name of a property that is told, asked for, set or invalidated",
			HFILL } },
		{ &hf_property_value, { "Value of the property",
			"dbus.property.value",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_invalidated, { "Invalidated property",
			"dbus.property.invalidated",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_rest, { "Rest of the body", "dbus.body.rest",
			FT_BYTES, BASE_NONE, NULL, 0,
			"What could not be read", HFILL } },
		{ &hf_fault, { "Not valid", "dbus.body.fault",
			FT_STRING, BASE_NONE, NULL, 0,
			"A value that is not valid", HFILL } },
	};
	static ei_register_info ei[] = {
		{ &ei_elements, { "dbus.elements_not_shown",
			PI_UNDECODED, PI_CHAT,
			"More elements are not shown", EXPFILL } },
	};
	static int *ett[] = { &ett_container };

	register_args(proto);
	proto_register_field_array(proto, hf, array_length(hf));
	proto_register_subtree_array(ett, array_length(ett));
	expert_register_field_array(expert_register_protocol(proto), ei,
				    array_length(ei));
}
