// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drawing a diagram. Each message has a row of its own, so labels can't meet
 * each other; across lifelines they are laid on a white border. All text is in
 * a fixed-width font: that makes widths predictable.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "diagram_model.h"
#include "out.h"
#include "stamp.h"

#define NSEC_PER_SEC	1000000000ull

#define MARGIN		20
#define AXIS		104	/* width of the column of times */
#define LANE		196	/* distance of two lifelines */
#define LANE_NARROW	146	/* where there are many */
#define NARROW_FROM	10
#define HEAD_GAP	16	/* between two heads */
#define FOLD		9	/* from a call down to its reply in the same row */
#define ROW		30
#define TITLE_H		74
#define GAP_H		26	/* where time passes without a message */
#define TAGS_H		26	/* where the names are repeated */
#define TAGS_EVERY	32
#define BAR		5	/* half the width of an activation bar */
#define CHAR		7.23	/* of the 12 pixel font */
#define SMALL_CHAR	6.63	/* of the 11 pixel font */
#define MAIN_MAX	60	/* characters of the parts of a label */
#define ARGS_MAX	90
#define MARK_MAX	60
#define REST_MAX	64
#define UNANSWERED	"no reply seen"
#define GAP_FROM	(NSEC_PER_SEC / 2)
#define ARC		10	/* how far an arc goes out */

struct page {
	const struct diagram *d;
	struct out o;
	int *y;			/* of each row */
	int *before;		/* what is inserted above each row */
	bool *tags;		/* the names are repeated above it */
	int bottom;
	int width;
	int head;		/* height of the heads at the top */
	int lane;		/* distance of two lifelines */
	int head_w;
};

static const char style[] =
	"text{font-family:'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',"
	"monospace;font-size:12px;fill:#1b1f24}"
	".h{font-size:16px;font-weight:bold}"
	".s,.g,.t{font-size:11px}"
	".g,.t{fill:#5c6470}"
	".back{fill:#fff;fill-opacity:.88}"
	".axis{stroke:#8b95a5;stroke-width:1}"
	".b{font-weight:bold}"
	".e{fill:#b3151f}"
	".life{stroke:#c3c9d2;stroke-width:1.2}"
	".head{fill:#f2f5f9;stroke:#8b95a5}"
	".nobody{fill:#fff;stroke:#b3151f;stroke-dasharray:4 3}"
	".bar{fill:#d6e4f7;stroke:#5b86c0}"
	".c,.r,.x,.n{fill:none;stroke-width:1.5}"
	".c{stroke:#1f5fae}.r{stroke:#1f5fae;stroke-dasharray:6 4}"
	".x{stroke:#c5221f;stroke-dasharray:6 4}.n{stroke:#1b7a38}"
	".dot{fill:#1b7a38}"
	".late{stroke:#c5221f;stroke-width:2;fill:none}"
	".span,.open{fill:none;stroke-width:1.2}"
	".span{stroke:#8b95a5}.open{stroke:#c5221f;stroke-dasharray:3 3}"
	".gap{stroke:#d9dde3;stroke-dasharray:2 4}"
	".page{fill:#fff}"
	/* where the viewer asks for dark pages */
	"@media(prefers-color-scheme:dark){"
	".page,.nobody{fill:#0f1318}.back{fill:#0f1318}"
	"text{fill:#e4e8ee}.g,.t{fill:#9aa5b4}.e{fill:#ff8a80}"
	".axis{stroke:#66707f}.life{stroke:#3c4552}"
	".head{fill:#1b222b;stroke:#66707f}.nobody{stroke:#ff8a80}"
	".bar{fill:#1e3a5f;stroke:#6ea8f7}"
	".c,.r,#mr path{stroke:#6ea8f7}#mc path{fill:#6ea8f7}"
	".span{stroke:#66707f}"
	".x,.late,.open,#mx path{stroke:#ff7b72}"
	".n{stroke:#56d364}#mn path,.dot{fill:#56d364}"
	".gap{stroke:#3c4552}}";

