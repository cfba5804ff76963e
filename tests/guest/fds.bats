#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# File descriptors: each with its own message, and none left behind.

load bus.bash

setup_file() {
	start_suite
}

teardown() {
	bus_stays_clean
}

teardown_file() {
	end_suite
}

@test "0 to 16 descriptors arrive with their message" {
	bustest fds-each
}

@test "messages with and without descriptors, mixed, keep their own" {
	bustest fds-interleaved
}

@test "descriptors of two senders are not mixed up" {
	bustest fds-two-senders
}

@test "descriptors may come with any octet of their message" {
	bustest fds-position
}

@test "messages with descriptors wait for a slow receiver" {
	bustest fds-queued
}

@test "who announces more descriptors than come is disconnected" {
	bustest fds-header-more
}

@test "descriptors that were not announced reach nobody" {
	bustest fds-header-less
}

@test "who sends more than 16 descriptors in a message is disconnected" {
	bustest fds-too-many
}

@test "who takes no descriptors gets none, and the caller is told NotSupported" {
	bustest fds-not-supported
}

@test "descriptors are closed everywhere, whatever became of their message" {
	bustest fds-leak
}

@test "who takes descriptors gets one of a peer's process, while that is there" {
	bustest fds-process
}

@test "the bus answers its calls alike with descriptors and without" {
	bustest fds-to-bus
}

@test "a connection passed over itself to itself ends when it is closed" {
	bustest fds-own-socket
}

@test "descriptors whose message never ends are closed" {
	bustest fds-without-message
}
