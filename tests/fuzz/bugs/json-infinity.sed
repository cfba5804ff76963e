# tools/dbusdump/json.c : there is no negative infinity
s|-Infinity|Infinity|