static const char markers[] =
	"<marker id=\"mc\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" "
	"markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" "
	"orient=\"auto\"><path d=\"M0 0.5L10 5L0 9.5z\" fill=\"#1f5fae\"/>"
	"</marker>"
	"<marker id=\"mr\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" "
	"markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" "
	"orient=\"auto\"><path d=\"M1 0.5L10 5L1 9.5\" fill=\"none\" "
	"stroke=\"#1f5fae\" stroke-width=\"1.5\"/></marker>"
	"<marker id=\"mx\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" "
	"markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" "
	"orient=\"auto\"><path d=\"M1 0.5L10 5L1 9.5\" fill=\"none\" "
	"stroke=\"#c5221f\" stroke-width=\"1.5\"/></marker>"
	"<marker id=\"mn\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" "
	"markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" "
	"orient=\"auto\"><path d=\"M0 0.5L10 5L0 9.5z\" fill=\"#1b7a38\"/>"
	"</marker>";

/* --- text ----------------------------------------------------------------- */

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* octets of the first @chars characters */
static size_t octets(const char *s, size_t chars)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if ((s[i] & 0xc0) != 0x80 && !chars--)
			break;
	return i;
}

static void put_xml(struct out *o, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		switch (s[i]) {
		case '&':
			out_str(o, "&amp;");
			break;
		case '<':
			out_str(o, "&lt;");
			break;
		case '>':
			out_str(o, "&gt;");
			break;
		default:
			out_char(o, s[i]);
		}
	}
}

/* at most @max characters, the last an ellipsis if there are more */
static void put_short(struct out *o, const char *s, size_t max)
{
	if (characters(s) <= max) {
		put_xml(o, s, strlen(s));
		return;
	}
	put_xml(o, s, octets(s, max - 1));
	out_str(o, "…");
}

/* the same with what is left out at the front: names differ at their ends */
static void put_short_name(struct out *o, const char *s, size_t max)
{
	size_t n = characters(s);

	if (n > max) {
		out_str(o, "…");
		s += octets(s, n - max + 1);
	}
	put_xml(o, s, strlen(s));
}

static void put_middle(struct out *o, int x, int y, const char *class,
		       const char *s, size_t max)
{
	out_printf(o, "<text class=\"%s\" x=\"%d\" y=\"%d\" "
		   "text-anchor=\"middle\">", class, x, y);
	put_short_name(o, s, max);
	out_str(o, "</text>\n");
}

/* --- lifelines ------------------------------------------------------------ */

static int lane_x(const struct page *p, int lane)
{
	return MARGIN + AXIS + p->head_w / 2 + lane * p->lane;
}

static bool is_nobody(const struct actor *a)
{
	return a->id[0] != ':' && strcmp(a->id, DRIVER_NAME) != 0;
}

static const char *actor_name(const struct actor *a)
{
	return a->title ? a->title : a->id;
}

/*
 * A long name goes on two lines, parted at its last dot that leaves two parts
 * which fit. Returns the octets of the first line; 0: there is but one.
 */
static size_t name_break(const struct page *p, const char *name)
{
	size_t max = (size_t)((p->head_w - 8) / CHAR), len = strlen(name), i, at = 0;

	if (len <= max)
		return 0;
	for (i = 0; i + 1 < len && i < max; i++)
		if (name[i] == '.' && len - i - 1 <= max)
			at = i + 1;
	return at;
}

static int put_name(struct page *p, int x, int y, const char *name)
{
	size_t max = (size_t)((p->head_w - 8) / CHAR), at = name_break(p, name);
	struct out *o = &p->o;
	char first[256];

	if (at && at < sizeof(first)) {
		memcpy(first, name, at);
		first[at] = '\0';
		put_middle(o, x, y, "b", first, max);
		y += 14;
		name += at;
	}
	put_middle(o, x, y, "b", name, max);
	return y;
}

/* the second line of a head; "" without */
static void second_line(const struct page *p, const struct actor *a, char *text,
			size_t len)
{
	const char *s = "";

	if (is_nobody(a))
		s = "(nobody seen)";
	else if (a->title)
		s = a->id;
	else if (a->process)
		s = a->process;
	snprintf(text, len, "%s", s);
	if (p->d->n_buses > 1 && a->bus->label[0])
		snprintf(text + strlen(text), len - strlen(text), "%s@%s",
			 text[0] ? " " : "", a->bus->label);
}

