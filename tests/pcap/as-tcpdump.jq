# SPDX-License-Identifier: GPL-2.0-or-later
#
# The arguments of messages as tcpdump -vv prints them, from dbusdump --json: two
# decoders that have no line in common must agree.

# octets of a code point in UTF-8
def octets:
	if . < 128 then .
	elif . < 2048 then 192 + (. / 64 | floor), 128 + . % 64
	elif . < 65536 then
		224 + (. / 4096 | floor), 128 + (. / 64 | floor) % 64, 128 + . % 64
	else
		240 + (. / 262144 | floor), 128 + (. / 4096 | floor) % 64,
		128 + (. / 64 | floor) % 64, 128 + . % 64
	end;
def octet_text:
	(if . > 127 then "M-" else "" end) as $meta |
	. % 128 | $meta + if . == 127 then "^?"
		elif . < 32 then "^" + ([. + 64] | implode)
		else [.] | implode end;
def text: [explode[] | octets | octet_text] | add // "";

# how long the first complete type of a signature is
def type_len:
	if .[0:1] == "a" then 1 + (.[1:] | type_len)
	elif .[0:1] == "(" or .[0:1] == "{" then
		. as $s | 1 | until($s[.:. + 1] == ")" or $s[.:. + 1] == "}";
			. as $at | $at + ($s[$at:] | type_len)) | . + 1
	else 1 end;
def types: if . == "" then empty else type_len as $n | .[:$n], (.[$n:] | types) end;

def hex: . as $n | "0123456789abcdef" as $d |
	($n / 16 | floor) as $h | $d[$h:$h + 1] + $d[$n % 16:$n % 16 + 1];
def file_name: if .[-1:] == [0] then .[:-1] else . end;
def show_octets:
	if (file_name | length > 0 and all(.[]; . > 31 and . < 127)) then
		"\"" + (file_name | implode) + "\""
	else "[" + (map(hex) | join(" ")) + "]" end;

def show($type):
	if $type == "ay" then show_octets
	elif $type[0:2] == "a{" then
		$type[2:3] as $key | $type[3:-1] as $value |
		"[" + (to_entries | map((.key | if $key | test("[sog]") then
				show($key) else . end) + ": " +
				(.value | show($value))) | join(", ")) + "]"
	elif $type[0:1] == "a" then "[" + (map(show($type[1:])) | join(", ")) + "]"
	elif $type[0:1] == "(" then
		. as $v | [$type[1:-1] | types] as $t |
		"(" + ([range($t | length) | . as $i | $v[$i] | show($t[$i])] |
			join(", ")) + ")"
	elif $type == "v" then .type as $t | "<" + $t + " " + (.value | show($t)) + ">"
	elif $type | test("[sog]") then "\"" + text + "\""
	elif $type == "h" then "fd \(.)"
	else tostring end;

.args[]? | .type as $type | $type + " " + (.value | show($type))
