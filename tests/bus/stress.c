// SPDX-License-Identifier: GPL-2.0-or-later
/* Hundreds of clients that do everything at once, and some that are killed. */
#include "tests/bus/process.h"
#include "tests/bus/tests.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define ERR(name) BUS_NAME ".Error." name
#define N_NAMES 40

struct job {
	unsigned int seed;
	unsigned int steps;	/* 0: for ever */
	int end;		/* the parent's end of the pipe at fd 0 */
};

static const char *some_name(uint64_t *seed)
{
	static char name[64];

	snprintf(name, sizeof(name), "org.test.Mix%u",
		 random_below(seed, N_NAMES));
	return name;
}

/* Whatever comes in while we wait for something of our own. */
static void take(struct conn *c, struct got *g)
{
	if (got_is_call(g, "Mix"))
		conn_return(c, g, "s", got_str(g, 0));
	got_free(g);
}

static void await(struct conn *c, uint32_t serial, bool own)
{
	struct got *g;

	for (;;) {
		g = conn_next(c);
		if (g->m.reply_serial == serial &&
		    g->m.type != WIRE_METHOD_CALL)
			break;
		take(c, g);
	}
	/* others come and go, but what we asked of the bus it can do */
	check(g->m.type == WIRE_METHOD_RETURN ||
	      (!own && (wire_str_is(g->m.error_name, ERR("NoReply")) ||
			wire_str_is(g->m.error_name, ERR("ServiceUnknown")) ||
			wire_str_is(g->m.error_name, ERR("NameHasNoOwner")))),
	      "%s: %s", c->name, got_text(g));
	got_free(g);
}

static void mixed_call(struct conn *c, uint64_t *seed)
{
	static char text[70000];
	unsigned int len = random_below(seed, 8) ? random_below(seed, 100) :
		random_below(seed, sizeof(text) - 1);

	memset(text, 'a' + random_below(seed, 26), len);
	text[len] = 0;
	await(c, conn_call(c, some_name(seed), "Mix", "s", text), false);
}

static void mixed_signal(struct conn *c, uint64_t *seed)
{
	struct head h = { .type = WIRE_SIGNAL, .path = "/test",
			  .iface = "org.test.Iface", .member = "Mixed" };
	int fd;

	if (random_below(seed, 4)) {
		conn_send(c, &h, "s", some_name(seed));
		return;
	}
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	check(fd >= 0, "/dev/null: %m");
	h.fds = &fd;
	h.n_fds = 1;
	conn_send(c, &h, "s", some_name(seed));
	close(fd);
}

static void mixed_match(struct conn *c, uint64_t *seed, bool *added)
{
	char rule[128];
	unsigned int i = random_below(seed, 4);

	snprintf(rule, sizeof(rule), "member='Mixed',arg0='org.test.Mix%u'", i);
	await(c, conn_bus(c, added[i] ? "RemoveMatch" : "AddMatch", "s", rule),
	      true);
	added[i] = !added[i];
}

static void mixed_step(struct conn *c, uint64_t *seed, bool *added)
{
	switch (random_below(seed, 8)) {
	case 0:
		await(c, conn_bus(c, "RequestName", "su", some_name(seed),
				  random_below(seed, 8)), true);
		break;
	case 1:
		await(c, conn_bus(c, "ReleaseName", "s", some_name(seed)),
		      true);
		break;
	case 2:
		mixed_match(c, seed, added);
		break;
	case 3:
		mixed_signal(c, seed);
		break;
	case 4:
		await(c, conn_bus(c, "GetNameOwner", "s", some_name(seed)),
		      false);
		break;
	case 5:
		await(c, conn_bus(c, "ListNames", ""), true);
		break;
	default:
		mixed_call(c, seed);
	}
}

/* Answers others until the parent closes the pipe at fd 0. */
static void linger(struct conn *c)
{
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN },
			       { .fd = c->fd, .events = POLLIN } };
	struct got *g;

	for (;;) {
		while ((g = conn_get(c, 0)))
			take(c, g);
		check(!c->gone, "%s was disconnected", c->name);
		if (p[0].revents)
			break;
		poll(p, 2, -1);
	}
}

static void mixed_client(void *arg)
{
	struct job *j = arg;
	struct conn *c = conn_open(0);
	uint64_t seed = j->seed;
	bool added[4] = { 0 };
	unsigned int i, pause;
	struct got *g;

	close(j->end);
	ready();
	for (i = 0; !j->steps || i < j->steps; i++) {
		mixed_step(c, &seed, added);
		/* so that the endless ones leave the others room, and more
		 * on a slower machine */
		pause = 40000 / scaled(100);
		if (!j->steps && (g = conn_get(c, random_below(&seed, pause))))
			take(c, g);
	}
	/* who waits for us may still do so */
	if (write(1, "", 1) == 1)
		linger(c);
	conn_close(c);
}

