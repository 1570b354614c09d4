"""Plots as SVG, readable on light and on dark pages: a few lines over a few points, the y axis logarithmic."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 820, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 265, 58, 62
LABEL_GAP = 17
LIGHT = {"page": "#ffffff", "ink": "#1f2328", "grid": "#d8dee4", "lines": ["#0b62c4", "#b3471d", "#1a7a37", "#7a3fb0"]}
DARK = {"page": "#0d1117", "ink": "#e6edf3", "grid": "#30363d", "lines": ["#6cb2ff", "#ff9d6b", "#5fd07f", "#c99bff"]}


def style():
    """Both sets of colours; plain classes, because not every viewer knows CSS variables."""
    shape = "text { font: 13px system-ui, sans-serif; } .title { font-size: 15px; font-weight: 600; } polyline { stroke-width: 2.5; }"
    return f"<style>{shape} {rules(LIGHT)} @media (prefers-color-scheme: dark) {{ {rules(DARK)} }}</style>"


def rules(colours):
    lines = "".join(
        f" polyline.line{at} {{ fill: none; stroke: {colour}; }} circle.line{at}, text.line{at} {{ fill: {colour}; }}"
        for at, colour in enumerate(colours["lines"])
    )
    return f".page {{ fill: {colours['page']}; }} text {{ fill: {colours['ink']}; }} .grid {{ stroke: {colours['grid']}; }}{lines}"


def svg(title, x_title, y_title, lines, x_log):
    """The plot; `lines` is a name with its points, in the order of their colours."""
    points = [point for line in lines.values() for point in line]
    xs, ys = sorted({x for x, _ in points}), [y for _, y in points]
    low, high = 10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys)))
    x_at = scale(xs[0], xs[-1], LEFT, WIDTH - RIGHT, x_log)
    y_at = scale(low, high, HEIGHT - BOTTOM, TOP, True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        style(),
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
        text(LEFT, 24, title, "start", "title"),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_title, "middle"),
        text(LEFT - 8, TOP - 12, y_title, "end" if len(y_title) < 5 else "start"),
    ]
    power = low
    while power <= high:
        y = y_at(power)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(text(LEFT - 8, y + 4, figure(power), "end"))
        power *= 10
    parts += [text(x_at(x), HEIGHT - BOTTOM + 20, figure(x), "middle") for x in xs]
    labels = apart([(y_at(line[-1][1]), name) for name, line in lines.items()])
    for at, (name, line) in enumerate(lines.items()):
        path = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y in line)
        parts.append(f'<polyline class="line{at}" points="{path}"/>')
        parts += [f'<circle class="line{at}" cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="4"/>' for x, y in line]
        parts.append(text(WIDTH - RIGHT + 12, labels[name] + 4, f"{name}: {figure(line[-1][1])}", kind=f"line{at}"))
    return "\n".join([*parts, "</svg>", ""])


def scale(low, high, start, end, log):
    value = math.log10 if log else float
    span = (value(high) - value(low)) or 1

    def at(x):
        return start + (value(x) - value(low)) / span * (end - start)

    return at


def apart(wanted):
    """Moves labels down until none covers another."""
    placed, last = {}, -math.inf
    for y, name in sorted(wanted):
        last = max(y, last + LABEL_GAP)
        placed[name] = last
    return placed


def text(x, y, words, anchor="start", kind=""):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def figure(number):
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.1f}" if number >= 1 else f"{number:g}"
