# tools/dbusdump/busctl.c : what turns the writing round is pasted
s/out_is_harmful(code)/code < 32/
