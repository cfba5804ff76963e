/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * The contract between dbus.ko and user space: the record that a tap device
 * delivers, and the generic netlink family "dbus" that shows and changes the
 * routing table.
 */
#ifndef _UAPI_LINUX_DBUS_H
#define _UAPI_LINUX_DBUS_H

#include <linux/types.h>

/*
 * Numbers of link types. Neither is assigned by anybody: each is the next free
 * one, defined here and nowhere else, and checked against the kernel headers of
 * every build (kernel/tap.c).
 */
#define DBUSMON_ARPHRD		827	/* hardware type of a tap device */
#define DBUSMON_ETH_P_MESSAGE	0x00FB	/* record holding one valid message */
#define DBUSMON_ETH_P_EVENT	0x00FC	/* every other record */

/* --- The tap record -------------------------------------------------------
 *
 * A record is a struct dbusmon_hdr, type-length-value attributes (TLVs), and
 * then, at @hdr_len octets from the start, the message as it was delivered,
 * SENDER filled in. All numbers are little-endian, whatever the machine and
 * whatever the message's own byte order.
 */

#define DBUSMON_MAGIC		0xD54D4244u	/* octets 'D' 'B' 'M' 0xD5 */
#define DBUSMON_VERSION		2

#define DBUSMON_ID_BUS		(~1ull)	/* the bus itself, org.freedesktop.DBus */
#define DBUSMON_ID_NONE		(~0ull)	/* nobody, or not known */
#define DBUSMON_ID_BUS_1	0ull	/* the bus itself, in version 1 */

#define DBUSMON_COMM_LEN	16

/**
 * struct dbusmon_hdr - what the router knows about a message
 * @magic: DBUSMON_MAGIC
 * @version: DBUSMON_VERSION; a reader takes any version with this magic whose
 *	@hdr_len it can follow, and ignores what stands after the fields it
 *	knows. In version 1 the bus was DBUSMON_ID_BUS_1, and the peer :1.0 had
 *	no id; all else is the same
 * @kind: enum dbusmon_kind
 * @hdr_len: octets from the start of this structure to the message; a multiple
 *	of 8, so that the message is aligned as it was on the wire
 * @time: when the message was routed, ns since the epoch (CLOCK_REALTIME)
 * @seq: number of the record on its bus, counting from 1 by 1: a gap is a loss
 * @bus: number of the bus: its own tap device is dbusN, N being this number
 * @flags: DBUSMON_F_*
 * @verdict: enum dbusmon_verdict
 * @reason: enum dbusmon_reason: why, when @verdict is not DELIVERED
 * @n_fds: file descriptors passed with the message
 * @n_recipients: connections to which it was delivered or queued
 * @sender: id of the sender: N of its unique name :1.N; DBUSMON_ID_BUS;
 *	DBUSMON_ID_NONE
 * @receiver: id of the addressee, likewise; DBUSMON_ID_NONE for a broadcast and
 *	for an addressee that does not exist
 * @length: octets of the whole message; more than the record holds if the
 *	record was cut
 * @rule: number of the policy rule that denied it, 0 if none did
 * @pid: process that connected as the sender, as seen from the initial pid
 *	namespace; 0 if not known
 * @uid: its user, as seen from the initial user namespace; ~0 if not known
 * @lost: records of this bus that could not be built just before this one
 * @pad: 0
 * @comm: name of the process when it connected; NUL-padded, not always
 *	NUL-terminated
 */
struct dbusmon_hdr {
	__le32	magic;
	__u8	version;
	__u8	kind;
	__le16	hdr_len;
	__le64	time;
	__le64	seq;
	__le32	bus;
	__le32	flags;
	__u8	verdict;
	__u8	reason;
	__le16	n_fds;
	__le32	n_recipients;
	__le64	sender;
	__le64	receiver;
	__le32	length;
	__le32	rule;
	__le32	pid;
	__le32	uid;
	__le32	lost;
	__le32	pad;
	char	comm[DBUSMON_COMM_LEN];
};	/* 96 octets */

/**
 * struct dbusmon_tlv - head of one attribute behind struct dbusmon_hdr
 * @type: enum dbusmon_tlv_type; unknown types are skipped
 * @len: octets of the value; the next attribute begins at the next multiple of
 *	8 behind it, the octets between are 0
 */
struct dbusmon_tlv {
	__le16	type;
	__le16	len;
};

enum dbusmon_tlv_type {
	DBUSMON_TLV_PAD = 0,		/* nothing */
	DBUSMON_TLV_BUS_NAME = 1,	/* name of the bus, no NUL: "session-1000" */
};

