"""What was measured: runs in turn, their median and spread, and ratios against what is wanted."""
import statistics

RUNS = 5


class Value:
    """One figure of several runs."""

    def __init__(self, runs, unit):
        self.runs, self.unit = list(runs), unit

    @property
    def median(self):
        return statistics.median(self.runs)

    def __str__(self):
        spread = f" ({short(min(self.runs))}–{short(max(self.runs))})" if len(set(self.runs)) > 1 else ""
        return f"{short(self.median)}{spread} {self.unit}".strip()


class Row:
    """A line of the table: ours, the peer's, what becomes of both, and what is wanted of that.

    That is ours / theirs, theirs / ours (`inverse`), or what ours takes more (`more`); without a peer, ours alone.
    `wanted` is such as ("at most", 2.5) for a ratio or ("at most", 10, " MB").
    """

    def __init__(self, section, title, ours, peer=None, inverse=False, more=None, wanted=None, note=""):
        self.section, self.title, self.ours, self.peer = section, title, ours, peer
        self.wanted, self.note = wanted, note
        # What is compared with the wanted value, and how it reads.
        self.judged, self.shown = more or ours, str(more or "")
        if peer is not None and more is None:
            above, below = (peer, ours) if inverse else (ours, peer)
            self.judged = Value([above.median / below.median], "")
            pairs = [one / other for one, other in zip(above.runs, below.runs)]
            self.shown = f"{short(self.judged.median)}× ({short(min(pairs))}–{short(max(pairs))})"

    @property
    def verdict(self):
        if self.ours is None:
            return "not measured"
        if self.wanted is None:
            return ""
        kind, bound = self.wanted[:2]
        value = self.judged.median
        return "met" if (value <= bound if kind == "at most" else value >= bound) else "MISSED"

    def cells(self):
        wanted = ""
        if self.wanted:
            kind, bound, *unit = self.wanted
            wanted = f"{kind} {short(bound)}{unit[0] if unit else '×'}"
        text = ["" if value is None else str(value) for value in (self.ours, self.peer)]
        return [self.title, *text, self.shown, wanted, self.verdict]


def short(number):
    """Three digits are more than a measurement has."""
    if number == int(number) and abs(number) < 1000:
        return str(int(number))
    size = abs(number)
    if size >= 1000:
        return f"{number:,.0f}"
    return f"{number:.0f}" if size >= 100 else f"{number:.1f}" if size >= 10 else f"{number:.2f}"


def in_turn(runs, measures):
    """Runs each measure once, then each again: what slows the machine for a while slows all of them."""
    found = {name: [] for name in measures}
    for _ in range(runs):
        for name, measure in measures.items():
            found[name].append(measure())
    return found


def column(runs, key, unit, scale=1.0):
    """One field of what a program printed, of all its runs."""
    return Value([run[key] * scale for run in runs], unit)


def rates(runs):
    """Mails a second of a program that printed how many and how long."""
    return Value([run["mails"] / run["seconds"] for run in runs], "mails/s")


TITLES = ["", "tillmail", "beside it", "ratio", "wanted", ""]


def table(rows):
    """The table as Markdown, by section."""
    lines = []
    for section in dict.fromkeys(row.section for row in rows):
        lines += [f"## {section}", "", "| " + " | ".join(TITLES) + " |", "|---|---|---|---|---|---|"]
        for row in rows:
            if row.section == section:
                lines.append("| " + " | ".join(row.cells()) + " |")
        notes = [f"- {row.title}: {row.note}" for row in rows if row.section == section and row.note]
        lines += ["", *notes, ""] if notes else [""]
    return "\n".join(lines)
