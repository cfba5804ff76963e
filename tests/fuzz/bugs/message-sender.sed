# sender.c : the parts of the header are moved in the wrong order
s/if (to > m->data)/if (to < m->data)/
s/if (to <= m->data)/if (to >= m->data)/
