// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of messages: requests take effect where they stand in the stream. */
#include "tests/bus/process.h"
#include "tests/bus/tests.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define EMITTER "org.test.Emitter"

static void want_return(struct conn *c, uint32_t serial, const char *what)
{
	struct got *g = conn_next(c);

	check(g->m.type == WIRE_METHOD_RETURN && g->m.reply_serial == serial,
	      "wanted the return of %s, got: %s", what, got_text(g));
	got_free(g);
}

static void want_emitted(struct conn *c, const char *member,
			 unsigned long i, unsigned long n)
{
	struct got *g = conn_next(c);

	check(got_is_signal(g, member),
	      "signal %lu of %lu did not arrive, but: %s", i + 1, n,
	      got_text(g));
	got_free(g);
}

static void order_addmatch(char **arg)
{
	unsigned long i, n = arg_number(&arg, 10000);
	pid_t emitter = start(serve, EMITTER);
	struct conn *c = conn_open(0);
	uint32_t remove = 0, add, emit;
	char rule[128], member[32];

	for (i = 0; i < n; i++) {
		conn_cork(c);
		if (i)
			remove = conn_bus(c, "RemoveMatch", "s", rule);
		snprintf(member, sizeof(member), "S%lu", i);
		snprintf(rule, sizeof(rule),
			 "type='signal',interface='org.test.Iface',member='%s'",
			 member);
		add = conn_bus(c, "AddMatch", "s", rule);
		emit = conn_call(c, EMITTER, "Emit", "ss", member, "");
		conn_uncork(c);
		if (i)
			want_return(c, remove, "RemoveMatch");
		want_return(c, add, "AddMatch");
		want_emitted(c, member, i, n);
		want_return(c, emit, "Emit");
	}
	printf("%lu of %lu signals arrived\n", i, n);
	quit(c, EMITTER);
	finish(&emitter, 1);
	conn_close(c);
}

static void order_requestname(char **arg)
{
	unsigned long i, n = arg_number(&arg, 10000);
	pid_t emitter = start(serve, EMITTER);
	struct conn *c = conn_open(0);
	uint32_t release = 0, request, back;
	char name[64];

	for (i = 0; i < n; i++) {
		conn_cork(c);
		if (i)
			release = conn_bus(c, "ReleaseName", "s", name);
		snprintf(name, sizeof(name), "org.test.N%lu", i);
		request = conn_bus(c, "RequestName", "su", name, 4);
		back = conn_call(c, EMITTER, "CallBack", "s", name);
		conn_uncork(c);
		if (i) {
			want_bus_signal(c, "NameLost", NULL, NULL, NULL);
			want_return(c, release, "ReleaseName");
		}
		want_bus_signal(c, "NameAcquired", name, NULL, NULL);
		want_return(c, request, "RequestName");
		got_free(want_call(c, "Called"));
		want_return(c, back, "CallBack");
	}
	printf("%lu of %lu calls arrived\n", i, n);
	quit(c, EMITTER);
	finish(&emitter, 1);
	conn_close(c);
}

/* All that a program says when it starts, in one write with its handshake. */
static size_t first_words(struct conn *c, const char *name, const char *member)
{
	char rule[64];

	snprintf(rule, sizeof(rule), "member='%s'", member);
	conn_cork(c);
	conn_bus(c, "Hello", "");
	conn_bus(c, "AddMatch", "s", rule);
	conn_bus(c, "RequestName", "su", name, 0);
	conn_call(c, EMITTER, "Emit", "ss", member, "");
	return c->out_len;
}

