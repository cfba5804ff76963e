// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dbusdump: the sniffer. A packet comes from a file or a device, is taken
 * apart, tells who is who and which call it replies to, and if the filter lets
 * it pass goes to whatever output was asked for.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bus.h"
#include "busctl.h"
#include "diagram.h"
#include "extcap.h"
#include "json.h"
#include "latency.h"
#include "observe.h"
#include "options.h"
#include "policy.h"
#include "program.h"
#include "reader.h"
#include "redact.h"
#include "rights.h"
#include "rules.h"
#include "stats.h"
#include "top.h"

static volatile sig_atomic_t stop;
static volatile sig_atomic_t report;
static struct live *live;

struct sniffer {
	struct options opt;
	struct buses buses;
	struct observed observed;	/* --bus */
	struct out out;
	struct save *save;
	struct diagram *diagram;
	struct latency *latency;
	struct stats *stats;
	struct policy *policy;
	struct top *top;
	struct rules rules;
	uint64_t now;		/* of the last record */
	uint64_t passed;	/* the filter */
	uint64_t foreign;	/* packets that are not from a D-Bus tap */
	bool enough;		/* no more is wanted */
	bool failed;
};

static void on_stop(int sig)
{
	stop = 1;
	if (live)
		live_break(live);
}

static void on_report(int sig)
{
	report = 1;
	if (live)
		live_break(live);
}

static void catch_signals(void)
{
	struct sigaction stopping = { .sa_handler = on_stop };
	struct sigaction reporting = { .sa_handler = on_report,
				       .sa_flags = SA_RESTART };
	struct sigaction old;

	sigaction(SIGINT, &stopping, NULL);
	sigaction(SIGTERM, &stopping, NULL);
	/* started by nohup: go on */
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &stopping, NULL);
	sigaction(SIGUSR1, &reporting, NULL);
}

static void print_record(struct sniffer *s, const struct sight *sight)
{
	switch (s->opt.form) {
	case FORM_LINE:
		line_print(&s->out, &s->opt.line, sight);
		break;
	case FORM_JSON:
		json_print(&s->out, sight, s->opt.line.numeric);
		break;
	case FORM_PROFILE:
		profile_print(&s->out, sight->rec);
		break;
	case FORM_FIELDS:
		columns_print(&s->out, &s->opt.columns, sight);
		break;
	case FORM_BUSCTL:
		busctl_print(&s->out, sight);
		break;
	}
	if (s->opt.line_buffered)
		out_flush(&s->out);
	if (s->out.error) {
		fprintf(stderr, "dbusdump: standard output: %s\n",
			strerror(s->out.error));
		s->failed = true;
	}
}

static void write_record(struct sniffer *s, const struct sight *sight)
{
	enum save_result result = save_write(s->save, sight);

	if (result == SAVE_OK && s->opt.packet_buffered)
		result = save_flush(s->save);
	if (result == SAVE_FAILED)
		s->failed = true;
	if (result == SAVE_ENOUGH)
		s->enough = true;
}

static void put_out(struct sniffer *s, const struct sight *sight)
{
	if (s->opt.print)
		print_record(s, sight);
	if (s->diagram)
		diagram_add(s->diagram, sight);
	if (s->latency)
		latency_add(s->latency, sight);
	if (s->stats)
		stats_add(s->stats, sight);
	if (s->policy)
		policy_add(s->policy, sight);
	if (s->top)
		top_add(s->top, sight);
	if (s->save)
		write_record(s, sight);
}

/* what --verdict and --slow ask beside the rules */
static bool is_asked_for(const struct options *opt, const struct record *rec,
			 const struct call *answered)
{
	if (opt->verdicts && !(rec->has_tap && rec->tap.verdict < 32 &&
			       opt->verdicts & 1u << rec->tap.verdict))
		return false;
	return !opt->slow || (answered && rec->time >= answered->time &&
			      rec->time - answered->time >= opt->slow);
}

