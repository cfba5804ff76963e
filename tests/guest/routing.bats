#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Who gets what: calls, replies, errors, signals.

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

@test "calls, returns and errors reach their addressee alone, unchanged" {
	bustest routing-unicast
}

@test "each call that a vanished callee had not answered is answered with NoReply" {
	bustest routing-vanish
}

@test "a reply that nobody asked for is refused" {
	bustest routing-unexpected
}

@test "a call with NO_REPLY_EXPECTED is not answered" {
	bustest routing-no-reply
}

@test "a signal with a destination reaches it alone" {
	bustest routing-signal
}

@test "each receiver gets a signal once, and the sender its own" {
	bustest routing-once
}

@test "the bus answers Peer, with and without a destination" {
	bustest routing-peer
}

@test "a call without a destination is the bus's to answer" {
	bustest routing-no-dest
}

@test "what can't be done is answered with the error of the specification" {
	bustest routing-errors
}

@test "before Hello there is only Hello" {
	bustest routing-before-hello
}

@test "the bus knows the user and the process of a connection" {
	bustest routing-credentials
}

@test "a connection may call itself" {
	bustest routing-self
}

@test "two calls with one serial break nothing" {
	bustest routing-serial
}

@test "the bus's methods, with all kinds of arguments, answer as dbus-daemon's" {
	same_as_stock transcript-driver
}

@test "messages of all types to all kinds of addressees end as on dbus-daemon" {
	same_as_stock transcript-strays
}
