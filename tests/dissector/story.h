/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_DISSECTOR_STORY_H
#define TESTS_DISSECTOR_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct tale - one record, ready to be written
 * @octets: header and payload
 * @header_len: octets before the payload
 * @payload_len: octets of the message, or of whatever else it holds
 * @keep: octets that the file is to hold, 0 for all
 * @time: ns since the epoch
 * @sender: id of the sender
 * @bus: number of the bus
 * @valid: it holds a valid message
 * @event: it is not about a message
 */
struct tale {
	uint8_t *octets;
	size_t header_len;
	size_t payload_len;
	size_t keep;
	uint64_t time;
	uint64_t sender;
	uint32_t bus;
	bool valid;
	bool event;
};

/* Tell all records in their order. */
void story(void (*tell)(const struct tale *t));

/* One delivered method call. */
void story_message(struct tale *t);

/* One signal whose body is an array of 1,100,000 octets. */
void story_long(struct tale *t);

void tale_free(struct tale *t);

#endif /* TESTS_DISSECTOR_STORY_H */
