# match.c : white space is looked for behind the rule's end
s/while (p->at < p->len && is_white/while (is_white/
