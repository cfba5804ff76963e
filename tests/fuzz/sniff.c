// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/sniff.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/require.h"
#include "tools/dbusdump/body.h"
#include "tools/dbusdump/bus.h"
#include "tools/dbusdump/busctl.h"
#include "tools/dbusdump/columns.h"
#include "tools/dbusdump/json.h"
#include "tools/dbusdump/jsonread.h"
#include "tools/dbusdump/latency.h"
#include "tools/dbusdump/line.h"
#include "tools/dbusdump/load.h"
#include "tools/dbusdump/pcapng.h"
#include "tools/dbusdump/policy.h"
#include "tools/dbusdump/reader.h"
#include "tools/dbusdump/redact.h"
#include "tools/dbusdump/stats.h"

static struct buses buses;
static struct out out;
static struct stats *stats;
static struct latency *latency;
static struct policy *policy;
static struct load *load;
static struct jsonread *json;
static struct columns columns;
static uint64_t now;

void sniff_begin(void)
{
	memset(&buses, 0, sizeof(buses));
	out_init(&out, -1);
	out.hold = true;
	stats = stats_create(false);
	latency = latency_create();
	policy = policy_create();
	load = load_create(false);
	json = jsonread_create();
	columns.n = 0;
	REQUIRE(columns_parse(&columns, "time,bus,type,sender,sender_names,"
			      "destination,path,interface,member,error_name,"
			      "elapsed,verdict,reason,args"));
	now = 0;
}

/* Nothing in a text can steer a terminal, and it is UTF-8. */
static void check_text(const char *tabs)
{
	size_t i = 0;
	uint32_t c;

	while (i < out.len) {
		unsigned int n;

		/* most of it */
		if (out.buf[i] >= ' ' && out.buf[i] < 0x7f) {
			i++;
			continue;
		}
		n = utf8_decode(out.buf + i, out.len - i, &c);
		REQUIRE(n);
		if (out_is_harmful(c) && !(c && c < 128 && strchr(tabs, (int)c)))
			fprintf(stderr, "U+%04X in: %.*s\n", c, (int)out.len,
				out.buf);
		REQUIRE((c && c < 128 && strchr(tabs, (int)c)) ||
			!out_is_harmful(c));
		i += n;
	}
}

static bool is_inside(const void *p, size_t n, const void *whole, size_t len)
{
	const uint8_t *a = p, *b = whole;

	return a >= b && a <= b + len && n <= (size_t)(b + len - a);
}

static void check_record(const struct record *rec, const struct packet *p)
{
	if (rec->what == RECORD_FOREIGN)
		return;
	/* what an event says is in the option, in a pcapng file */
	REQUIRE(is_inside(rec->data, rec->have, p->data, p->caplen) ||
		is_inside(rec->data, rec->have, p->meta, p->meta_len));
	REQUIRE(rec->have <= rec->length || rec->what != RECORD_MESSAGE);
	if (rec->has_tap && rec->tap.comm.s)
		REQUIRE(rec->tap.comm.len <= DBUSMON_COMM_LEN);
	if (rec->has_tap && rec->tap.bus_name.s)
		REQUIRE(is_inside(rec->tap.bus_name.s, rec->tap.bus_name.len,
				  rec->tap_data, rec->tap.hdr_len));
	if (rec->status != WIRE_OK || rec->what != RECORD_MESSAGE)
		return;
	REQUIRE(rec->m.len <= rec->have);
	if (rec->m.member.s)
		REQUIRE(is_inside(rec->m.member.s, rec->m.member.len, rec->data,
				  rec->have));
}

/* What JSON tells of a message is enough to make it again. */
static void check_json(const struct record *rec)
{
	struct packet p;
	struct record again;
	const char *why;
	size_t at;

	REQUIRE(out.len && out.buf[out.len - 1] == '\n');
	REQUIRE(!memchr(out.buf, '\n', out.len - 1));
	why = jsonread_line(json, out.buf, out.len - 1, &p, &at);
	REQUIRE(!why);
	record_decode(&again, &p);
	if (rec->what != RECORD_MESSAGE && !rec->cooked.s)
		return;
	REQUIRE(again.what == rec->what);
	REQUIRE(again.have == rec->have);
	REQUIRE(!rec->have || !memcmp(again.data, rec->data, rec->have));
}

