// SPDX-License-Identifier: GPL-2.0-or-later
#include "top.h"

#include <ctype.h>
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define TURN_NS		50000000ull	/* keys are asked for so often */
#define TICK_NS		1000000000ull	/* and the rows taken down */
#define LINGER_MS	100
#define TITLE_LINES	4		/* above the rows */

#define ESCAPE		27

enum pair {
	PAIR_BAD = 1,
	PAIR_WARN,
	PAIR_HEAD,
};

struct column {
	const char *title;
	int width;
};

static const struct column columns[LOAD_COLUMNS] = {
	[LOAD_RATE] = { "MSG/s", 8 },	  [LOAD_OCTETS] = { "KiB/s", 8 },
	[LOAD_IN] = { "IN/s", 8 },	  [LOAD_TOTAL] = { "TOTAL", 9 },
	[LOAD_ERRORS] = { "ERRORS", 7 },  [LOAD_WAITING] = { "WAIT", 5 },
	[LOAD_TIME] = { "ms", 8 },	  [LOAD_QUEUED] = { "QUEUE", 7 },
};

static const char *const views[LOAD_VIEWS] = {
	[LOAD_PEERS] = "peers",
	[LOAD_MEMBERS] = "members",
	[LOAD_INTERFACES] = "interfaces",
};

/**
 * struct top - the terminal, and what is shown there
 * @tty: the terminal: the standard input may be the capture
 * @screen: of curses
 * @said: standard error meanwhile; -1: as ever
 * @stderr_was: and before
 * @title: what is watched
 * @live: the kernel's tables are those of its buses
 * @load: what is counted
 * @turned: when keys were asked for last; monotonic ns
 * @ticked: when rows were taken down last; monotonic ns
 * @view: which rows
 * @sort: by which column, the largest first
 * @reverse: the smallest first
 * @paused: rows stay as they are
 * @helping: the keys are shown
 * @whole: the capture has ended: rates are those of all of it
 * @typing: the filter is being typed
 * @filter: rows that have this in their name
 * @first: row that is shown on top
 */
struct top {
	FILE *tty;
	SCREEN *screen;
	int said;
	int stderr_was;
	const char *title;
	bool live;
	struct load *load;
	uint64_t turned;
	uint64_t ticked;
	enum load_view view;
	enum load_column sort;
	bool reverse;
	bool paused;
	bool helping;
	bool whole;
	bool typing;
	char filter[64];
	size_t first;
};

/* --- the terminal --------------------------------------------------------- */

/* What is said meanwhile would be lost with the screen: it is kept for the end. */
static void keep_messages(struct top *t)
{
	fflush(stderr);
	t->said = memfd_create("messages", MFD_CLOEXEC);
	t->stderr_was = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (t->said >= 0 && t->stderr_was >= 0)
		dup2(t->said, STDERR_FILENO);
}

static void show_messages(struct top *t)
{
	char buf[4096];
	ssize_t n;

	fflush(stderr);
	if (t->said >= 0 && t->stderr_was >= 0) {
		dup2(t->stderr_was, STDERR_FILENO);
		lseek(t->said, 0, SEEK_SET);
		while ((n = read(t->said, buf, sizeof(buf))) > 0)
			fwrite(buf, 1, (size_t)n, stderr);
	}
	if (t->stderr_was >= 0)
		close(t->stderr_was);
	if (t->said >= 0)
		close(t->said);
}

struct top *top_open(const char *title, bool numeric, bool live)
{
	struct top *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	setlocale(LC_CTYPE, "");
	t->title = title;
	t->live = live;
	t->tty = fopen("/dev/tty", "r+e");
	if (t->tty)
		t->screen = newterm(NULL, t->tty, t->tty);
	if (!t->screen) {
		fprintf(stderr, "dbusdump: --top needs a terminal%s%s\n",
			t->tty ? "; TERM says none" : ": ",
			t->tty ? "" : strerror(errno));
		if (t->tty)
			fclose(t->tty);
		free(t);
		return NULL;
	}
	keep_messages(t);
	t->load = load_create(numeric);
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(PAIR_BAD, COLOR_RED, -1);
		init_pair(PAIR_WARN, COLOR_YELLOW, -1);
		init_pair(PAIR_HEAD, COLOR_CYAN, -1);
	}
	return t;
}

void top_close(struct top *t)
{
	if (!t)
		return;
	endwin();
	delscreen(t->screen);
	show_messages(t);
	fclose(t->tty);
	load_free(t->load);
	free(t);
}

void top_add(struct top *t, const struct sight *s)
{
	load_add(t->load, s);
}

/* --- rows ----------------------------------------------------------------- */

static int by_column(const void *a, const void *b, void *ctx)
{
	const struct load_row *x = *(struct load_row *const *)a;
	const struct load_row *y = *(struct load_row *const *)b;
	const struct top *t = ctx;
	double dx = x->value[t->sort], dy = y->value[t->sort];
	int order = (dx < dy) - (dx > dy);

	/* of those that are equal, what was more in all */
	if (!order)
		order = (x->value[LOAD_TOTAL] < y->value[LOAD_TOTAL]) -
			(x->value[LOAD_TOTAL] > y->value[LOAD_TOTAL]);
	if (!order)
		return strcmp(x->name, y->name);
	return t->reverse ? -order : order;
}

