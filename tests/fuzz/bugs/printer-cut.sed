# print-dbus.c takes an array of octets for captured as a whole
s/if (!ND_TTEST_LEN(p, len)) {/if (0) {/
s/GET_U_1(p + \([a-z0-9 -]*\))/p[\1]/g