static int head_height(const struct page *p, const struct actor *a)
{
	char text[400];
	int lines = 1;

	if (!a->inline_head && p->head)
		return p->head;
	second_line(p, a, text, sizeof(text));
	lines += name_break(p, actor_name(a)) != 0;
	lines += text[0] != '\0';
	lines += a->title && a->process;
	return lines * 14 + 8;
}

static void put_head(struct page *p, const struct actor *a, int y)
{
	size_t max = (size_t)((p->head_w - 8) / SMALL_CHAR);
	int x = lane_x(p, a->lane), at;
	struct out *o = &p->o;
	char text[400];

	out_printf(o, "<g class=\"lifeline\"><title>");
	put_xml(o, actor_name(a), strlen(actor_name(a)));
	out_printf(o, "</title><rect class=\"%s\" x=\"%d\" y=\"%d\" "
		   "width=\"%d\" height=\"%d\" rx=\"5\"/>\n",
		   is_nobody(a) ? "nobody" : "head", x - p->head_w / 2, y, p->head_w,
		   head_height(p, a));
	at = put_name(p, x, y + 16, actor_name(a));
	second_line(p, a, text, sizeof(text));
	if (text[0])
		put_middle(o, x, at += 14, "g", text, max);
	if (a->title && a->process)
		put_middle(o, x, at + 14, "g", a->process, max);
	out_str(o, "</g>\n");
}

static int head_y(const struct page *p, const struct actor *a)
{
	return a->inline_head ? p->y[a->first] - 24 - head_height(p, a) :
				TITLE_H;
}

/* all go on to the end, unless lanes are shared */
static int life_end(const struct page *p, const struct actor *a)
{
	if (p->d->shares_lanes && strcmp(a->id, DRIVER_NAME) != 0)
		return p->y[a->last] + 10;
	return p->bottom;
}

static void put_lifelines(struct page *p)
{
	const struct diagram *d = p->d;
	int i;

	for (i = 0; i < d->n_actors; i++) {
		const struct actor *a = d->actor[i];

		if (a->lane < 0)
			continue;
		out_printf(&p->o, "<path class=\"life\" d=\"M%d %dV%d\"/>\n",
			   lane_x(p, a->lane),
			   head_y(p, a) + head_height(p, a), life_end(p, a));
	}
}

static void put_heads(struct page *p)
{
	int i;

	for (i = 0; i < p->d->n_actors; i++)
		if (p->d->actor[i]->lane >= 0)
			put_head(p, p->d->actor[i],
				 head_y(p, p->d->actor[i]));
}

/* the names once more, for who has scrolled the heads away */
static void put_tags(struct page *p, int row, int y)
{
	const struct diagram *d = p->d;
	int i;

	for (i = 0; i < d->n_actors; i++) {
		const struct actor *a = d->actor[i];

		if (a->lane < 0 || a->last < row ||
		    (a->inline_head && a->first >= row))
			continue;
		put_middle(&p->o, lane_x(p, a->lane), y, "g", actor_name(a),
			   (size_t)((p->lane - 12) / SMALL_CHAR));
	}
}

/* --- messages ------------------------------------------------------------- */

/* Did the callee itself answer? An error may come from the bus. */
static bool has_bar(const struct diagram *d, const struct event *e)
{
	return e->to >= 0 && e->answered_by >= 0 &&
	       d->event[e->answered_by].from == e->to;
}

/* how far beside its lifeline a call's bar stands, for bars upon bars */
static int bar_shift(const struct event *e)
{
	return (e->depth < 4 ? e->depth : 4) * 4;
}

static void put_bars(struct page *p)
{
	const struct diagram *d = p->d;
	int i;

	for (i = 0; i < d->n_events; i++) {
		const struct event *e = &d->event[i];
		int x;

		if (!has_bar(d, e))
			continue;
		x = lane_x(p, d->actor[e->to]->lane) - BAR + bar_shift(e);
		out_printf(&p->o, "<rect class=\"bar\" x=\"%d\" y=\"%d\" "
			   "width=\"%d\" height=\"%d\"/>\n", x, p->y[i],
			   2 * BAR, p->y[e->answered_by] - p->y[i]);
	}
}