/* those to be shown, in their order */
static struct load_row **rows(const struct top *t, size_t *n)
{
	struct load_row **list = load_rows(t->load, t->view, n);
	size_t i, kept = 0;

	for (i = 0; i < *n; i++)
		if (!t->filter[0] || strcasestr(list[i]->name, t->filter))
			list[kept++] = list[i];
	*n = kept;
	qsort_r(list, *n, sizeof(*list), by_column, (void *)t);
	return list;
}

/* --- drawing -------------------------------------------------------------- */

/* at most @width characters, with a letter for thousands where need be */
static void put_value(double v, enum load_column column)
{
	static const char units[] = " kMGT";
	int width = columns[column].width, unit = 0;
	bool exact = v == (double)(uint64_t)v;
	double octets = column == LOAD_OCTETS ? 1024 : 1;

	v /= octets;
	if (!v) {
		printw("%*s", width, "-");
		return;
	}
	/* digits, point and a blank */
	while (v >= 1e6 && units[unit + 1]) {
		v /= 1000;
		unit++;
	}
	if (unit)
		printw("%*.1f%c", width - 1, v, units[unit]);
	else if (exact && octets == 1)
		printw("%*.0f", width, v);
	else if (v < 1)
		printw("%*.2f", width, v);
	else
		printw("%*.1f", width, v);
}

static void put_head(const struct top *t)
{
	const struct load_sum *sum = load_sum(t->load);
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm tm;
	int v;

	if (!t->whole && localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), " %H:%M:%S", &tm);
	move(0, 0);
	attron(A_BOLD);
	printw("%s", t->title);
	attroff(A_BOLD);
	printw("%s  %llu messages, %.1f/s, %.1f KiB/s", clock,
	       (unsigned long long)sum->total, sum->rate, sum->octets / 1024);
	if (t->paused) {
		attron(A_REVERSE);
		addstr(" paused ");
		attroff(A_REVERSE);
	}
	move(1, 0);
	printw("%llu errors, %llu refused, %llu lost, %llu calls wait",
	       (unsigned long long)sum->errors,
	       (unsigned long long)sum->refused,
	       (unsigned long long)sum->lost,
	       (unsigned long long)sum->waiting);
	move(2, 0);
	for (v = 0; v < LOAD_VIEWS; v++) {
		if (v == (int)t->view)
			attron(A_BOLD | A_UNDERLINE);
		printw("%d %s", v + 1, views[v]);
		attrset(A_NORMAL);
		addstr("   ");
	}
	if (t->filter[0] || t->typing)
		printw("filter: %s%s", t->filter, t->typing ? "_" : "");
}

static void put_titles(const struct top *t)
{
	int c;

	move(TITLE_LINES - 1, 0);
	for (c = 0; c < LOAD_COLUMNS; c++) {
		attrset(COLOR_PAIR(PAIR_HEAD) |
			(c == (int)t->sort ? A_REVERSE : 0));
		printw("%*s", columns[c].width, columns[c].title);
	}
	attrset(COLOR_PAIR(PAIR_HEAD));
	addstr("  NAME");
	attrset(A_NORMAL);
}

static void put_state(unsigned int state)
{
	static const struct {
		enum load_state state;
		enum pair pair;
		const char *text;
	} words[] = {
		{ LOAD_FLOODS, PAIR_WARN, "floods" },
		{ LOAD_NO_READER, PAIR_BAD, "does not read" },
		{ LOAD_NO_ANSWER, PAIR_BAD, "does not answer" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(state & words[i].state))
			continue;
		attrset(COLOR_PAIR(words[i].pair) | A_BOLD);
		printw("%s ", words[i].text);
	}
	attrset(A_NORMAL);
}

static void put_row(const struct load_row *row)
{
	int c, left;

	for (c = 0; c < LOAD_COLUMNS; c++)
		put_value(row->value[c], (enum load_column)c);
	addstr("  ");
	put_state(row->state);
	left = COLS - getcurx(stdscr);
	/* the last column would move on to the next line */
	if (left > 1)
		addnstr(row->name, left - 1);
}

static void put_rows(struct top *t)
{
	int room = LINES - TITLE_LINES - 1, y;
	size_t n, i;
	struct load_row **list = rows(t, &n);

	if (room < 0)
		room = 0;
	if (t->first + (size_t)room > n)
		t->first = n > (size_t)room ? n - (size_t)room : 0;
	for (y = 0, i = t->first; y < room && i < n; y++, i++) {
		move(TITLE_LINES + y, 0);
		put_row(list[i]);
	}
	if (n > (size_t)room)
		mvprintw(2, COLS > 24 ? COLS - 24 : 0, "%zu to %zu of %zu",
			 t->first + 1, i, n);
}