enum dbusmon_kind {
	DBUSMON_KIND_MESSAGE = 1,	/* a message, valid or not (see verdict) */
	DBUSMON_KIND_HANDSHAKE = 2,	/* a line of the SASL handshake */
	DBUSMON_KIND_PEER = 3,		/* a connection came or went */
	DBUSMON_KIND_NAME = 4,		/* a name changed hands */
	DBUSMON_KIND_LOSS = 5,		/* records were lost: see @lost */
};

/* Values of @flags. */
#define DBUSMON_F_OBSERVED	(1u << 0) /* passively observed bus, not routed */
#define DBUSMON_F_DRIVER	(1u << 1) /* answered by the kernel's own driver */

enum dbusmon_verdict {
	/*
	 * taken by the addressee, or by @n_recipients; on an observed bus: taken
	 * by the bus, which alone knows what becomes of it
	 */
	DBUSMON_DELIVERED = 1,
	DBUSMON_QUEUED = 2,	/* kept until the addressee is there to take it */
	DBUSMON_DENIED = 3,	/* refused: see @reason and @rule */
	DBUSMON_UNDELIVERED = 4, /* there was nobody to take it: see @reason */
	DBUSMON_INVALID = 5,	/* breaks the specification; sender disconnected */
};

enum dbusmon_reason {
	DBUSMON_REASON_NONE = 0,
	DBUSMON_REASON_NO_SUCH_NAME = 1,	/* nobody owns the destination */
	DBUSMON_REASON_NO_TAKER = 2,		/* a signal that no rule matched */
	DBUSMON_REASON_UNEXPECTED_REPLY = 3,	/* no call waits for this reply */
	DBUSMON_REASON_POLICY = 4,		/* a policy rule, number in @rule */
	DBUSMON_REASON_QUOTA = 5,		/* over the quota of its user */
	DBUSMON_REASON_NO_FDS = 6,		/* addressee takes no descriptors */
	DBUSMON_REASON_NOT_REGISTERED = 7,	/* sent before Hello */
	DBUSMON_REASON_NO_MEMORY = 8,
	DBUSMON_REASON_MALFORMED = 9,		/* not a valid message */
	DBUSMON_REASON_TOO_LONG = 10,		/* over a limit of the bus */
	DBUSMON_REASON_FDS = 11,		/* descriptors do not fit UNIX_FDS */
	DBUSMON_REASON_GONE = 12,		/* addressee went meanwhile */
	DBUSMON_REASON_NO_DRIVER = 13,		/* for the daemon, which is away */
	DBUSMON_REASON_BAD_TYPE = 14,		/* message type not relayed */
	DBUSMON_REASON_STARTING = 15,		/* addressee is being started */
};

/* --- Generic netlink ------------------------------------------------------
 *
 * Family "dbus", version 1. Requests that change something are answered with
 * an acknowledgement or an error with a text (extended acknowledgement).
 * The *_GET commands dump (NLM_F_DUMP); DBUS_A_BUS restricts a dump to one bus,
 * DBUS_A_PEER_ID to one peer.
 *
 * Rights: CAP_NET_ADMIN in the initial user namespace may do everything to the
 * buses of its network namespace. Any other user may create a few buses of
 * their own (module parameter user_buses), and may see and change these alone.
 */

#define DBUS_GENL_NAME		"dbus"
#define DBUS_GENL_VERSION	1
#define DBUS_GENL_MCGRP		"events"

#define DBUS_NAME_MAX		32	/* name of a bus, its NUL included */
#define DBUS_GUID_LEN		32	/* hexadecimal digits of a bus's GetId */