/* where an arrow meets a lifeline: at the side of the bar that is there */
static int end_x(const struct page *p, int actor, const struct event *call,
		 bool right_side)
{
	int x = lane_x(p, p->d->actor[actor]->lane);

	if (call->to != actor || !has_bar(p->d, call))
		return x;
	x += bar_shift(call);
	return right_side ? x + BAR : x - BAR;
}

static const char *line_class(const struct event *e)
{
	switch (e->type) {
	case WIRE_METHOD_RETURN:
		return "r";
	case WIRE_ERROR:
		return "x";
	case WIRE_SIGNAL:
		return "n";
	default:
		return "c";
	}
}

static void put_cross(struct out *o, int x, int y)
{
	out_printf(o, "<path class=\"late\" d=\"M%d %dl10 10m0 -10l-10 10\"/>\n",
		   x - 5, y - 5);
}

/* one that goes to everybody, or to nobody who could be drawn */
static int put_ray(struct page *p, const struct event *e, int y)
{
	int x = e->from < 0 ? MARGIN + AXIS - 8 :
			      lane_x(p, p->d->actor[e->from]->lane);
	struct out *o = &p->o;

	if (e->type == WIRE_SIGNAL)
		out_printf(o, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" "
			   "r=\"4\"/>\n", x, y);
	out_printf(o, "<path class=\"%s\" d=\"M%d %dh26\" "
		   "marker-end=\"url(#m%s)\"/>\n", line_class(e), x, y,
		   line_class(e));
	if (e->mark)
		put_cross(o, x + 36, y);
	return x + 8;
}

/* One arrow to each who gets it; who listens to itself has a ring. */
static int put_fan(struct page *p, const struct event *e, int y)
{
	const struct diagram *d = p->d;
	int from = lane_x(p, d->actor[e->from]->lane), left = from, i;
	struct out *o = &p->o;

	for (i = 0; i < e->n_got; i++) {
		int to = lane_x(p, d->actor[e->got[i]]->lane);

		if (to == from)
			out_printf(o, "<circle class=\"n ring\" cx=\"%d\" "
				   "cy=\"%d\" r=\"8\"/>\n", from, y);
		else
			out_printf(o, "<path class=\"n\" d=\"M%d %dH%d\" "
				   "marker-end=\"url(#mn)\"/>\n", from, y, to);
		if (to < left)
			left = to;
	}
	out_printf(o, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n",
		   from, y);
	return left + 12;
}

static int put_loop(struct page *p, const struct event *e, int y)
{
	int x = lane_x(p, p->d->actor[e->from]->lane);

	out_printf(&p->o, "<path class=\"%s\" d=\"M%d %dh34v9h-34\" "
		   "marker-end=\"url(#m%s)\"/>\n", line_class(e), x, y - 4,
		   line_class(e));
	if (e->mark)
		put_cross(&p->o, x + 34, y);
	return x + 8;
}

/* Draw the arrow; return where its label begins. */
static int put_arrow(struct page *p, const struct event *e, int y)
{
	const struct diagram *d = p->d;
	const struct event *call = e->answers >= 0 ? &d->event[e->answers] : e;
	int from, to, lanes;

	if (e->to < 0 || e->from < 0) {
		if (e->n_got && e->from >= 0)
			return put_fan(p, e, y);
		if (e->to < 0 || e->type == WIRE_SIGNAL)
			return put_ray(p, e, y);
		from = MARGIN + AXIS - 8;	/* from outside */
		lanes = 1;
	} else {
		lanes = d->actor[e->to]->lane - d->actor[e->from]->lane;
		if (!lanes)
			return put_loop(p, e, y);
		from = end_x(p, e->from, call, lanes > 0);
	}
	to = end_x(p, e->to, call, lanes < 0);
	if (e->mark)
		to += lanes > 0 ? -14 : 14;
	out_printf(&p->o, "<path class=\"%s\" d=\"M%d %dH%d\" "
		   "marker-end=\"url(#m%s)\"/>\n", line_class(e), from, y, to,
		   line_class(e));
	if (e->mark)
		put_cross(&p->o, to + (lanes > 0 ? 6 : -6), y);
	return (from < to ? from : to) + 12;
}

