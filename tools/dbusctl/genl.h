/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection to the kernel's generic netlink family "dbus". */
#ifndef DBUSCTL_GENL_H
#define DBUSCTL_GENL_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "linux/dbus.h"

#define GENL_ERROR_LEN	256

/**
 * struct genl - the connection
 * @nl: socket; NULL while not open
 * @family: number of the family "dbus"
 * @group: number of its multicast group "events"; 0 if there is none
 * @seq: of the last request
 * @error: what the kernel said to the last request that failed: text of the
 *	extended acknowledgement; empty if it sent none
 */
struct genl {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	char error[GENL_ERROR_LEN];
};

/**
 * struct genl_msg - a request being built
 * @nlh: its head, at the start of @buf
 */
struct genl_msg {
	struct nlmsghdr *nlh;
	char buf[1024];
};

/**
 * typedef for a receiver of messages: @tb is indexed by enum dbus_attr, absent
 * attributes are NULL, those there have the length that their type asks for.
 * A negative errno ends the request with it.
 */
typedef int genl_handler(uint8_t cmd, const struct nlattr *const *tb,
			 void *data);

/* A number among the attributes, or what to take it for if it is absent. */
static inline uint32_t attr_u32(const struct nlattr *const *tb,
				enum dbus_attr attr, uint32_t absent)
{
	return tb[attr] ? mnl_attr_get_u32(tb[attr]) : absent;
}

static inline uint64_t attr_u64(const struct nlattr *const *tb,
				enum dbus_attr attr)
{
	return tb[attr] ? mnl_attr_get_u64(tb[attr]) : 0;
}

int genl_open(struct genl *genl);
void genl_close(struct genl *genl);

void genl_request(struct genl *genl, struct genl_msg *msg, uint8_t cmd);
int genl_do(struct genl *genl, struct genl_msg *msg, genl_handler *handler,
	    void *data);
int genl_dump(struct genl *genl, struct genl_msg *msg, genl_handler *handler,
	      void *data);

int genl_listen(struct genl *genl);
int genl_events(struct genl *genl, genl_handler *handler, void *data);

#endif