enum dbus_cmd {
	DBUS_CMD_UNSPEC,
	/*
	 * Make a bus: DBUS_A_BUS_NAME; optional DBUS_A_GUID, and flag
	 * DBUS_A_DRIVER: it is to have a driver, and goes if none comes.
	 * Answered with a DBUS_CMD_BUS_NEW that holds DBUS_A_BUS,
	 * DBUS_A_BUS_NAME, DBUS_A_GUID. -EEXIST if there is one of that name.
	 *
	 * A bus that has had a driver, or is to have one, and has neither that
	 * nor peers, is unmade: at once, or if it has listening sockets, or
	 * has had no peers yet, some seconds later (module parameter grace).
	 */
	DBUS_CMD_BUS_NEW,
	/* Unmake a bus, disconnecting its peers: DBUS_A_BUS. */
	DBUS_CMD_BUS_DEL,
	/* Dump of buses: DBUS_A_BUS, _BUS_NAME, _GUID, _UID and the counters of DBUS_CMD_STATS_GET. */
	DBUS_CMD_BUS_GET,
	/*
	 * Adopt a connection: DBUS_A_BUS, DBUS_A_FD (an accepted AF_UNIX stream
	 * socket, its SASL handshake done and no octet behind BEGIN read),
	 * optional flags DBUS_A_UNIX_FDS (NEGOTIATE_UNIX_FD was agreed) and
	 * DBUS_A_DRIVER (this peer answers the driver's calls; one per bus: a
	 * new one takes the place of the old, with all calls that wait for an
	 * answer; with DBUS_A_VACANT it is -EBUSY if there is one whose
	 * connection is open), and DBUS_A_LABEL. Credentials are the socket's
	 * own (SO_PEERCRED). Answered with a DBUS_CMD_PEER_NEW holding
	 * DBUS_A_PEER_ID, and of a driver DBUS_A_TURN.
	 */
	DBUS_CMD_PEER_NEW,
	/* Disconnect a peer: DBUS_A_BUS, DBUS_A_PEER_ID. */
	DBUS_CMD_PEER_DEL,
	/* Dump of peers. */
	DBUS_CMD_PEER_GET,
	/* Dump of well-known names: one message for each owner or waiter. */
	DBUS_CMD_NAME_GET,
	/* Dump of match rules. */
	DBUS_CMD_MATCH_GET,
	/* Dump of counters, a message for each bus: DBUS_A_STATS nest. */
	DBUS_CMD_STATS_GET,
	/* Event: a name's owner changed (DBUS_A_NAME, _OLD_OWNER, _NEW_OWNER). */
	DBUS_CMD_NAME_CHANGED,
	/*
	 * Observe a bus that another program serves (CAP_NET_ADMIN in the
	 * initial user namespace). DBUS_A_FD is its listening AF_UNIX socket and
	 * DBUS_A_BUS_NAME a name for it: a bus is made, in the socket's network
	 * namespace, and unmade when its last socket is closed. Or, with
	 * DBUS_A_BUS instead, a socket that it has accepted, or one more that
	 * listens. Answered with a DBUS_CMD_OBSERVE that holds DBUS_A_BUS,
	 * DBUS_A_BUS_NAME. -EALREADY if the socket is observed.
	 */
	DBUS_CMD_OBSERVE,
	/* End that: DBUS_A_BUS. The bus that was observed notices nothing. */
	DBUS_CMD_UNOBSERVE,
	/*
	 * Load a policy: DBUS_A_BUS and DBUS_A_RULEs in ascending order of their
	 * numbers, in one request or in several. The first has DBUS_A_FIRST and
	 * forgets what was loaded and not put into force; the last has
	 * DBUS_A_LAST: from here on the rules loaded are the bus's policy, for
	 * the peers that it has as for those to come, its DBUS_A_LIMITS are the
	 * bus's (those left out: as for a bus without policy), and denials are told to
	 * the requester's socket as DBUS_CMD_POLICY_LOG. A bus that never had a
	 * policy allows everything.
	 */
	DBUS_CMD_POLICY_NEW,
	/* Dump of the rules in force: one message for each. */
	DBUS_CMD_POLICY_GET,
	/* Sent to who loaded the policy: DBUS_A_TEXT, for the log. */
	DBUS_CMD_POLICY_LOG,
	/*
	 * A name can be started: DBUS_A_BUS, DBUS_A_NAME. Messages for it wait
	 * while it has no owner, and so do calls of StartServiceByName.
	 * Optional DBUS_A_MAX_WAITING: how many on the whole bus.
	 */
	DBUS_CMD_SERVICE_NEW,
	/* A name can't be started any more: DBUS_A_BUS, DBUS_A_NAME. */
	DBUS_CMD_SERVICE_DEL,
	/*
	 * Dump of names that can be started: DBUS_A_NAME, DBUS_A_WAITING, flags
	 * DBUS_A_STARTABLE, DBUS_A_STARTING; DBUS_A_PID of DBUS_CMD_SERVICE_BEGUN
	 * while that process is there.
	 */
	DBUS_CMD_SERVICE_GET,
	/*
	 * A name could not be started: DBUS_A_BUS, DBUS_A_NAME. All that waits
	 * for it is answered with the error DBUS_A_ERROR, its text DBUS_A_TEXT.
	 * -EALREADY if it isn't being started: it may have an owner by now.
	 */
	DBUS_CMD_SERVICE_FAIL,
	/*
	 * Keep a listening socket with the bus, which then outlives who listens:
	 * DBUS_A_BUS, DBUS_A_FD. -EEXIST if the bus has it.
	 */
	DBUS_CMD_LISTENER_NEW,
	/* Keep it no longer: DBUS_A_BUS, DBUS_A_INODE. */
	DBUS_CMD_LISTENER_DEL,
	/*
	 * Dump of listening sockets: DBUS_A_INODE; DBUS_A_ADDRESS and, if it is
	 * bound to a file, DBUS_A_FILE_DEV and DBUS_A_FILE_INO; flag
	 * DBUS_A_DRIVER if the bus has a driver whose connection is open, with
	 * its DBUS_A_PID.
	 */
	DBUS_CMD_LISTENER_GET,
	/*
	 * A descriptor of a listening socket: DBUS_A_BUS, DBUS_A_INODE. Answered
	 * with a DBUS_CMD_LISTENER_OPEN that holds DBUS_A_FD, close-on-exec.
	 */
	DBUS_CMD_LISTENER_OPEN,
	/*
	 * Process DBUS_A_PID is to own the name that is being started:
	 * DBUS_A_BUS, DBUS_A_NAME. For the next driver to know.
	 */
	DBUS_CMD_SERVICE_BEGUN,
	/*
	 * Dump of users: DBUS_A_UID; what their connections hold together:
	 * DBUS_A_N_PEERS, DBUS_A_N_NAMES (queued for or owned),
	 * DBUS_A_N_MATCHES, DBUS_A_N_REPLIES, DBUS_A_WAITING; what other users
	 * let wait for them: DBUS_A_QUEUED_BYTES and DBUS_A_QUEUED_FDS, and by
	 * whom in DBUS_A_SHARES.
	 */
	DBUS_CMD_USER_GET,
	__DBUS_CMD_MAX,
};
#define DBUS_CMD_MAX (__DBUS_CMD_MAX - 1)

