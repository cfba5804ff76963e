// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file whose close blocks: its file system is a process of ours, by FUSE, that
 * never answers when a descriptor of it is closed. Run by root, who may mount it;
 * another user may speak to the bus.
 */
#include "tests/bus/tests.h"
#include "tests/bus/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fuse.h>

#define FILE_NODE	2
#define REQUEST_MAX	(1 << 17)
#define ROUNDS		8

/**
 * struct served - what the file system has been asked, seen by all processes
 * @n_opened: opens
 * @n_closing: closes that it has not answered
 */
struct served {
	atomic_uint n_opened;
	atomic_uint n_closing;
};

static struct served *served;
static int life[2];

static void fill_attr(struct fuse_attr *attr, uint64_t node)
{
	memset(attr, 0, sizeof(*attr));
	attr->ino = node;
	attr->mode = node == FILE_NODE ? S_IFREG | 0666 : S_IFDIR | 0755;
	attr->nlink = 1;
	attr->blksize = 4096;
}

/* The answer to a request, in @out; its length, or a negative errno; 0: none. */
static int serve_one(const struct fuse_in_header *in, void *out)
{
	struct fuse_init_out *init = out;
	struct fuse_entry_out *entry = out;
	struct fuse_attr_out *attr = out;
	struct fuse_open_out *open = out;

	switch (in->opcode) {
	case FUSE_INIT:
		*init = (struct fuse_init_out){
			.major = FUSE_KERNEL_VERSION,
			.minor = FUSE_KERNEL_MINOR_VERSION,
			.max_write = 4096,
		};
		return sizeof(*init);
	case FUSE_LOOKUP:
		*entry = (struct fuse_entry_out){ .nodeid = FILE_NODE };
		fill_attr(&entry->attr, FILE_NODE);
		return sizeof(*entry);
	case FUSE_GETATTR:
		*attr = (struct fuse_attr_out){ 0 };
		fill_attr(&attr->attr, in->nodeid);
		return sizeof(*attr);
	case FUSE_OPEN:
		*open = (struct fuse_open_out){ .fh = 1 };
		served->n_opened++;
		return sizeof(*open);
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_FSYNC:
		served->n_closing++;
		return 0;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return 0;
	}
	return -ENOSYS;
}

/* Serve until the mount goes, or the test does, which @life tells. */
static void serve(int dev)
{
	static char buf[REQUEST_MAX];
	struct {
		struct fuse_out_header head;
		char body[256];
	} answer;
	const struct fuse_in_header *in = (void *)buf;
	struct pollfd p[] = { { dev, POLLIN, 0 }, { life[0], POLLIN, 0 } };
	int len;

	while (poll(p, 2, -1) > 0 && !p[1].revents &&
	       read(dev, buf, sizeof(buf)) > 0) {
		len = serve_one(in, answer.body);
		if (!len)
			continue;
		answer.head = (struct fuse_out_header){
			.len = sizeof(answer.head) + (len > 0 ? len : 0),
			.error = len < 0 ? len : 0,
			.unique = in->unique,
		};
		if (write(dev, &answer, answer.head.len) < 0)
			break;
	}
	_exit(0);
}

/* Mount it at @dir; the process that serves it, and holds its only device. */
static pid_t mount_at(const char *dir)
{
	int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[120];
	pid_t server;

	/* closed when a test fails, before files of the mount, which blocks */
	check(!pipe2(life, O_CLOEXEC), "pipe: %m");
	check(dev >= 0, "/dev/fuse: %m");
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", dev);
	check(!mount("blocked", dir, "fuse", MS_NOSUID | MS_NODEV, options),
	      "mount %s: %m", dir);
	server = fork();
	check(server >= 0, "fork: %m");
	if (!server) {
		close(life[1]);
		serve(dev);
	}
	close(life[0]);
	close(dev);
	return server;
}

static void wait_until_more(const atomic_uint *count, unsigned int than,
			    const char *what)
{
	uint64_t end = now_ms() + time_limit();

	while (*count <= than) {
		check(now_ms() < end, "never: %s", what);
		poll(NULL, 0, 5);
	}
}

/* Closing it blocks, or all that follows means nothing. */
static void close_blocks(const char *path)
{
	unsigned int before = served->n_closing;
	int status;
	pid_t pid = fork();

	check(pid >= 0, "fork: %m");
	if (!pid) {
		int fd = open(path, O_RDONLY);

		close(life[1]);
		close(fd);
		_exit(1);
	}
	wait_until_more(&served->n_closing, before, "the file is closed");
	poll(NULL, 0, 50);
	check(!waitpid(pid, &status, WNOHANG), "closing it does not block");
}

static void send_to(struct conn *c, const char *dest, int fd)
{
	struct head h = {
		.type = WIRE_SIGNAL, .dest = dest, .path = "/test",
		.iface = "org.test.Iface", .member = "File", .fds = &fd, .n_fds = 1,
	};

	conn_send(c, &h, "");
}

/* The beginning of a message with the file; the rest never comes. */
static void send_part(struct conn *c, const char *dest, int fd)
{
	struct head h = {
		.type = WIRE_SIGNAL, .dest = dest, .path = "/test",
		.iface = "org.test.Iface", .member = "File", .claim = 1,
	};
	struct draft d = { 0 };

	h.serial = ++c->serial;
	draft_message(&d, &h, "");
	conn_write_fds(c, d.p, d.len - 1, &fd, 1);
	draft_free(&d);
}

/* Others' descriptors still go their way. */
static void pass_a_pipe(struct witness *w)
{
	int p[2];

	check(!pipe2(p, O_CLOEXEC), "pipe: %m");
	send_to(w->a, w->b->name, p[1]);
	close(p[1]);
	got_free(want_signal(w->b, "File"));
	closed_everywhere(p[0], "a pipe");
	witness_check(w, "somebody passes files whose close blocks");
}

static void blocked_files(char **arg)
{
	const char *dir = arg_word(&arg, "a directory");
	uid_t uid = arg_number(&arg, 0);
	struct conn *c, *deaf, *no_fds;
	struct witness w;
	char path[200];
	pid_t server;
	int fd, i;

	served = mmap(NULL, sizeof(*served), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(served != MAP_FAILED, "mmap: %m");
	server = mount_at(dir);
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0, "%s: %m", path);
	close_blocks(path);
	check(!setresuid(uid, uid, 0), "setresuid: %m");

	witness_start(&w);
	no_fds = conn_open(CONN_NO_FDS);
	for (i = 0; i < ROUNDS; i++) {
		c = conn_open(0);
		deaf = conn_open(0);
		/* it waits for one who goes; it is refused; it comes in part */
		send_to(c, deaf->name, fd);
		send_to(c, no_fds->name, fd);
		send_to(c, "org.test.Nobody", fd);
		send_part(c, deaf->name, fd);
		pass_a_pipe(&w);
		conn_close(deaf);
		conn_close(c);
		pass_a_pipe(&w);
	}
	conn_close(no_fds);
	witness_end(&w);

	check(!setresuid(0, 0, 0), "setresuid: %m");
	/* without its device the file system is dead, and nothing blocks */
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	close(fd);
	while (wait(NULL) > 0)
		;
	check(!umount(dir), "umount: %m");
}

const struct test blocked_tests[] = {
	{ "blocked-files", blocked_files,
	  "DIR [UID]: files whose close blocks, mounted there, block nobody else" },
	{ 0 }
};
