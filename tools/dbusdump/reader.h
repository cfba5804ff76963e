/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading capture files: pcap of either byte order and precision, and pcapng
 * with its interfaces, comments and our custom option. libpcap would drop the
 * options and refuses long records.
 */
#ifndef DBUSDUMP_READER_H
#define DBUSDUMP_READER_H

#include "packet.h"

struct reader;

enum reader_result {
	READER_PACKET,
	READER_END,
	READER_DAMAGED,	/* reader_error() says where and why */
};

/**
 * reader_open() - begin to read a capture
 * @file: its name, or "-" for the standard input
 * @err: room for a text of why it failed
 * @err_len: octets of it
 * Return: the reader, to be closed by reader_close(); NULL on failure
 */
struct reader *reader_open(const char *file, char *err, size_t err_len);
void reader_close(struct reader *r);

/**
 * reader_next() - the next packet
 * @r: the reader
 * @p: filled in; what it points to stays until the next call
 */
enum reader_result reader_next(struct reader *r, struct packet *p);

/* What is wrong, at which packet: one line without the file's name. */
const char *reader_error(const struct reader *r);

#endif /* DBUSDUMP_READER_H */