/*
 * Events are sent to the multicast group "events" of the bus's network
 * namespace: DBUS_CMD_BUS_NEW, BUS_DEL, PEER_NEW, PEER_DEL and NAME_CHANGED,
 * with the attributes that the dump would show. They are hints: a listener
 * that lost some reads the tables again.
 */

enum dbus_attr {
	DBUS_A_UNSPEC,
	DBUS_A_PAD,
	DBUS_A_BUS,		/* u32: number of the bus */
	DBUS_A_BUS_NAME,	/* string, at most DBUS_NAME_MAX with its NUL */
	DBUS_A_GUID,		/* string of DBUS_GUID_LEN lower-case hex digits */
	DBUS_A_UID,		/* u32: bus: creator; peer: its user */
	DBUS_A_FD,		/* u32: a descriptor of the requesting process */
	DBUS_A_UNIX_FDS,	/* flag: peer takes file descriptors */
	DBUS_A_DRIVER,		/* flag: peer answers the driver's calls */
	DBUS_A_PEER_ID,		/* u64: N of the unique name :1.N; DBUSMON_ID_BUS: the driver */
	DBUS_A_PID,		/* u32: process that connected; 0: not visible */
	DBUS_A_GID,		/* u32: its group */
	DBUS_A_GROUPS,		/* binary: u32 array: supplementary groups */
	DBUS_A_COMM,		/* string: name of that process */
	DBUS_A_LABEL,		/* string: security label, if any */
	DBUS_A_HELLO,		/* flag: peer has said Hello */
	DBUS_A_NAME,		/* string: well-known (or unique) bus name */
	DBUS_A_NAME_FLAGS,	/* u32: flags of RequestName */
	DBUS_A_QUEUE_POS,	/* u32: 0: owner, n: n-th in the queue */
	DBUS_A_OLD_OWNER,	/* u64: PEER_ID; absent: had none */
	DBUS_A_NEW_OWNER,	/* u64: PEER_ID; absent: has none */
	DBUS_A_MATCH,		/* string: a match rule as it was added */
	DBUS_A_COUNT,		/* u32: how many times it was added */
	DBUS_A_STATS,		/* nest of DBUS_STAT_* */
	DBUS_A_QUEUED_BYTES,	/* u64: waiting to be sent to the peer */
	DBUS_A_QUEUED_MESSAGES,	/* u64 */
	DBUS_A_RX_MESSAGES,	/* u64: received from the peer */
	DBUS_A_TX_MESSAGES,	/* u64: sent to the peer */
	DBUS_A_RX_BYTES,	/* u64 */
	DBUS_A_TX_BYTES,	/* u64 */
	DBUS_A_N_MATCHES,	/* u32: match rules held by the peer */
	DBUS_A_N_NAMES,		/* u32: names owned by the peer */
	DBUS_A_N_REPLIES,	/* u32: replies that the peer waits for */
	DBUS_A_MONITOR,		/* flag: peer is a monitor (BecomeMonitor) */
	DBUS_A_OBSERVED,	/* flag: bus is observed, not routed */
	DBUS_A_FIRST,		/* flag: a policy begins */
	DBUS_A_LAST,		/* flag: a policy is complete */
	DBUS_A_RULE,		/* nest of DBUS_RULE_*; may stand there often */
	DBUS_A_GENERATION,	/* u32: number of the policy, counting from 1 */
	DBUS_A_TEXT,		/* string: a line for the log; an error's, in UTF-8 */
	DBUS_A_AT_CONSOLE,	/* flag: peer's user is at the console */
	DBUS_A_LIMITS,		/* nest of DBUS_LIMIT_*, with DBUS_A_LAST */
	DBUS_A_WAITING,		/* u32: messages that wait for the name */
	DBUS_A_MAX_WAITING,	/* u32: messages that may wait for services */
	DBUS_A_STARTABLE,	/* flag: the name can be started */
	DBUS_A_STARTING,	/* flag: it is to be started, or is being */
	DBUS_A_ERROR,		/* string: name of a D-Bus error */
	DBUS_A_RUNNING,		/* flag: DBUS_A_PID is still that process's */
	DBUS_A_VACANT,		/* flag: only if the bus has no driver */
	DBUS_A_INODE,		/* u64: number of a socket */
	DBUS_A_ADDRESS,		/* binary: what it is bound to: sun_path */
	DBUS_A_FILE_DEV,	/* u32: device of its file, as of stat(2) */
	DBUS_A_FILE_INO,	/* u64: number of its file */
	DBUS_A_N_PEERS,		/* u32: connections of a user */
	DBUS_A_QUEUED_FDS,	/* u32: descriptors that wait */
	DBUS_A_SHARES,		/* nest: a nest for each that has DBUS_A_UID,
				 * DBUS_A_QUEUED_BYTES and DBUS_A_QUEUED_FDS */
	DBUS_A_TURN,		/* u32: the how-manieth driver of its bus, from 1 */
	__DBUS_A_MAX,
};
#define DBUS_A_MAX (__DBUS_A_MAX - 1)

