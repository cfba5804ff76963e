// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * broker PATH: dbus-broker on a socket at PATH, with everything allowed and no
 * limit that a load could meet. Starts it as its launcher does, through its
 * controller protocol, says "ready", and ends with it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define BATCH	"bta(btbs)a(btssssuutt)a(btssssuutt)"
#define POLICY	"(a(u(" BATCH "))a(buu(" BATCH "))a(ss)bs)"

static void must(int r, const char *what)
{
	if (r < 0) {
		fprintf(stderr, "broker: %s: %s\n", what, strerror(-r));
		exit(1);
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof(sun.sun_path))
		must(-ENAMETOOLONG, path);
	strcpy(sun.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) ||
	    listen(fd, 1024))
		must(-errno, path);
	return fd;
}

static pid_t start_broker(int controller)
{
	char fd[16];
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(fd, sizeof(fd), "%d", controller);
	execlp("dbus-broker", "dbus-broker", "--controller", fd,
	       "--machine-id", "0123456789abcdef0123456789abcdef",
	       "--max-bytes", "4000000000", "--max-fds", "1000000",
	       "--max-matches", "1000000", "--max-objects", "1000000", NULL);
	must(-errno, "dbus-broker");
	return -1;
}

/* Connect, own any name, send and receive anything: allowed to everyone. */
static int append_policy(sd_bus_message *m)
{
	const int yes = 1;
	const uint64_t priority = 1;
	int i, r;

	r = sd_bus_message_open_container(m, 'v', POLICY);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', "a(u(" BATCH "))a(buu("
						  BATCH "))a(ss)bs");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(u(" BATCH "))");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', "u(" BATCH ")");
	if (r >= 0)	/* who has no batch of their own */
		r = sd_bus_message_append(m, "u", UINT32_MAX);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', BATCH);
	if (r >= 0)
		r = sd_bus_message_append(m, "bta(btbs)", yes, priority, 1,
					  yes, priority, yes, "");
	for (i = 0; i < 2 && r >= 0; i++)	/* send, receive */
		r = sd_bus_message_append(m, "a(btssssuutt)", 1, yes, priority,
					  "", "", "", "", 0, 0, (uint64_t)0,
					  UINT64_MAX);
	for (i = 0; i < 3 && r >= 0; i++)	/* batch, entry, array */
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(buu(" BATCH "))a(ss)bs", 0, 0, 0,
					  "session");
	for (i = 0; i < 2 && r >= 0; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

int main(int argc, char **argv)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	sd_bus *bus = NULL;
	int ends[2], listener;
	pid_t pid;

	if (argc != 2) {
		fputs("usage: broker PATH\n", stderr);
		return 2;
	}
	listener = listen_at(argv[1]);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends))
		must(-errno, "socketpair");
	pid = start_broker(ends[1]);
	close(ends[1]);
	must(sd_bus_new(&bus), "sd_bus_new");
	must(sd_bus_set_fd(bus, ends[0], ends[0]), "sd_bus_set_fd");
	must(sd_bus_start(bus), "sd_bus_start");
	must(sd_bus_message_new_method_call(bus, &m, NULL,
					    "/org/bus1/DBus/Broker",
					    "org.bus1.DBus.Broker",
					    "AddListener"), "AddListener");
	must(sd_bus_message_append(m, "oh", "/org/bus1/DBus/Listener/0",
				   listener), "AddListener");
	must(append_policy(m), "policy");
	if (sd_bus_call(bus, m, 0, &error, NULL) < 0) {
		fprintf(stderr, "broker: AddListener: %s\n", error.message);
		return 1;
	}
	puts("ready");
	fclose(stdout);
	return waitpid(pid, NULL, 0) != pid;
}
