# print-dbus.c prints what it reads as it is
s/fn_print_char(ndo, GET_U_1(p + i));/ND_PRINT("%c", GET_U_1(p + i));/