/* Counters of a bus, all u64, in a DBUS_A_STATS nest. */
enum dbus_stat {
	DBUS_STAT_UNSPEC,
	DBUS_STAT_PAD,
	DBUS_STAT_ROUTED,	/* messages routed = records at the tap */
	DBUS_STAT_DELIVERED,	/* deliveries, one for each receiver */
	DBUS_STAT_DENIED,
	DBUS_STAT_UNDELIVERED,
	DBUS_STAT_INVALID,
	DBUS_STAT_DRIVER_CALLS,	/* calls executed by the kernel's driver */
	DBUS_STAT_KEPT_CALLS,	/* calls now kept for the driver peer */
	DBUS_STAT_PEERS,	/* now */
	DBUS_STAT_NAMES,	/* now */
	DBUS_STAT_MATCHES,	/* now */
	DBUS_STAT_REPLIES,	/* now: calls that wait for their reply */
	DBUS_STAT_QUEUED_BYTES,	/* now */
	DBUS_STAT_TAP_RECORDS,	/* records given to a listening tap */
	DBUS_STAT_TAP_LOST,	/* records that could not be built */
	DBUS_STAT_PEERS_EVER,
	DBUS_STAT_OBSERVED_BYTES, /* looked at on an observed bus */
	__DBUS_STAT_MAX,
};
#define DBUS_STAT_MAX (__DBUS_STAT_MAX - 1)

/*
 * One rule of a policy, in a DBUS_A_RULE nest. Of all rules of the sender's sets
 * that apply to a message the one with the highest number decides whether it may
 * be sent; then likewise the receiver's. Rules with the same subject are a set,
 * which a peer has if the subject fits its credentials. What is absent fits
 * everything.
 */
