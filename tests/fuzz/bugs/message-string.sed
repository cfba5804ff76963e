# iter.c : the NUL behind a string is not asked for
s/^	if (s\[len\])$/	if (!s)/