static bool is_unanswered(const struct event *e)
{
	return e->waits && e->answered_by < 0 && !e->mark;
}

/*
 * Has the call an arc to its reply? It stands where no arrow of either is: beyond
 * the caller's lifeline, as seen from who answered.
 */
static bool has_arc(const struct diagram *d, const struct event *call)
{
	const struct event *reply;

	if (call->answered_by < 0)
		return false;
	reply = &d->event[call->answered_by];
	return call->from >= 0 && reply->to == call->from && reply->from >= 0 &&
	       reply->from != reply->to;
}

/* Is this a reply to whose arc its time is written? */
static bool ends_arc(const struct diagram *d, const struct event *e)
{
	return e->answers >= 0 && has_arc(d, &d->event[e->answers]);
}

/* towards the right or, -1, the left */
static int arc_side(const struct diagram *d, int caller, int other)
{
	return d->actor[other]->lane < d->actor[caller]->lane ? 1 : -1;
}

static void put_arc(struct page *p, const struct event *call)
{
	const struct diagram *d = p->d;
	const struct event *reply = &d->event[call->answered_by];
	int side = arc_side(d, call->from, reply->from);
	int x = lane_x(p, d->actor[call->from]->lane);
	int y = p->y[reply->answers], to = p->y[call->answered_by];
	int end = x + side * (ARC + 2) + (int)((double)characters(reply->rest) * SMALL_CHAR);
	struct out *o = &p->o;

	out_printf(o, "<g class=\"arc\"><path class=\"span\" "
		   "d=\"M%d %dQ%d %d %d %d\"/>", x, y, x + side * 2 * ARC,
		   (y + to) / 2, x, to);
	out_printf(o, "<text class=\"g\" x=\"%d\" y=\"%d\"%s>",
		   x + side * (ARC + 2), to + 4,
		   side < 0 ? " text-anchor=\"end\"" : "");
	put_xml(o, reply->rest, strlen(reply->rest));
	out_str(o, "</text></g>\n");
	if (end + MARGIN > p->width)
		p->width = end + MARGIN;
}

/* of a call that waits for its reply to the end */
static void put_open_arc(struct page *p, const struct event *call, int y)
{
	const struct diagram *d = p->d;
	int side = arc_side(d, call->from, call->to) * ARC;

	out_printf(&p->o, "<path class=\"open\" d=\"M%d %dc%d 5 %d 15 %d 22\"/>\n",
		   lane_x(p, d->actor[call->from]->lane), y, side, side, side);
}

static void put_arcs(struct page *p)
{
	const struct diagram *d = p->d;
	int i;

	for (i = 0; i < d->n_events; i++) {
		const struct event *e = &d->event[i];

		if (has_arc(d, e))
			put_arc(p, e);
		else if (is_unanswered(e) && e->from >= 0 && e->to >= 0 &&
			 e->from != e->to)
			put_open_arc(p, e, p->y[i]);
	}
}

/* A part of a label: at most @max characters of @text behind @before */
struct part {
	const char *class;
	const char *before;
	const char *text;
	size_t max;
};

#define PARTS_MAX 8

static const char *const error_text = "e b", *const bold = "b";
static const char *const plain = "p", *const small_error = "s e", *const grey = "g";

/* what was replied, behind the call in the same row */
static size_t reply_parts(const struct page *p, const struct event *reply,
			  struct part *part)
{
	size_t n = 0;

	if (reply->type == WIRE_ERROR) {
		part[n++] = (struct part){ small_error, "  ✕ ", reply->main,
					   MAIN_MAX };
		part[n++] = (struct part){ small_error, "", reply->args,
					   ARGS_MAX };
	} else {
		part[n++] = (struct part){ plain, "", reply->args, ARGS_MAX };
	}
	if (!ends_arc(p->d, reply))
		part[n++] = (struct part){ grey, "  ", reply->rest, REST_MAX };
	return n;
}

