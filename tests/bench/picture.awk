# SPDX-License-Identifier: GPL-2.0-or-later
# Lines of load, bus and ratio to the picture of them: a group of bars a load, on
# a logarithmic scale that begins at the bare socketpair.
BEGIN {
	FS = "\t"
	n = split("kernel broker daemon", bus, " ")
	name["kernel"] = "dbus.ko"; name["broker"] = "dbus-broker"
	name["daemon"] = "dbus-daemon"
	colour["kernel"] = "#1f6feb"; colour["broker"] = "#8b949e"
	colour["daemon"] = "#d0d7de"
}

!($1 in seen) && $2 == "kernel" { seen[$1]; load[++loads] = $1 }
$2 in name { ratio[$1, $2] = $3; if ($3 > most) most = $3 }

function log10(x) { return log(x) / log(10) }
function at(x) { return left + (x < 1 ? 0 : log10(x)) * scale }

function text(x, y, anchor, size, s) {
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>\n",
		x, y, anchor, size, s
}

END {
	left = 130; right = 70; top = 56; bar = 9; gap = 9
	group = n * bar + gap
	width = 860
	height = top + loads * group + 20
	decades = int(log10(most)) + 1
	scale = (width - left - right) / decades
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" fill=\"#24292f\">\n",
		width, height, width, height
	printf "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
	text(left, 20, "start", 13, "Time of an operation, as a multiple of a bare socketpair's (shorter is faster)")
	for (i = 0; i <= decades; i++) {
		x = left + i * scale
		printf "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#d8dee4\"/>\n",
			x, top - 6, x, height - 16
		text(x, top - 10, "middle", 11, sprintf("%d×", 10 ^ i))
	}
	for (b = 1; b <= n; b++) {
		x = left + (b - 1) * 110
		printf "<rect x=\"%d\" y=\"28\" width=\"10\" height=\"10\" fill=\"%s\"/>\n",
			x, colour[bus[b]]
		text(x + 14, 37, "start", 11, name[bus[b]])
	}
	for (i = 1; i <= loads; i++) {
		y = top + (i - 1) * group
		text(left - 8, y + n * bar / 2 + 4, "end", 12, load[i])
		for (b = 1; b <= n; b++) {
			if (!((load[i], bus[b]) in ratio))
				continue
			r = ratio[load[i], bus[b]]
			w = at(r) - left
			printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
				left, y + (b - 1) * bar, w < 1 ? 1 : w,
				bar - 1, colour[bus[b]]
			text(at(r) + 4, y + b * bar - 1, "start", 9,
				sprintf(r < 100 ? "%.1f" : "%.0f", r))
		}
	}
	print "</svg>"
}