static bool wants_more(const struct sniffer *s)
{
	return !s->failed && !s->enough &&
	       (!s->opt.count || s->passed < s->opt.count);
}

/* false: that was enough */
static bool take_packet(void *ctx, const struct packet *p)
{
	struct sniffer *s = ctx;
	struct sight sight = { 0 };
	struct record rec;
	struct call *answered;
	struct bus *bus;

	record_decode(&rec, p);
	if (rec.what == RECORD_FOREIGN) {
		s->foreign++;
		return true;
	}
	bus = buses_get(&s->buses, &rec);
	if (s->observed.pid && rec.has_tap && bus->label && strcmp(bus->label, s->observed.name))
		return true;
	/* live, what the kernel's filter rejects is missing on purpose */
	if (s->opt.read || !s->opt.filter.rule)
		bus_count_missing(bus, &rec);
	answered = bus_learn(bus, &rec, &sight.made);
	s->now = rec.time;
	if (filter_pass(&s->opt.filter, &rec, bus, sight.made, answered) &&
	    is_asked_for(&s->opt, &rec, answered)) {
		if (s->opt.redact)
			redact(&rec);
		if (rec.has_tap && rec.tap.rule && live && !live_is_monitor(live))
			rec.rule_where = rules_where(&s->rules, rec.tap.bus,
						     rec.tap.rule);
		sight.rec = &rec;
		sight.bus = bus;
		sight.call = answered;
		sight.missing = bus->missing;
		bus->missing = 0;
		sight.number = ++s->passed;
		put_out(s, &sight);
	}
	free(answered);
	return wants_more(s);
}

/* --- from a file ---------------------------------------------------------- */

static const char *read_name(const struct sniffer *s)
{
	return strcmp(s->opt.read, "-") ? s->opt.read : "standard input";
}

static const char *source_name(const struct sniffer *s)
{
	return s->opt.read ? read_name(s) : s->opt.live.device;
}

static void report_reading(const struct sniffer *s)
{
	fprintf(stderr, "dbusdump: %" PRIu64 " packets so far\n", s->passed);
	report = 0;
}

/* Numbers that nobody has are messages that the capture does not have. */
static void report_missing(struct sniffer *s)
{
	const struct bus *bus;

	out_flush(&s->out);
	for (bus = s->buses.first; bus; bus = bus->next)
		if (bus->missing_ever)
			fprintf(stderr, "dbusdump: %s: %" PRIu64 " message%s "
				"of %s missing: sequence numbers have gaps\n",
				read_name(s), bus->missing_ever,
				bus->missing_ever == 1 ? "" : "s", bus->label);
}

/* What is said from here on, is for the terminal as it was. */
static void end_top(struct sniffer *s)
{
	top_close(s->top);
	s->top = NULL;
}

static void read_file(struct sniffer *s)
{
	enum reader_result result = READER_END;
	struct reader *r;
	struct packet p;
	char err[256];

	r = reader_open(s->opt.read, err, sizeof(err));
	if (!r) {
		fprintf(stderr, "dbusdump: %s: %s\n", read_name(s), err);
		s->failed = true;
		return;
	}
	while (!stop && (result = reader_next(r, &p)) == READER_PACKET) {
		if (!take_packet(s, &p) ||
		    (s->top && !top_turn(s->top, &s->buses, s->now)))
			break;
		if (report && !s->top)
			report_reading(s);
	}
	if (s->top && !stop && (result == READER_END ||
				result == READER_DAMAGED))
		top_linger(s->top, &s->buses, s->now, &stop);
	end_top(s);
	if (result == READER_DAMAGED) {
		out_flush(&s->out);
		fprintf(stderr, "dbusdump: %s: %s\n", read_name(s),
			reader_error(r));
		s->failed = true;
	} else if (s->foreign && result == READER_END) {
		out_flush(&s->out);
		fprintf(stderr, "dbusdump: %s: %" PRIu64 " packet%s not from a "
			"D-Bus tap left out\n", read_name(s), s->foreign,
			s->foreign == 1 ? "" : "s");
		/* nothing at all: it is the wrong file */
		if (!s->buses.table.count)
			s->failed = true;
	}
	if (result == READER_END)
		report_missing(s);
	reader_close(r);
}

