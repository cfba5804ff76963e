// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header of a tap record, struct dbusmon_hdr of include/uapi/linux/dbus.h:
 * every field of it under its own name, in the order of the octets, so that of
 * a header that was cut the first part is still shown.
 */
#include <stddef.h>

#include <linux/dbus.h>

#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/prefs.h>

#include "dissector/bus.h"
#include "dissector/compat.h"
#include "dissector/record.h"
#include "dissector/sequence.h"

#define AT(field) ((int)offsetof(struct dbusmon_hdr, field))
#define SIZE(field) ((int)sizeof(((struct dbusmon_hdr *)0)->field))

static int proto_dbusmon = -1;

static int hf_magic = -1;
static int hf_version = -1;
static int hf_kind = -1;
static int hf_hdr_len = -1;
static int hf_time = -1;
static int hf_seq = -1;
static int hf_bus = -1;
static int hf_flags = -1;
static int hf_flags_observed = -1;
static int hf_flags_driver = -1;
static int hf_verdict = -1;
static int hf_reason = -1;
static int hf_fds = -1;
static int hf_recipients = -1;
static int hf_sender = -1;
static int hf_receiver = -1;
static int hf_length = -1;
static int hf_rule = -1;
static int hf_pid = -1;
static int hf_uid = -1;
static int hf_lost = -1;
static int hf_comm = -1;
static int hf_tlv = -1;
static int hf_tlv_type = -1;
static int hf_tlv_len = -1;
static int hf_tlv_value = -1;
static int hf_bus_name = -1;
static int hf_more = -1;
static int hf_previous = -1;
static int hf_missing = -1;

static int ett_record = -1;
static int ett_flags = -1;
static int ett_tlv = -1;

static expert_field ei_denied = EI_INIT;
static expert_field ei_undelivered = EI_INIT;
static expert_field ei_no_taker = EI_INIT;
static expert_field ei_queued = EI_INIT;
static expert_field ei_invalid = EI_INIT;
static expert_field ei_lost = EI_INIT;
static expert_field ei_gap = EI_INIT;
static expert_field ei_again = EI_INIT;
static expert_field ei_back = EI_INIT;
static expert_field ei_version = EI_INIT;
static expert_field ei_hdr_len = EI_INIT;
static expert_field ei_tlv_len = EI_INIT;

static ws_boolean check_sequence = true;

static const value_string kinds[] = {
	{ DBUSMON_KIND_MESSAGE, "message" },
	{ DBUSMON_KIND_HANDSHAKE, "handshake" },
	{ DBUSMON_KIND_PEER, "peer" },
	{ DBUSMON_KIND_NAME, "name" },
	{ DBUSMON_KIND_LOSS, "loss" },
	{ 0, NULL }
};

static const value_string verdicts[] = {
	{ 0, "none" },
	{ DBUSMON_DELIVERED, "delivered" },
	{ DBUSMON_QUEUED, "queued" },
	{ DBUSMON_DENIED, "denied" },
	{ DBUSMON_UNDELIVERED, "undelivered" },
	{ DBUSMON_INVALID, "invalid" },
	{ 0, NULL }
};

static const value_string reasons[] = {
	{ DBUSMON_REASON_NONE, "none" },
	{ DBUSMON_REASON_NO_SUCH_NAME, "no such name" },
	{ DBUSMON_REASON_NO_TAKER, "no taker" },
	{ DBUSMON_REASON_UNEXPECTED_REPLY, "unexpected reply" },
	{ DBUSMON_REASON_POLICY, "policy" },
	{ DBUSMON_REASON_QUOTA, "quota" },
	{ DBUSMON_REASON_NO_FDS, "takes no descriptors" },
	{ DBUSMON_REASON_NOT_REGISTERED, "not registered" },
	{ DBUSMON_REASON_NO_MEMORY, "no memory" },
	{ DBUSMON_REASON_MALFORMED, "malformed" },
	{ DBUSMON_REASON_TOO_LONG, "too long" },
	{ DBUSMON_REASON_FDS, "wrong descriptors" },
	{ DBUSMON_REASON_GONE, "receiver gone" },
	{ DBUSMON_REASON_NO_DRIVER, "no driver" },
	{ DBUSMON_REASON_BAD_TYPE, "unknown message type" },
	{ DBUSMON_REASON_STARTING, "addressee is being started" },
	{ 0, NULL }
};