enum dbus_rule_attr {
	DBUS_RULE_UNSPEC,
	DBUS_RULE_NUMBER,	/* u32: number and priority, from 1; unique */
	DBUS_RULE_SUBJECT,	/* u32: enum dbus_rule_subject */
	DBUS_RULE_ID,		/* u32: user or group that is the subject */
	DBUS_RULE_KIND,		/* u32: enum dbus_rule_kind */
	DBUS_RULE_FLAGS,	/* u32: DBUS_RULE_F_* */
	DBUS_RULE_TYPE,		/* u32: message type, 1 to 4 */
	DBUS_RULE_NAME,		/* string: name owned; destination; sender */
	DBUS_RULE_INTERFACE,	/* string */
	DBUS_RULE_MEMBER,	/* string */
	DBUS_RULE_ERROR,	/* string: name of an error */
	DBUS_RULE_PATH,		/* string */
	DBUS_RULE_MIN_FDS,	/* u32: file descriptors, at least */
	DBUS_RULE_MAX_FDS,	/* u32: at most */
	DBUS_RULE_LABEL,	/* string: where it stands: "FILE:LINE" */
	__DBUS_RULE_MAX,
};
#define DBUS_RULE_MAX (__DBUS_RULE_MAX - 1)

enum dbus_rule_subject {
	DBUS_SUBJECT_ANYBODY,
	DBUS_SUBJECT_USER,
	DBUS_SUBJECT_GROUP,
	DBUS_SUBJECT_CONSOLE,		/* peers with DBUS_A_AT_CONSOLE */
	DBUS_SUBJECT_NO_CONSOLE,	/* the others */
	DBUS_SUBJECT_MANDATORY,		/* anybody, above all other sets */
};

enum dbus_rule_kind {
	DBUS_RULE_OWN,
	DBUS_RULE_SEND,
	DBUS_RULE_RECEIVE,
};

#define DBUS_RULE_F_ALLOW	(1u << 0) /* or else deny */
#define DBUS_RULE_F_PREFIX	(1u << 1) /* NAME, and all names below it */
#define DBUS_RULE_F_EAVESDROP	(1u << 2) /* allow: also what others get */
#define DBUS_RULE_F_REQUESTED	(1u << 3) /* allow: of replies, only those
					   * waited for; deny: those, too */
#define DBUS_RULE_F_BROADCAST	(1u << 4) /* only broadcasts */
#define DBUS_RULE_F_UNICAST	(1u << 5) /* anything but broadcasts */
#define DBUS_RULE_F_LOG		(1u << 6) /* log what it allows */

/*
 * Limits, all u32, in a DBUS_A_LIMITS nest. What is over a limit is refused with
 * LimitsExceeded, or disconnected if it is no call.
 */
enum dbus_limit {
	DBUS_LIMIT_UNSPEC,
	DBUS_LIMIT_MESSAGE_SIZE, /* octets of a message */
	DBUS_LIMIT_MESSAGE_FDS,	/* file descriptors of a message */
	DBUS_LIMIT_QUEUED_BYTES, /* that wait for one receiver */
	DBUS_LIMIT_QUEUED_FDS,	/* likewise */
	DBUS_LIMIT_FDS_TIMEOUT,	/* ms for the rest of a message with fds */
	DBUS_LIMIT_REPLY_TIMEOUT, /* ms for a reply */
	DBUS_LIMIT_PEERS,	/* that have said Hello */
	DBUS_LIMIT_USER_PEERS,	/* likewise, of one user */
	DBUS_LIMIT_NAMES,	/* of a peer, the unique one included */
	DBUS_LIMIT_MATCHES,	/* of a peer */
	DBUS_LIMIT_REPLIES,	/* that a peer waits for */
	__DBUS_LIMIT_MAX,
};
#define DBUS_LIMIT_MAX (__DBUS_LIMIT_MAX - 1)
#define DBUS_LIMIT_NONE (~0u)

#define DBUS_POLICY_RULES_MAX	16384	/* rules of a policy */

/* --- Starting services ------------------------------------------------------
 *
 * The driver peer is told by signals of this interface, which only it gets,
 * from org.freedesktop.DBus: the bus. Both have two strings: the name, and a
 * unique name. Start: the name is to be started; who asked for it. Started: a
 * name that was to be started has an owner: who that is. A driver peer that has
 * just been attached finds what is to be started by DBUS_CMD_SERVICE_GET.
 */
#define DBUS_ACTIVATION_INTERFACE	"org.freedesktop.DBus.Activation"
#define DBUS_ACTIVATION_START		"Start"
#define DBUS_ACTIVATION_STARTED		"Started"

#endif /* _UAPI_LINUX_DBUS_H */
