# match.c : arguments are not put in order
s/while (i && r->args\[i - 1\].index > arg->index)/while (0)/