static void print(const struct sight *s)
{
	struct line_style style = { .verbose = 2 };
	struct record less;
	struct sight redacted = *s;

	/* the octets of a few are enough */
	if (s->rec->have % 16 == 1) {
		style.hex = LINE_HEX_ASCII;
		style.hex_header = true;
	}
	out.len = 0;
	line_print(&out, &style, s);
	busctl_print(&out, s);
	check_text("\n");
	out.len = 0;
	profile_print(&out, s->rec);
	columns_print(&out, &columns, s);
	check_text("\n\t");
	out.len = 0;
	json_print(&out, s, false);
	check_text("\n");
	check_json(s->rec);
	less = *s->rec;
	redact(&less);
	redacted.rec = &less;
	out.len = 0;
	line_print(&out, &style, &redacted);
	json_print(&out, &redacted, false);
	check_text("\n");
}

static void count(const struct sight *s)
{
	stats_add(stats, s);
	latency_add(latency, s);
	policy_add(policy, s);
	load_add(load, s);
}

/* Return: it is one of ours, and a copy holds it. */
static bool sniff(const struct packet *p, struct pcapng *copy)
{
	struct sight sight = { 0 };
	struct record rec;
	struct call *answered;
	struct bus *bus;

	record_decode(&rec, p);
	check_record(&rec, p);
	if (rec.what == RECORD_FOREIGN)
		return false;
	bus = buses_get(&buses, &rec);
	bus_count_missing(bus, &rec);
	answered = bus_learn(bus, &rec, &sight.made);
	sight.rec = &rec;
	sight.bus = bus;
	sight.call = answered;
	sight.missing = bus->missing;
	bus->missing = 0;
	now = rec.time;
	print(&sight);
	count(&sight);
	if (copy)
		REQUIRE(pcapng_write(copy, &sight));
	free(answered);
	return true;
}

void sniff_packet(const struct packet *p)
{
	sniff(p, NULL);
}

void sniff_end(void)
{
	load_take_down(load, &buses, now, true, false);
	out.len = 0;
	stats_print(stats, &out);
	latency_print(latency, &out);
	policy_print(policy, &out);
	check_text("\n\t");
	stats_free(stats);
	latency_free(latency);
	policy_free(policy);
	load_free(load);
	jsonread_free(json);
	buses_free(&buses);
	out_free(&out);
}

static struct reader *open_fd(int fd)
{
	char name[32], err[256];

	lseek(fd, 0, SEEK_SET);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return reader_open(name, err, sizeof(err));
}

/* What was written of it holds them all. */
static void check_copy(int fd, unsigned int copied)
{
	struct reader *r = open_fd(fd);
	struct packet p;

	REQUIRE(r);
	while (copied--)
		REQUIRE(reader_next(r, &p) == READER_PACKET);
	REQUIRE(reader_next(r, &p) == READER_END);
	reader_close(r);
}

void sniff_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", 0), copy_fd = memfd_create("copy", 0);
	struct reader *r;
	struct pcapng *copy;
	unsigned int copied = 0;
	enum reader_result result;
	struct packet p;

	REQUIRE(fd >= 0 && copy_fd >= 0);
	REQUIRE(write(fd, data, size) == (ssize_t)size);
	copy = pcapng_create(dup(copy_fd), NULL, 0);
	REQUIRE(copy);
	r = open_fd(fd);
	if (r) {
		while ((result = reader_next(r, &p)) == READER_PACKET) {
			REQUIRE(p.caplen <= PACKET_MAX);
			copied += sniff(&p, copy);
		}
		if (result == READER_DAMAGED)
			REQUIRE(strstr(reader_error(r), ", offset "));
		reader_close(r);
	}
	REQUIRE(pcapng_close(copy, NULL));
	check_copy(copy_fd, copied);
	close(copy_fd);
	close(fd);
}