static void more_files(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* Nobody but the asker is left on the bus. */
static void bus_empty(struct conn *c)
{
	uint64_t end = now_ms() + time_limit();
	struct got *g;
	char want[128], *p;
	bool empty;

	snprintf(want, sizeof(want), " a '%s' '%s' .", BUS_NAME, c->name);
	do {
		g = conn_answer(c, conn_bus(c, "ListNames", ""));
		p = strstr(got_text(g), " a ");
		empty = p && strlen(p) == strlen(want) &&
			strstr(p, c->name) && strstr(p, BUS_NAME);
		check(empty || now_ms() < end, "still there: %s", got_text(g));
		got_free(g);
	} while (!empty);
}

static void stress_clients(char **arg)
{
	unsigned long i, n = arg_number(&arg, 200);
	struct job j = { .steps = arg_number(&arg, scaled(60)) };
	pid_t *pid = calloc(n, sizeof(*pid));
	struct pollfd p;
	int go[2], done[2], out = dup(1);
	struct conn *c;
	char ch;

	more_files();
	check(!pipe2(go, O_CLOEXEC) && !pipe2(done, O_CLOEXEC), "pipe: %m");
	fflush(stdout);
	dup2(go[0], 0);
	dup2(done[1], 1);
	close(go[0]);
	j.end = go[1];
	for (i = 0; i < n; i++) {
		j.seed = i + 1;
		pid[i] = start(mixed_client, &j);
	}
	dup2(out, 1);
	close(done[1]);
	/* all have said everything; only then may they leave */
	p = (struct pollfd){ .fd = done[0], .events = POLLIN };
	for (i = 0; i < n; i++)
		check(poll(&p, 1, 10 * time_limit()) == 1 &&
		      read(done[0], &ch, 1) == 1, "%lu of %lu clients ended",
		      i, n);
	close(go[1]);
	finish(pid, n);
	c = conn_open(0);
	bus_empty(c);
	conn_close(c);
	printf("%lu clients, %u steps each\n", n, j.steps);
	free(pid);
}

static pid_t start_endless(unsigned int seed)
{
	struct job j = { .seed = seed, .end = -1 };

	return start(mixed_client, &j);
}

static void stress_kill(char **arg)
{
	unsigned long i, n = arg_number(&arg, 200);
	unsigned long k, kills = arg_number(&arg, scaled(600));
	pid_t *pid = calloc(n, sizeof(*pid));
	uint64_t seed = 99;
	struct conn *c;
	int status;

	more_files();
	/* a client whose partner vanishes gets an error, and must not fail */
	for (i = 0; i < n; i++)
		pid[i] = start_endless(i + 1);
	for (k = 0; k < kills; k++) {
		i = random_below(&seed, n);
		kill(pid[i], SIGKILL);
		check(waitpid(pid[i], &status, 0) == pid[i] &&
		      WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		      "client %lu had failed: status %#x", i, status);
		pid[i] = start_endless(1000 + k);
	}
	for (i = 0; i < n; i++)
		kill(pid[i], SIGKILL);
	for (i = 0; i < n; i++)
		waitpid(pid[i], NULL, 0);
	c = conn_open(0);
	bus_empty(c);
	conn_close(c);
	printf("%lu clients, %lu killed in the middle of something\n", n,
	       kills + n);
	free(pid);
}

/* Clients that come, say Hello and go, as fast as they can. */
static void churn_client(void *arg)
{
	unsigned long i, n = *(unsigned long *)arg;
	struct conn *c;

	ready();
	for (i = 0; i < n; i++) {
		c = conn_open(0);
		if (i % 3 == 1)
			bus_ok(c, "AddMatch", "s", "type='signal'");
		if (i % 3 == 2)
			bus_u32(c, "RequestName", "su", "org.test.Churn", 0);
		conn_close(c);
	}
}

static void stress_churn(char **arg)
{
	unsigned long n = arg_number(&arg, scaled(300));
	struct conn *c;
	pid_t pid[4];
	int i;

	for (i = 0; i < 4; i++)
		pid[i] = start(churn_client, &n);
	finish(pid, 4);
	c = conn_open(0);
	bus_empty(c);
	conn_close(c);
}

/* Connections that are there until standard input ends. */
static void stress_crowd(char **arg)
{
	unsigned long i, n = arg_number(&arg, 200);
	struct conn **c = calloc(n, sizeof(*c));
	char octet;

	for (i = 0; i < n; i++)
		c[i] = conn_open(0);
	while (read(0, &octet, 1) > 0)
		;
	for (i = 0; i < n; i++)
		conn_close(c[i]);
	free(c);
}

const struct test stress_tests[] = {
	{ "stress-clients", stress_clients,
	  "200 clients with mixed traffic are all served" },
	{ "stress-kill", stress_kill,
	  "clients killed at random moments leave nothing behind" },
	{ "stress-churn", stress_churn,
	  "connections come and go by the thousand" },
	{ "stress-crowd", stress_crowd,
	  "[N]: connections that are there until standard input ends" },
	{ 0 }
};