static size_t label_parts(const struct page *p, const struct event *e,
			  struct part *part)
{
	bool error = e->type == WIRE_ERROR || !e->type;
	const struct event *reply = e->answered_by < 0 ? NULL :
					    &p->d->event[e->answered_by];
	size_t n = 0;

	part[n++] = (struct part){ error ? error_text : bold, "", e->main,
				   MAIN_MAX };
	part[n++] = (struct part){ error ? "e" : plain, "", e->args, ARGS_MAX };
	if (reply && reply->folded)
		n += reply_parts(p, reply, part + n);
	if (e->mark)
		part[n++] = (struct part){ small_error, "  ✕ ", e->mark,
					   MARK_MAX };
	else if (is_unanswered(e))
		part[n++] = (struct part){ small_error, "  ", UNANSWERED,
					   MARK_MAX };
	if (!ends_arc(p->d, e))
		part[n++] = (struct part){ grey, "  ", e->rest, REST_MAX };
	return n;
}

static double part_width(const struct part *part)
{
	size_t n = characters(part->text);
	bool large = part->class == bold || part->class == plain ||
		     part->class == error_text || !strcmp(part->class, "e");

	n = characters(part->before) + (n < part->max ? n : part->max);
	return (double)n * (large ? CHAR : SMALL_CHAR);
}

static void put_label(struct page *p, const struct event *e, int x, int y)
{
	struct part part[PARTS_MAX];
	size_t i, n = label_parts(p, e, part);
	struct out *o = &p->o;
	double width = 0;

	for (i = 0; i < n; i++)
		if (part[i].text[0])
			width += part_width(&part[i]);
	/* so that lifelines don't run through the words */
	out_printf(o, "<rect class=\"back\" x=\"%d\" y=\"%d\" "
		   "width=\"%d\" height=\"12\"/>", x - 1, y - 16,
		   (int)width + 2);
	out_printf(o, "<text x=\"%d\" y=\"%d\" xml:space=\"preserve\">", x,
		   y - 5);
	for (i = 0; i < n; i++) {
		if (!part[i].text[0])
			continue;
		out_printf(o, "<tspan class=\"%s\">%s", part[i].class,
			   part[i].before);
		put_short(o, part[i].text, part[i].max);
		out_str(o, "</tspan>");
	}
	out_str(o, "</text>\n");
	if (x + (int)width + MARGIN > p->width)
		p->width = x + (int)width + MARGIN;
}

static const char *kind_class(uint8_t type)
{
	switch (type) {
	case WIRE_METHOD_CALL:
		return "call";
	case WIRE_METHOD_RETURN:
		return "reply";
	case WIRE_ERROR:
		return "error";
	case WIRE_SIGNAL:
		return "signal";
	default:
		return "message";
	}
}

static void put_event(struct page *p, int row)
{
	const struct event *e = &p->d->event[row];
	uint64_t since = e->time - p->d->event[0].time;
	struct out *o = &p->o;
	int x, y = p->y[row];

	if (e->time < p->d->event[0].time)
		since = 0;
	out_printf(o, "<g class=\"%s%s\"><title>", kind_class(e->type),
		   e->mark ? " undelivered" : "");
	put_xml(o, e->tip, strlen(e->tip));
	out_str(o, "</title>\n");
	if (e->folded) {
		put_arrow(p, e, y);
		out_str(o, "</g>\n");
		return;
	}
	out_printf(o, "<text class=\"t\" x=\"%d\" y=\"%d\" "
		   "text-anchor=\"end\">%llu.%06llu</text>\n",
		   MARGIN + AXIS - 24, y + 4,
		   (unsigned long long)(since / NSEC_PER_SEC),
		   (unsigned long long)(since % NSEC_PER_SEC / 1000));
	out_printf(o, "<path class=\"axis\" d=\"M%d %dh6\"/>\n",
		   MARGIN + AXIS - 18, y);
	x = put_arrow(p, e, y);
	put_label(p, e, x, y);
	out_str(o, "</g>\n");
}

/* --- the page ------------------------------------------------------------- */

static bool has_gap(const struct diagram *d, int row)
{
	return row && !d->event[row].folded && d->event[row].time > d->event[row - 1].time + GAP_FROM;
}