/* --- from a device -------------------------------------------------------- */

static void report_live(const struct sniffer *s,
			const struct live_stats *stats)
{
	fprintf(stderr, "%" PRIu64 " packet%s captured\n", s->passed,
		s->passed == 1 ? "" : "s");
	fprintf(stderr, "%" PRIu64 " packet%s received by filter\n",
		stats->received, stats->received == 1 ? "" : "s");
	fprintf(stderr, "%" PRIu64 " packet%s dropped by kernel\n",
		stats->dropped, stats->dropped == 1 ? "" : "s");
	if (stats->interface_dropped)
		fprintf(stderr, "%" PRIu64 " packet%s dropped by interface\n",
			stats->interface_dropped,
			stats->interface_dropped == 1 ? "" : "s");
	report = 0;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static void capture(struct sniffer *s, struct pcapng_counts *counts)
{
	struct live_stats stats = { 0 };
	time_t told = time(NULL);
	int go_on = 1;

	if (!s->opt.silent && !s->top)
		live_announce(live);
	while (!stop && go_on > 0) {
		go_on = live_read(live, take_packet, s);
		/* nothing waits in the buffer while there is nothing to do */
		if (s->opt.print && !out_flush(&s->out))
			s->failed = true;
		/* who reads it at the other end wants it now */
		if (s->save && !strcmp(s->opt.save.file, "-") &&
		    save_flush(s->save) == SAVE_FAILED)
			s->failed = true;
		if (s->failed)
			break;
		if (s->top && !top_turn(s->top, &s->buses, now()))
			break;
		if (report && !s->top && live_stats(live, &stats))
			report_live(s, &stats);
		if (s->save && s->opt.line.verbose && time(NULL) != told) {
			fprintf(stderr, "Got %" PRIu64 "\r", s->passed);
			told = time(NULL);
		}
		/* a signal that asked for the report broke off the reading */
		if (!go_on && !stop && wants_more(s))
			go_on = 1;
	}
	if (go_on < 0)
		s->failed = true;
	end_top(s);
	if (live_stats(live, &stats) && !s->opt.silent)
		report_live(s, &stats);
	counts->received = stats.received;
	counts->dropped = stats.dropped;
	counts->os_dropped = stats.interface_dropped;
}

/* --- the outputs ---------------------------------------------------------- */

static bool open_outputs(struct sniffer *s)
{
	const struct options *opt = &s->opt;

	if (opt->save.file) {
		s->save = save_open(&opt->save);
		if (!s->save)
			return false;
	}
	if (opt->form == FORM_PROFILE)
		profile_head(&s->out);
	if (opt->latency)
		s->latency = latency_create();
	if (opt->stats)
		s->stats = stats_create(opt->line.numeric);
	if (opt->policy)
		s->policy = policy_create();
	if (opt->diagram) {
		s->diagram = diagram_create(opt->diagram, source_name(s),
					    opt->diagram_limit,
					    opt->line.numeric);
		if (!s->diagram) {
			fprintf(stderr, "dbusdump: %s: %s\n", opt->diagram,
				strerror(errno));
			return false;
		}
	}
	/* last: it has the terminal */
	if (opt->top) {
		s->top = top_open(source_name(s), opt->line.numeric,
				  !opt->read && !live_is_monitor(live));
		if (!s->top)
			return false;
	}
	return true;
}

/* Calls without a reply: what was slowest of all. */
static void put_waiting(struct sniffer *s)
{
	const struct call *call;
	const struct bus *bus;
	bool lines = s->opt.slow && s->opt.form == FORM_LINE && s->opt.print;

	for (bus = s->buses.first; bus; bus = bus->next) {
		for (call = bus->calls.oldest; call; call = call->newer) {
			if (s->opt.filter.rule && !call->matched)
				continue;
			if (s->latency)
				latency_add_waiting(s->latency, call);
			if (lines && s->now >= call->time + s->opt.slow)
				line_waiting(&s->out, &s->opt.line, bus, call,
					     s->now);
		}
	}
}

static void put_reports(struct sniffer *s)
{
	if (s->latency)
		latency_print(s->latency, &s->out);
	if (s->stats)
		stats_print(s->stats, &s->out);
	if (s->policy)
		policy_print(s->policy, &s->out);
	latency_free(s->latency);
	stats_free(s->stats);
	policy_free(s->policy);
}

static void close_outputs(struct sniffer *s, const struct pcapng_counts *counts)
{
	put_waiting(s);
	put_reports(s);
	if (s->opt.count_only)
		out_printf(&s->out, "%" PRIu64 " packet%s\n", s->passed,
			   s->passed == 1 ? "" : "s");
	if (!out_flush(&s->out) && !s->failed) {
		fprintf(stderr, "dbusdump: standard output: %s\n",
			strerror(s->out.error));
		s->failed = true;
	}
	if (s->save && !save_close(s->save, counts))
		s->failed = true;
	if (s->diagram && !diagram_finish(s->diagram)) {
		fprintf(stderr, "dbusdump: %s: %s\n", s->opt.diagram,
			strerror(errno));
		s->failed = true;
	}
}

static struct live *open_live(struct sniffer *s)
{
	struct buses *buses = s->opt.line.numeric ? NULL : &s->buses;
	struct live *l = live_open(&s->opt.live, buses);

	/* the bus alone is asked for: then its own device, for as long as it is */
	if (l && *s->observed.tap && !live_tells_bus(l)) {
		live_close(l);
		s->opt.live.device = s->observed.tap;
		l = live_open(&s->opt.live, buses);
	}
	return l;
}

static int run(struct sniffer *s)
{
	struct pcapng_counts counts;

	out_init(&s->out, STDOUT_FILENO);
	s->out.colour = s->opt.colour && s->opt.form == FORM_LINE;
	if (s->opt.bus && !observe_begin(&s->observed, s->opt.bus))
		return 1;
	if (!s->opt.read) {
		live = open_live(s);
		if (!live)
			return 1;
	}
	/* files are made by the user who owns them in the end */
	if (s->opt.user && !rights_drop(s->opt.user))
		return 1;
	if (!open_outputs(s))
		return 1;
	catch_signals();
	if (s->opt.read)
		read_file(s);
	else
		capture(s, &counts);
	close_outputs(s, s->opt.read || !live ? NULL : &counts);
	if (live)
		live_close(live);
	observe_end(&s->observed);
	out_free(&s->out);
	buses_free(&s->buses);
	rules_free(&s->rules);
	return s->failed;
}

int main(int argc, char **argv)
{
	struct sniffer s = { 0 };
	int status = 0;

	tzset();
	if (extcap_is_asked(argc, argv) ? !extcap_parse(&s.opt, argc, argv) :
					  !options_parse(&s.opt, argc, argv))
		return 2;
	switch (s.opt.what) {
	case OPTIONS_NOTHING:
		break;
	case OPTIONS_HELP:
		options_help();
		break;
	case OPTIONS_VERSION:
		options_version();
		break;
	case OPTIONS_LIST_DEVICES:
		status = !live_list();
		break;
	case OPTIONS_LIST_LINKTYPES:
		status = !live_list_linktypes(&s.opt.live);
		break;
	case OPTIONS_PROGRAM:
		status = !program_print(&s.opt.filter, s.opt.live.linktype,
					s.opt.live.names, s.opt.program);
		break;
	default:
		status = run(&s);
		break;
	}
	options_free(&s.opt);
	/* lists, help, programs */
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "dbusdump: standard output: %s\n",
			strerror(errno));
		return 1;
	}
	return status;
}
