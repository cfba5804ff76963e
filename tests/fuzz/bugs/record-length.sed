# tools/dbusdump/record.c : an attribute's length is believed
s/if (len > (size_t)(end - p) - sizeof(struct dbusmon_tlv))/if (0)/