/* make room for a head above its first message */
static void insert(struct page *p, const struct actor *a)
{
	int room = head_height(p, a) + 10;

	if (p->before[a->first] < room)
		p->before[a->first] = room;
}

static void find_heights(struct page *p)
{
	const struct diagram *d = p->d;
	int i, y, rows = 0, head = 0;

	p->lane = d->n_lanes < NARROW_FROM ? LANE : LANE_NARROW;
	p->head_w = p->lane - HEAD_GAP;
	for (i = 0; i < d->n_actors; i++) {
		const struct actor *a = d->actor[i];

		if (a->lane >= 0 && a->inline_head)
			insert(p, a);
		else if (a->lane >= 0 && head_height(p, a) > head)
			head = head_height(p, a);
	}
	p->head = head;
	y = TITLE_H + head + 8;
	for (i = 0; i < d->n_events; i++) {
		if (d->event[i].folded) {
			p->y[i] = y + FOLD;
			continue;
		}
		/* the reply above reaches into this row */
		if (i && d->event[i - 1].folded)
			y += FOLD;
		if (has_gap(d, i))
			y += GAP_H;
		p->tags[i] = rows && rows % TAGS_EVERY == 0;
		if (p->tags[i])
			y += TAGS_H;
		y += p->before[i] + ROW;
		p->y[i] = y;
		rows++;
	}
	if (d->n_events && d->event[d->n_events - 1].folded)
		y += FOLD;
	p->bottom = y + 20;
	p->width = lane_x(p, d->n_lanes ? d->n_lanes - 1 : 0) + p->head_w / 2 + MARGIN;
}

/* what stands between two rows */
static void put_between(struct page *p, int row)
{
	const struct diagram *d = p->d;
	int y = p->y[row] - ROW - p->before[row];
	struct out *o = &p->o;

	if (p->tags[row]) {
		put_tags(p, row, y);
		y -= TAGS_H;
	}
	if (!has_gap(d, row))
		return;
	out_printf(o, "<path class=\"gap\" d=\"M%d %dH%d\"/>\n", MARGIN,
		   y - 6, lane_x(p, d->n_lanes - 1) + p->head_w / 2);
	out_printf(o, "<text class=\"g\" x=\"%d\" y=\"%d\" "
		   "text-anchor=\"end\">", MARGIN + AXIS - 24, y - 2);
	stamp_elapsed(o, (int64_t)(d->event[row].time -
				   d->event[row - 1].time));
	out_str(o, " ⋮</text>\n");
}

static void put_legend(struct page *p)
{
	static const struct {
		const char *class;
		const char *text;
	} kinds[] = {
		{ "c", "call" }, { "r", "reply" }, { "x", "error" },
		{ "n", "signal" },
	};
	int x = MARGIN, y = 60;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		out_printf(&p->o, "<path class=\"%s\" d=\"M%d %dh36\" "
			   "marker-end=\"url(#m%s)\"/><text class=\"g\" "
			   "x=\"%d\" y=\"%d\">%s</text>\n", kinds[i].class, x,
			   y - 4, kinds[i].class, x + 42, y, kinds[i].text);
		x += 54 + (int)((double)strlen(kinds[i].text) * SMALL_CHAR) + 10;
	}
	put_cross(&p->o, x + 5, y - 4);
	out_printf(&p->o, "<text class=\"g\" x=\"%d\" y=\"%d\">not delivered"
		   "</text>\n", x + 16, y);
	x += 16 + (int)(13 * SMALL_CHAR) + 20;
	out_printf(&p->o, "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%d\" "
		   "height=\"14\"/><text class=\"g\" x=\"%d\" y=\"%d\">working "
		   "on a call</text>\n", x, y - 11, 2 * BAR, x + 16, y);
	x += 16 + (int)(17 * SMALL_CHAR) + 20;
	out_printf(&p->o, "<path class=\"span\" d=\"M%d %dq%d 7 0 14\"/>"
		   "<text class=\"g\" x=\"%d\" y=\"%d\">time until the reply"
		   "</text>\n", x, y - 11, 2 * ARC, x + 16, y);
	x += 16 + (int)(20 * SMALL_CHAR) + MARGIN;
	if (x > p->width)
		p->width = x;
}