static const value_string tlv_types[] = {
	{ DBUSMON_TLV_PAD, "padding" },
	{ DBUSMON_TLV_BUS_NAME, "bus name" },
	{ 0, NULL }
};

static const value_string unknown_pid[] = { { 0, "not known" }, { 0, NULL } };
static const value_string unknown_uid[] = {
	{ UINT32_MAX, "not known" },
	{ 0, NULL }
};
static const value_string no_rule[] = { { 0, "none" }, { 0, NULL } };

bool record_is_here(tvbuff_t *tvb)
{
	return tvb_captured_length(tvb) >= 4 &&
	       tvb_get_letohl(tvb, 0) == DBUSMON_MAGIC;
}

const char *record_peer_name(uint64_t id, wmem_allocator_t *scope)
{
	if (id == DBUSMON_ID_NONE)
		return NULL;
	if (id == DBUSMON_ID_BUS)
		return "org.freedesktop.DBus";
	return wmem_strdup_printf(scope, ":1.%" PRIu64, id);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static const char *or_number(const char *word, unsigned int number,
			     wmem_allocator_t *scope)
{
	return word ? word : wmem_strdup_printf(scope, "%u", number);
}

const char *record_verdict(const struct record *r, wmem_allocator_t *scope)
{
	const char *verdict, *reason;

	if (r->verdict == DBUSMON_DELIVERED ||
	    (!r->verdict && r->kind != DBUSMON_KIND_MESSAGE))
		return NULL;
	verdict = or_number(try_val_to_str(r->verdict, verdicts), r->verdict,
			    scope);
	if (r->reason == DBUSMON_REASON_NONE)
		return verdict;
	reason = or_number(try_val_to_str(r->reason, reasons), r->reason,
			   scope);
	return wmem_strdup_printf(scope, "%s: %s", verdict, reason);
}

static uint64_t peer_id(tvbuff_t *tvb, int at)
{
	uint64_t id = tvb_get_letoh64(tvb, at);

	if (id == DBUSMON_ID_BUS_1 && tvb_get_uint8(tvb, AT(version)) < 2)
		return DBUSMON_ID_BUS;
	return id;
}

/* Throws a bounds error unless the fixed part is there as a whole. */
static void read_fixed(struct record *r, tvbuff_t *tvb, wmem_allocator_t *scope)
{
	tvb_ensure_bytes_exist(tvb, 0, sizeof(struct dbusmon_hdr));
	r->version = tvb_get_uint8(tvb, AT(version));
	r->kind = tvb_get_uint8(tvb, AT(kind));
	r->hdr_len = tvb_get_letohs(tvb, AT(hdr_len));
	r->time = tvb_get_letoh64(tvb, AT(time));
	r->seq = tvb_get_letoh64(tvb, AT(seq));
	r->bus = tvb_get_letohl(tvb, AT(bus));
	r->flags = tvb_get_letohl(tvb, AT(flags));
	r->verdict = tvb_get_uint8(tvb, AT(verdict));
	r->reason = tvb_get_uint8(tvb, AT(reason));
	r->n_fds = tvb_get_letohs(tvb, AT(n_fds));
	r->n_recipients = tvb_get_letohl(tvb, AT(n_recipients));
	r->sender = peer_id(tvb, AT(sender));
	r->receiver = peer_id(tvb, AT(receiver));
	r->length = tvb_get_letohl(tvb, AT(length));
	r->rule = tvb_get_letohl(tvb, AT(rule));
	r->pid = tvb_get_letohl(tvb, AT(pid));
	r->uid = tvb_get_letohl(tvb, AT(uid));
	r->lost = tvb_get_letohl(tvb, AT(lost));
	/* ends at its NUL, if it has one */
	r->comm = (const char *)tvb_get_string_enc(scope, tvb, AT(comm),
						   SIZE(comm), ENC_UTF_8);
}

static void show_peer(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo,
		      int hf, int at)
{
	const char *name = record_peer_name(peer_id(tvb, at), pinfo->pool);

	proto_tree_add_string(tree, hf, tvb, at, 8, name ? name : "none");
}

static void show_time(proto_tree *tree, tvbuff_t *tvb)
{
	uint64_t ns = tvb_get_letoh64(tvb, AT(time));
	nstime_t t = {
		.secs = (time_t)(ns / 1000000000),
		.nsecs = (int)(ns % 1000000000),
	};

	proto_tree_add_time(tree, hf_time, tvb, AT(time), SIZE(time), &t);
}

static void show_flags(proto_tree *tree, tvbuff_t *tvb)
{
	static int *const bits[] = {
		&hf_flags_observed,
		&hf_flags_driver,
		NULL
	};

	proto_tree_add_bitmask(tree, tvb, AT(flags), hf_flags, ett_flags, bits,
			       ENC_LITTLE_ENDIAN);
}

/* In the order of the octets: stops, by an exception, where they were cut. */
static void show_fixed(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo)
{
#define SHOW(hf, field) \
	proto_tree_add_item(tree, hf, tvb, AT(field), SIZE(field), \
			    ENC_LITTLE_ENDIAN)
	SHOW(hf_magic, magic);
	SHOW(hf_version, version);
	SHOW(hf_kind, kind);
	SHOW(hf_hdr_len, hdr_len);
	show_time(tree, tvb);
	SHOW(hf_seq, seq);
	SHOW(hf_bus, bus);
	show_flags(tree, tvb);
	SHOW(hf_verdict, verdict);
	SHOW(hf_reason, reason);
	SHOW(hf_fds, n_fds);
	SHOW(hf_recipients, n_recipients);
	show_peer(tree, tvb, pinfo, hf_sender, AT(sender));
	show_peer(tree, tvb, pinfo, hf_receiver, AT(receiver));
	SHOW(hf_length, length);
	SHOW(hf_rule, rule);
	SHOW(hf_pid, pid);
	SHOW(hf_uid, uid);
	SHOW(hf_lost, lost);
#undef SHOW
	proto_tree_add_item(tree, hf_comm, tvb, AT(comm), SIZE(comm),
			    ENC_UTF_8);
}

static void show_tlv(struct record *r, tvbuff_t *tvb, packet_info *pinfo,
		     proto_tree *tree, int at, int type, int len)
{
	proto_item *item = proto_tree_add_item(tree, hf_tlv, tvb, at, 4 + len,
					       ENC_NA);
	proto_tree *tlv = proto_item_add_subtree(item, ett_tlv);

	proto_item_set_text(item, "Attribute: %s",
			    or_number(try_val_to_str(type, tlv_types), type,
				      pinfo->pool));
	proto_tree_add_item(tlv, hf_tlv_type, tvb, at, 2, ENC_LITTLE_ENDIAN);
	proto_tree_add_item(tlv, hf_tlv_len, tvb, at + 2, 2, ENC_LITTLE_ENDIAN);
	if (type == DBUSMON_TLV_BUS_NAME) {
		const uint8_t *name;

		proto_tree_add_item_ret_string(tlv, hf_bus_name, tvb, at + 4,
					       len, ENC_UTF_8, pinfo->pool,
					       &name);
		proto_item_append_text(item, ", %s", name);
		r->bus_name = (const char *)name;
	} else if (len) {
		proto_tree_add_item(tlv, hf_tlv_value, tvb, at + 4, len,
				    ENC_NA);
	}
}

static void show_tlvs(struct record *r, tvbuff_t *tvb, packet_info *pinfo,
		      proto_tree *tree)
{
	int at = sizeof(struct dbusmon_hdr);

	while (at + 4 <= r->hdr_len) {
		int type = tvb_get_letohs(tvb, at);
		int len = tvb_get_letohs(tvb, at + 2);

		if (at + 4 + len > r->hdr_len) {
			proto_tree_add_expert(tree, pinfo, &ei_tlv_len, tvb,
					      at, r->hdr_len - at);
			return;
		}
		show_tlv(r, tvb, pinfo, tree, at, type, len);
		at += (4 + len + 7) & ~7;
	}
}

/* What follows the fixed part; how long that is only its own version knows. */
static void show_rest(struct record *r, tvbuff_t *tvb, packet_info *pinfo,
		      proto_tree *tree)
{
	int fixed = sizeof(struct dbusmon_hdr);

	if (r->hdr_len < fixed || r->hdr_len % 8) {
		expert_add_info(pinfo, r->item, &ei_hdr_len);
		if (r->hdr_len < fixed)
			r->hdr_len = fixed;
	}
	if (r->version <= DBUSMON_VERSION) {
		show_tlvs(r, tvb, pinfo, tree);
		return;
	}
	expert_add_info_format(pinfo, r->item, &ei_version,
			       "Version %u of the record: what this plugin knows of version %u is shown",
			       r->version, DBUSMON_VERSION);
	if (r->hdr_len > fixed)
		proto_tree_add_item(tree, hf_more, tvb, fixed,
				    r->hdr_len - fixed, ENC_NA);
}

static void put_process(wmem_strbuf_t *s, const struct record *r,
			wmem_allocator_t *scope)
{
	const char *sender = record_peer_name(r->sender, scope);

	if (r->pid) {
		wmem_strbuf_append_printf(s, ", %s[%u]",
					  *r->comm ? r->comm : "process",
					  r->pid);
		if (r->uid != UINT32_MAX)
			wmem_strbuf_append_printf(s, " uid %u", r->uid);
		return;
	}
	wmem_strbuf_append_printf(s, ", %s", sender ? sender : "unknown sender");
}

static void put_receiver(wmem_strbuf_t *s, const struct record *r,
			 wmem_allocator_t *scope)
{
	const char *receiver = record_peer_name(r->receiver, scope);

	wmem_strbuf_append(s, " \xe2\x86\x92 ");	/* an arrow */
	if (receiver)
		wmem_strbuf_append(s, receiver);
	else if (r->n_recipients)
		wmem_strbuf_append_printf(s, "%u recipient%s", r->n_recipients,
					  plural(r->n_recipients));
	else
		wmem_strbuf_append(s, "nobody");
}

/* "bus session-1000 #42, delivered, dbus-send[1234] uid 1000 -> :1.3" */
static void summarise(const struct record *r, wmem_allocator_t *scope)
{
	wmem_strbuf_t *s = wmem_strbuf_new(scope, "bus ");
	const char *verdict = record_verdict(r, scope);

	if (r->bus_name)
		wmem_strbuf_append(s, r->bus_name);
	else
		wmem_strbuf_append_printf(s, "%u", r->bus);
	wmem_strbuf_append_printf(s, " #%" PRIu64, r->seq);

	if (r->kind == DBUSMON_KIND_LOSS) {
		wmem_strbuf_append_printf(s, ", %u record%s lost", r->lost,
					  plural(r->lost));
	} else if (r->kind != DBUSMON_KIND_MESSAGE) {
		wmem_strbuf_append_printf(s, ", %s",
					  or_number(try_val_to_str(r->kind,
								   kinds),
						    r->kind, scope));
		put_process(s, r, scope);
	} else {
		wmem_strbuf_append_printf(s, ", %s",
					  verdict ? verdict : "delivered");
		put_process(s, r, scope);
		put_receiver(s, r, scope);
	}
	proto_item_append_text(r->item, ": %s", wmem_strbuf_get_str(s));
}

static void judge(const struct record *r, packet_info *pinfo)
{
	const char *reason = val_to_str_const(r->reason, reasons, "unknown");

	switch (r->verdict) {
	case DBUSMON_QUEUED:
		expert_add_info(pinfo, r->item, &ei_queued);
		break;
	case DBUSMON_DENIED:
		if (r->rule)
			expert_add_info_format(pinfo, r->item, &ei_denied,
					       "Message denied: %s, rule %u",
					       reason, r->rule);
		else
			expert_add_info_format(pinfo, r->item, &ei_denied,
					       "Message denied: %s", reason);
		break;
	case DBUSMON_UNDELIVERED:
		if (r->reason == DBUSMON_REASON_NO_TAKER)
			expert_add_info(pinfo, r->item, &ei_no_taker);
		else
			expert_add_info_format(pinfo, r->item, &ei_undelivered,
					       "Message not delivered: %s",
					       reason);
		break;
	case DBUSMON_INVALID:
		expert_add_info_format(pinfo, r->item, &ei_invalid,
				       "Not a valid message: %s; its sender was disconnected",
				       reason);
		break;
	}
}

static void show_gap(const struct record *r, const struct sequence_step *step,
		     packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
	uint64_t missing = r->seq - step->seq - 1;
	proto_item *item;

	item = proto_tree_add_uint64(tree, hf_missing, tvb, AT(seq), SIZE(seq),
				     missing);
	proto_item_set_generated(item);
	/* those that the tap itself could not build are told of already */
	if (check_sequence && missing != r->lost)
		expert_add_info_format(pinfo, item, &ei_gap,
				       "%" PRIu64 " record%s of this bus missing before this one: not captured, or filtered out",
				       missing, plural(missing));
}

/* What came before; known of a header that was cut too, if its number is. */
static const struct sequence_step *look_back(tvbuff_t *tvb, packet_info *pinfo)
{
	if (!tvb_bytes_exist(tvb, 0, AT(bus) + SIZE(bus)))
		return NULL;
	return sequence_step(pinfo, tvb_get_letohl(tvb, AT(bus)),
			     tvb_get_letoh64(tvb, AT(seq)));
}

static void follow(const struct record *r, const struct sequence_step *step,
		   packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
	if (r->lost)
		expert_add_info_format(pinfo, r->item, &ei_lost,
				       "%u record%s of this bus could not be built before this one",
				       r->lost, plural(r->lost));
	if (!step->frame)
		return;
	/* with a read filter, tshark gives several frames one number */
	if (step->frame < pinfo->num)
		proto_item_set_generated(
			proto_tree_add_uint(tree, hf_previous, tvb, AT(seq),
					    SIZE(seq), step->frame));
	if (r->seq > step->seq + 1)
		show_gap(r, step, pinfo, tvb, tree);
	else if (r->seq == step->seq && check_sequence)
		expert_add_info(pinfo, r->item, &ei_again);
	else if (r->seq < step->seq && check_sequence)
		expert_add_info_format(pinfo, r->item, &ei_back,
				       "Sequence number goes back from %" PRIu64 " to %" PRIu64,
				       step->seq, r->seq);
}

void record_dissect(struct record *r, tvbuff_t *tvb, packet_info *pinfo,
		    proto_tree *tree)
{
	const struct sequence_step *step = look_back(tvb, pinfo);
	proto_tree *sub;

	memset(r, 0, sizeof(*r));
	r->item = proto_tree_add_item(tree, proto_dbusmon, tvb, 0, -1, ENC_NA);
	proto_item_set_text(r->item, "D-Bus tap record");
	sub = proto_item_add_subtree(r->item, ett_record);

	show_fixed(sub, tvb, pinfo);
	read_fixed(r, tvb, pinfo->pool);
	show_rest(r, tvb, pinfo, sub);
	proto_item_set_len(r->item, r->hdr_len);
	summarise(r, pinfo->pool);
	judge(r, pinfo);
	follow(r, step, pinfo, tvb, sub);
}

static void register_fields(void)
{
	static hf_register_info hf[] = {
		{ &hf_magic, { "Magic", "dbusmon.magic",
			FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL } },
		{ &hf_version, { "Version", "dbusmon.version",
			FT_UINT8, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_kind, { "Kind", "dbusmon.kind",
			FT_UINT8, BASE_DEC, VALS(kinds), 0,
			"What the record tells of", HFILL } },
		{ &hf_hdr_len, { "Header length", "dbusmon.hdr_len",
			FT_UINT16, BASE_DEC, NULL, 0,
			"Octets before the message", HFILL } },
		{ &hf_time, { "Time of routing", "dbusmon.time",
			FT_ABSOLUTE_TIME, ABSOLUTE_TIME_LOCAL, NULL, 0,
			"When the message was routed", HFILL } },
		{ &hf_seq, { "Sequence number", "dbusmon.seq",
			FT_UINT64, BASE_DEC, NULL, 0,
			"Number of the record on its bus", HFILL } },
		{ &hf_bus, { "Bus", "dbusmon.bus",
			FT_UINT32, BASE_DEC, NULL, 0,
			"Number of the bus: bus N alone is shown by the device dbusN",
			HFILL } },
		{ &hf_flags, { "Flags", "dbusmon.flags",
			FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL } },
		{ &hf_flags_observed, { "Observed", "dbusmon.flags.observed",
			FT_BOOLEAN, 32, NULL, DBUSMON_F_OBSERVED,
			"Seen on an observed bus, not routed", HFILL } },
		{ &hf_flags_driver, { "Driver", "dbusmon.flags.driver",
			FT_BOOLEAN, 32, NULL, DBUSMON_F_DRIVER,
			"Answered by the kernel's own driver", HFILL } },
		{ &hf_verdict, { "Verdict", "dbusmon.verdict",
			FT_UINT8, BASE_DEC, VALS(verdicts), 0,
			"What became of the message", HFILL } },
		{ &hf_reason, { "Reason", "dbusmon.reason",
			FT_UINT8, BASE_DEC, VALS(reasons), 0,
			"Why it was not delivered", HFILL } },
		{ &hf_fds, { "File descriptors", "dbusmon.fds",
			FT_UINT16, BASE_DEC, NULL, 0,
			"Passed with the message", HFILL } },
		{ &hf_recipients, { "Recipients", "dbusmon.recipients",
			FT_UINT32, BASE_DEC, NULL, 0,
			"Connections to which it was delivered or queued",
			HFILL } },
		{ &hf_sender, { "Sender", "dbusmon.sender",
			FT_STRING, BASE_NONE, NULL, 0,
			"Unique name of the sender, or none", HFILL } },
		{ &hf_receiver, { "Receiver", "dbusmon.receiver",
			FT_STRING, BASE_NONE, NULL, 0,
			"Unique name of the addressee; none for a broadcast and for one that does not exist",
			HFILL } },
		{ &hf_length, { "Message length", "dbusmon.length",
			FT_UINT32, BASE_DEC, NULL, 0,
			"Octets of the whole message", HFILL } },
		{ &hf_rule, { "Policy rule", "dbusmon.rule",
			FT_UINT32, BASE_DEC | BASE_SPECIAL_VALS,
			VALS(no_rule), 0,
			"Number of the rule that denied it", HFILL } },
		{ &hf_pid, { "Process", "dbusmon.pid",
			FT_UINT32, BASE_DEC | BASE_SPECIAL_VALS,
			VALS(unknown_pid), 0,
			"Process that connected as the sender", HFILL } },
		{ &hf_uid, { "User", "dbusmon.uid",
			FT_UINT32, BASE_DEC | BASE_SPECIAL_VALS,
			VALS(unknown_uid), 0,
			"User of that process", HFILL } },
		{ &hf_lost, { "Records lost", "dbusmon.lost",
			FT_UINT32, BASE_DEC, NULL, 0,
			"Records of this bus that could not be built just before this one",
			HFILL } },
		{ &hf_comm, { "Command", "dbusmon.comm",
			FT_STRINGZPAD, BASE_NONE, NULL, 0,
			"Name of that process when it connected", HFILL } },
		{ &hf_tlv, { "Attribute", "dbusmon.tlv",
			FT_NONE, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_tlv_type, { "Type", "dbusmon.tlv.type",
			FT_UINT16, BASE_DEC, VALS(tlv_types), 0,
			NULL, HFILL } },
		{ &hf_tlv_len, { "Length", "dbusmon.tlv.len",
			FT_UINT16, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_tlv_value, { "Value", "dbusmon.tlv.value",
			FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_bus_name, { "Bus name", "dbusmon.bus_name",
			FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
		{ &hf_more, { "Unknown octets", "dbusmon.more",
			FT_BYTES, BASE_NONE, NULL, 0,
			"Header of a later version", HFILL } },
		{ &hf_previous, { "Previous record of this bus",
			"dbusmon.previous", FT_FRAMENUM, BASE_NONE, NULL, 0,
			NULL, HFILL } },
		{ &hf_missing, { "Records missing before this one",
			"dbusmon.missing", FT_UINT64, BASE_DEC, NULL, 0,
			NULL, HFILL } },
	};
	static int *ett[] = { &ett_record, &ett_flags, &ett_tlv };

	proto_register_field_array(proto_dbusmon, hf, array_length(hf));
	proto_register_subtree_array(ett, array_length(ett));
}

static void register_experts(void)
{
	static ei_register_info ei[] = {
		{ &ei_denied, { "dbusmon.denied", PI_RESPONSE_CODE, PI_WARN,
			"Message denied", EXPFILL } },
		{ &ei_undelivered, { "dbusmon.undelivered",
			PI_RESPONSE_CODE, PI_WARN,
			"Message not delivered", EXPFILL } },
		{ &ei_no_taker, { "dbusmon.no_taker", PI_RESPONSE_CODE, PI_CHAT,
			"Signal without a taker", EXPFILL } },
		{ &ei_queued, { "dbusmon.queued", PI_RESPONSE_CODE, PI_CHAT,
			"Message kept until the addressee is there", EXPFILL } },
		{ &ei_invalid, { "dbusmon.invalid", PI_PROTOCOL, PI_ERROR,
			"Not a valid message", EXPFILL } },
		{ &ei_lost, { "dbusmon.lost_records", PI_SEQUENCE, PI_WARN,
			"Records could not be built", EXPFILL } },
		{ &ei_gap, { "dbusmon.gap", PI_SEQUENCE, PI_WARN,
			"Records are missing", EXPFILL } },
		{ &ei_again, { "dbusmon.again", PI_SEQUENCE, PI_NOTE,
			"Sequence number of the record before", EXPFILL } },
		{ &ei_back, { "dbusmon.back", PI_SEQUENCE, PI_NOTE,
			"Sequence number goes back", EXPFILL } },
		{ &ei_version, { "dbusmon.later_version",
			PI_UNDECODED, PI_NOTE,
			"Record of a later version", EXPFILL } },
		{ &ei_hdr_len, { "dbusmon.hdr_len.invalid",
			PI_MALFORMED, PI_ERROR,
			"Header length is impossible", EXPFILL } },
		{ &ei_tlv_len, { "dbusmon.tlv.len.invalid",
			PI_MALFORMED, PI_ERROR,
			"Attribute goes on behind the header", EXPFILL } },
	};

	expert_register_field_array(expert_register_protocol(proto_dbusmon),
				    ei, array_length(ei));
}

int record_register(void)
{
	module_t *module;

	proto_dbusmon = proto_register_protocol("D-Bus tap record", "D-Bus tap",
						"dbusmon");
	register_fields();
	register_experts();
	bus_register();
	sequence_register(proto_dbusmon);

	module = prefs_register_protocol(proto_dbusmon, NULL);
	prefs_register_bool_preference(module, "check_sequence",
				       "Tell of gaps in the sequence numbers",
				       "Turn this off for captures that were filtered: what the filter left out looks like a loss.",
				       &check_sequence);
	return proto_dbusmon;
}