static void order_hello(char **arg)
{
	unsigned long i, n = arg_number(&arg, 1000);
	pid_t emitter = start(serve, EMITTER);
	struct conn *last = conn_open(0);
	struct conn words = { 0 };
	struct conn *c;
	char name[64], member[32];
	size_t len;

	for (i = 0; i < n; i++) {
		words.serial = 0;
		words.out_len = 0;
		snprintf(name, sizeof(name), "org.test.H%lu", i);
		snprintf(member, sizeof(member), "S%lu", i);
		len = first_words(&words, name, member);
		c = conn_pipelined(words.out, len);
		want_return(c, 1, "Hello");
		want_bus_signal(c, "NameAcquired", NULL, NULL, NULL);
		want_return(c, 2, "AddMatch");
		want_bus_signal(c, "NameAcquired", name, NULL, NULL);
		want_return(c, 3, "RequestName");
		want_emitted(c, member, i, n);
		want_return(c, 4, "Emit");
		conn_close(c);
	}
	printf("%lu of %lu signals arrived\n", i, n);
	quit(last, EMITTER);
	finish(&emitter, 1);
	conn_close(last);
}

/* --- one order for all receivers ------------------------------------------- */

#define SENDERS		3
#define RECEIVERS	4

struct shared {
	unsigned long n;
	bool go;
	unsigned int next;
	uint64_t hash[RECEIVERS];
};

static struct shared *shared_new(void)
{
	void *p = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(p != MAP_FAILED, "mmap: %m");
	return p;
}

static void wait_go(struct shared *s)
{
	uint64_t end = now_ms() + time_limit();

	while (!__atomic_load_n(&s->go, __ATOMIC_ACQUIRE)) {
		sched_yield();
		check(now_ms() < end, "never started");
	}
}

static void total_sender(void *arg)
{
	struct shared *s = arg;
	struct conn *c = conn_open(0);
	unsigned long i;

	ready();
	wait_go(s);
	for (i = 0; i < s->n; i++)
		conn_signal(c, NULL, "Total", "su", c->name, (uint32_t)i);
	conn_alive(c, "after the last signal");
	conn_close(c);
}

static void total_receiver(void *arg)
{
	struct shared *s = arg;
	struct conn *c = conn_open(0);
	unsigned int me = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED);
	uint64_t hash = 14695981039346656037ull;
	unsigned long i;
	const char *p;
	struct got *g;

	bus_ok(c, "AddMatch", "s", "member='Total'");
	ready();
	for (i = 0; i < s->n * SENDERS; i++) {
		g = want_signal(c, "Total");
		for (p = got_str(g, 0); *p; p++)
			hash = (hash ^ *p) * 1099511628211ull;
		hash = (hash ^ got_u32(g, 1)) * 1099511628211ull;
		got_free(g);
	}
	s->hash[me] = hash;
	conn_close(c);
}

static void order_total(char **arg)
{
	struct shared *s = shared_new();
	pid_t pid[SENDERS + RECEIVERS];
	unsigned int i;

	s->n = arg_number(&arg, scaled(2000));
	for (i = 0; i < RECEIVERS; i++)
		pid[i] = start(total_receiver, s);
	for (; i < RECEIVERS + SENDERS; i++)
		pid[i] = start(total_sender, s);
	__atomic_store_n(&s->go, true, __ATOMIC_RELEASE);
	finish(pid, SENDERS + RECEIVERS);
	for (i = 1; i < RECEIVERS; i++)
		check(s->hash[i] == s->hash[0],
		      "receivers 1 and %u saw different orders", i + 1);
	printf("%u receivers saw %lu messages of %u senders in one order\n",
	       RECEIVERS, s->n * SENDERS, SENDERS);
}

/* --- cause before effect --------------------------------------------------- */

/* C: calls B as soon as it hears A. */
static void causal_relay(void *arg)
{
	struct shared *s = arg;
	struct conn *c = conn_open(0);
	unsigned long i;
	struct got *g;

	bus_ok(c, "AddMatch", "s", "member='First'");
	ready();
	for (i = 0; i < s->n; i++) {
		g = want_signal(c, "First");
		conn_signal(c, "org.test.B", "Second", "u",
			    (uint32_t)got_u32(g, 0));
		got_free(g);
	}
	conn_alive(c, "relay");
	conn_close(c);
}