static void put_title(struct page *p)
{
	const struct diagram *d = p->d;
	uint64_t first = d->n_events ? d->event[0].time : 0;
	uint64_t last = d->n_events ? d->event[d->n_events - 1].time : 0;
	time_t t = (time_t)(first / NSEC_PER_SEC);
	struct out *o = &p->o, source;
	char text[64] = "";
	struct tm tm;
	int width;

	out_init(&source, -1);
	out_text(&source, d->source, strlen(d->source), 0, 0);
	out_char(&source, '\0');
	if (localtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	out_printf(o, "<text class=\"h\" x=\"%d\" y=\"24\">D-Bus messages: ",
		   MARGIN);
	put_short_name(o, source.buf, 80);
	out_str(o, "</text>\n");
	width = 2 * MARGIN + (int)((double)(characters(source.buf) + 16) * 9.7);
	if (width > p->width)
		p->width = width < 1000 ? width : 1000;
	out_printf(o, "<text class=\"g\" x=\"%d\" y=\"42\">%d message%s",
		   MARGIN, d->n_events, d->n_events == 1 ? "" : "s");
	if (d->n_events) {
		out_printf(o, " from %s on, within ", text);
		stamp_elapsed(o, (int64_t)(last - first));
		out_str(o, "; times in seconds since the first");
	}
	out_str(o, "</text>\n");
	if (p->width < 700)
		p->width = 700;
	out_free(&source);
}

static void put_left_out(struct page *p)
{
	const struct diagram *d = p->d;

	if (!d->left_out)
		return;
	out_printf(&p->o, "<text class=\"b\" x=\"%d\" y=\"%d\">… and %llu more "
		   "message%s, left out: --diagram-limit draws more, --match "
		   "chooses</text>\n", MARGIN, p->bottom + 44,
		   (unsigned long long)d->left_out, d->left_out == 1 ? "" : "s");
}

static void put_page(struct page *p)
{
	const struct diagram *d = p->d;
	int i;

	put_title(p);
	put_legend(p);
	if (d->n_events)
		out_printf(&p->o, "<path class=\"axis\" d=\"M%d %dV%d\"/>\n",
			   MARGIN + AXIS - 18, p->y[0], p->y[d->n_events - 1]);
	put_lifelines(p);
	put_bars(p);
	put_heads(p);
	put_arcs(p);
	for (i = 0; i < d->n_events; i++)
		put_between(p, i);
	for (i = 0; i < d->n_events; i++)
		put_event(p, i);
	if (d->n_events > TAGS_EVERY / 2)
		put_tags(p, d->n_events - 1, p->bottom + 16);
	put_left_out(p);
}

bool diagram_draw(const struct diagram *d)
{
	size_t n = (size_t)d->n_events + 1;
	struct page p = { .d = d };
	struct out head;
	int height;
	bool ok;

	p.y = calloc(n, sizeof(*p.y));
	p.before = calloc(n, sizeof(*p.before));
	p.tags = calloc(n, sizeof(*p.tags));
	if (!p.y || !p.before || !p.tags) {
		free(p.y);
		free(p.before);
		free(p.tags);
		errno = ENOMEM;
		return false;
	}
	out_init(&p.o, -1);
	find_heights(&p);
	put_page(&p);	/* which finds out how wide it is */
	height = p.bottom + 60;
	out_init(&head, d->fd);
	out_printf(&head, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		   "height=\"%d\" viewBox=\"0 0 %d %d\">\n<style>%s</style>\n"
		   "<defs>%s</defs>\n<rect width=\"100%%\" height=\"100%%\" "
		   "class=\"page\"/>\n", p.width, height, p.width, height,
		   style, markers);
	out_mem(&head, p.o.buf, p.o.len);
	out_str(&head, "</svg>\n");
	ok = out_flush(&head);
	if (!ok)
		errno = head.error;
	out_free(&head);
	out_free(&p.o);
	free(p.y);
	free(p.before);
	free(p.tags);
	return ok;
}
