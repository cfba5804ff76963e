# iter.c : a value is read where the buffer has ended
s/ || to > it->have//