/* B: must hear of First from A before it hears Second from C. */
static void causal_last(void *arg)
{
	struct shared *s = arg;
	struct conn *c = conn_open(0);
	struct got *a, *b;
	unsigned long i;

	check(bus_u32(c, "RequestName", "su", "org.test.B", 0) == 1, "name");
	bus_ok(c, "AddMatch", "s", "member='First'");
	got_free(conn_next(c));		/* NameAcquired */
	ready();
	for (i = 0; i < s->n; i++) {
		a = want_signal(c, "First");
		b = want_signal(c, "Second");
		check(got_u32(a, 0) == i && got_u32(b, 0) == i, "%lu: %s, %s",
		      i, got_text(a), got_text(b));
		conn_signal(c, NULL, "Third", "u", (uint32_t)i);
		got_free(a);
		got_free(b);
	}
	conn_alive(c, "last");
	conn_close(c);
}

static void order_causal(char **arg)
{
	struct shared *s = shared_new();
	struct conn *c = conn_open(0);
	unsigned long i;
	pid_t pid[2];

	s->n = arg_number(&arg, scaled(2000));
	bus_ok(c, "AddMatch", "s", "member='Third'");
	pid[0] = start(causal_last, s);
	pid[1] = start(causal_relay, s);
	for (i = 0; i < s->n; i++) {
		conn_signal(c, NULL, "First", "u", (uint32_t)i);
		got_free(want_signal(c, "Third"));
	}
	finish(pid, 2);
	conn_close(c);
}

/* --- a sender that hardly runs ---------------------------------------------- */

static void idle_sender(void *arg)
{
	struct conn *c = conn_open(0);
	struct sched_param none = { 0 };

	check(!sched_setscheduler(0, SCHED_IDLE, &none), "SCHED_IDLE: %m");
	ready();
	for (;;)
		conn_ok(c, conn_call(c, EMITTER, "Echo", "s", "idle"));
}

static void hog(void *arg)
{
	ready();
	for (;;)
		;
}

#define HOGS 4

static void order_idle_sender(char **arg)
{
	unsigned long i, n = arg_number(&arg, scaled(100));
	uint64_t t, worst = 0;
	struct conn *c;
	pid_t pid[HOGS + 2];
	unsigned int k;

	pid[0] = start(serve, EMITTER);
	pid[1] = start(idle_sender, NULL);
	for (k = 0; k < HOGS; k++)
		pid[2 + k] = start(hog, NULL);
	c = conn_open(0);
	for (i = 0; i < n; i++) {
		t = now_ms();
		conn_ok(c, conn_call(c, EMITTER, "Echo", "s", "busy"));
		t = now_ms() - t;
		worst = t > worst ? t : worst;
	}
	for (k = 0; k < HOGS + 1; k++) {
		kill(pid[1 + k], SIGKILL);
		waitpid(pid[1 + k], NULL, 0);
	}
	printf("slowest of %lu calls beside an idle-class sender: %u ms\n", n,
	       (unsigned int)worst);
	check(worst < 2000, "an idle-class sender held up others for %u ms",
	      (unsigned int)worst);
	quit(c, EMITTER);
	finish(pid, 1);
	conn_close(c);
}

const struct test order_tests[] = {
	{ "order-addmatch", order_addmatch,
	  "AddMatch is in force for the call right behind it" },
	{ "order-requestname", order_requestname,
	  "RequestName is in force for the call right behind it" },
	{ "order-hello", order_hello,
	  "Hello, AddMatch, RequestName and a call go in one write" },
	{ "order-total", order_total,
	  "all receivers see the messages of all senders in one order" },
	{ "order-causal", order_causal,
	  "what was caused by a message does not overtake it" },
	{ "order-idle-sender", order_idle_sender,
	  "a sender that hardly gets to run does not hold up others" },
	{ 0 }
};