static void put_help(void)
{
	static const char *const lines[] = {
		"1 2 3, Tab     peers, members, interfaces",
		"< >            sort by the column before or after",
		"r              the other way round",
		"/              show only names that have ...; Enter ends, Esc clears",
		"space          pause, and go on",
		"arrows, PgUp, PgDn, Home    move",
		"q              end",
		"",
		"MSG/s KiB/s    sent by a peer; of a member or interface: all",
		"IN/s           sent to a peer; of a member or interface: replies",
		"TOTAL          sent since the beginning",
		"ERRORS         errors sent, and messages that were refused",
		"WAIT           calls that wait for a reply by it",
		"ms             mean time that its replies took",
		"QUEUE          octets that wait in the kernel for it to read",
		"",
		"floods         sends more than half of all messages",
		"does not read  what is sent to it piles up, or is refused for that",
		"does not answer    a call has waited for 5 seconds",
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		mvaddstr((int)i + TITLE_LINES, 2, lines[i]);
}

static void draw(struct top *t)
{
	erase();
	put_head(t);
	if (t->helping) {
		put_help();
	} else {
		put_titles(t);
		put_rows(t);
	}
	mvaddstr(LINES - 1, 0, "q end  h help  / filter  < > sort  r reverse  "
		 "Tab view  space pause");
	refresh();
}

/* --- keys ----------------------------------------------------------------- */

static void type_filter(struct top *t, int key)
{
	size_t n = strlen(t->filter);

	if (key == ESCAPE)
		t->filter[0] = '\0';
	if (key == ESCAPE || key == '\n' || key == KEY_ENTER)
		t->typing = false;
	else if ((key == KEY_BACKSPACE || key == 127 || key == '\b') && n)
		t->filter[n - 1] = '\0';
	else if (key < 128 && isprint(key) && n < sizeof(t->filter) - 1)
		t->filter[n] = (char)key, t->filter[n + 1] = '\0';
	t->first = 0;
}

static void scroll_by(struct top *t, int rows)
{
	if (rows < 0 && t->first < (size_t)-rows)
		t->first = 0;
	else
		t->first += (size_t)rows;	/* put_rows() knows the end */
}

static void sort_by(struct top *t, int column)
{
	t->sort = (enum load_column)((column + LOAD_COLUMNS) % LOAD_COLUMNS);
	t->first = 0;
}

static void show(struct top *t, int view)
{
	t->view = (enum load_view)(view % LOAD_VIEWS);
	t->first = 0;
}

/* false: end */
static bool obey(struct top *t, int key)
{
	int page = LINES > TITLE_LINES + 2 ? LINES - TITLE_LINES - 2 : 1;

	if (t->typing) {
		type_filter(t, key);
		return true;
	}
	switch (key) {
	case 'q':
		return false;
	case 'h':
	case '?':
		t->helping = !t->helping;
		return true;
	case ' ':
		t->paused = !t->paused;
		break;
	case '/':
		t->typing = true;
		break;
	case ESCAPE:
		t->filter[0] = '\0';
		break;
	case 'r':
		t->reverse = !t->reverse;
		break;
	case '<':
	case KEY_LEFT:
		sort_by(t, (int)t->sort - 1);
		break;
	case '>':
	case KEY_RIGHT:
		sort_by(t, (int)t->sort + 1);
		break;
	case '\t':
		show(t, (int)t->view + 1);
		break;
	case '1':
	case '2':
	case '3':
		show(t, key - '1');
		break;
	case KEY_UP:
		scroll_by(t, -1);
		break;
	case KEY_DOWN:
		scroll_by(t, 1);
		break;
	case KEY_PPAGE:
		scroll_by(t, -page);
		break;
	case KEY_NPAGE:
		scroll_by(t, page);
		break;
	case KEY_HOME:
		t->first = 0;
		break;
	}
	t->helping = false;
	return true;
}

/* --- time ----------------------------------------------------------------- */

static uint64_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

bool top_turn(struct top *t, struct buses *buses, uint64_t now)
{
	uint64_t clock = monotonic();
	bool changed = !t->turned;
	int key;

	if (!t->turned)
		t->ticked = clock;
	if (clock - t->turned < TURN_NS)
		return true;
	t->turned = clock;
	while ((key = getch()) != ERR) {
		if (!obey(t, key))
			return false;
		changed = true;
	}
	if (clock - t->ticked >= TICK_NS) {
		t->ticked = clock;
		if (!t->paused) {
			load_take_down(t->load, buses, now, false, t->live);
			changed = true;
		}
	}
	if (changed)
		draw(t);
	return true;
}

void top_linger(struct top *t, struct buses *buses, uint64_t now,
		const volatile sig_atomic_t *stop)
{
	int key = ERR;

	t->whole = true;
	load_take_down(t->load, buses, now, true, t->live);
	timeout(LINGER_MS);
	do {
		if (key != ERR && !obey(t, key))
			break;
		draw(t);
		/* a resized terminal comes as a key */
		do
			key = getch();
		while (key == ERR && !*stop);
	} while (!*stop);
}
