// SPDX-License-Identifier: GPL-2.0-or-later
/* A policy for a bus, without a daemon: the daemon's own way to read and load it. */
#include "tools/dbusctl/policy_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/dbus-routed/config.h"
#include "tools/dbus-routed/kernel.h"
#include "tools/dbusctl/bus.h"

/* The bus: named, or the only one there is. */
static const struct bus *choose_bus(const struct ctl *ctl,
				    const struct bus_list *buses,
				    const char *ref)
{
	const struct bus *bus;

	if (ref) {
		bus = bus_find(buses, ref);
		if (!bus)
			ctl_failed(ctl, -ENOENT, "there is no bus \"%s\", or it is not yours to see",
				   ref);
		return bus;
	}
	if (buses->n == 1)
		return &buses->v[0];
	ctl_usage("which bus? dbusctl policy load FILE bus BUS");
	return NULL;
}

static int load(const struct bus *bus, const struct config *config)
{
	struct kernel k;
	int ret;

	ret = kernel_open(&k);
	if (!ret) {
		ret = kernel_policy_load(&k, bus->id, &config->policy,
					 config->limits);
		if (ret)
			fprintf(stderr, "Error: %s.\n", k.why);
		kernel_close(&k);
	} else {
		fprintf(stderr, "Error: %s.\n", k.why);
	}
	return ret ? CTL_FAILED : CTL_OK;
}

/**
 * policy_load() - dbusctl policy load
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int policy_load(struct ctl *ctl, struct args *args)
{
	const char *file = args_next(args);
	const char *ref = args_next(args);
	struct config config;
	struct bus_list buses;
	const struct bus *bus;
	char *why = NULL;
	int ret;

	if (!file)
		return ctl_usage("\"policy load\" needs a configuration file: dbusctl policy load FILE [bus BUS]");
	if (args_is(ref, "bus") && args->v[0])
		ref = args_next(args);
	if (args->v[0])
		return ctl_usage("what is \"%s\"?", args->v[0]);
	ret = bus_list_read(ctl, &buses);
	if (ret)
		return ret;
	bus = choose_bus(ctl, &buses, ref);
	ret = ref ? CTL_FAILED : CTL_USAGE;
	if (bus && !config_read(&config, file, &why)) {
		fprintf(stderr, "Error: %s.\n", why ? why : "no memory");
		free(why);
		ret = CTL_FAILED;
	} else if (bus) {
		ret = load(bus, &config);
		config_deinit(&config);
	}
	bus_list_free(&buses);
	return ret;
}
