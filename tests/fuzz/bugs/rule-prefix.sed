# match_eval.c : an argument that only begins as the rule's matches
s/return type == 's' && wire_str_eq(have, want->value);/return type == 's' \&\& starts(have, want->value);/
