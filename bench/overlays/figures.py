"""bench/overlays/figures.py — medians, how sure they are, and pictures of them."""
import collections
import random
import statistics
from xml.sax.saxutils import escape

from cells import CHANNELS, REGIONS

RESAMPLES = 2000
Group = collections.namedtuple("Group", "region parties program arguments")
Interval = collections.namedtuple("Interval", "median low high count")
COLOURS = {"direct": "#444444", "tls": "#0072b2", "wireguard": "#d55e00", "nebula": "#009e73"}


def grouped(rows, measure):
    """{group: {channel: values}} of the runs that came to their end, in the order of a reader."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in rows:
        if row["status"] == "ok" and row[measure] != "":
            group = Group(row["region"], int(row["parties"]), row["program"], row["arguments"])
            found[group][row["channel"]].append(float(row[measure]))
    return {group: found[group] for group in sorted(
        found, key=lambda each: (REGIONS.index(each.region), each.program,
                                 [int(word) for word in each.arguments.split() if word.isdigit()],
                                 each.parties))}


def interval(values, seed=1):
    """The median and its 95 % interval by the percentile bootstrap; of fewer than five values there
    is none that is worth its name."""
    median = statistics.median(values)
    if len(values) < 5:
        return Interval(median, None, None, len(values))
    chance = random.Random(seed)
    medians = sorted(statistics.median(chance.choices(values, k=len(values)))
                     for _ in range(RESAMPLES))
    return Interval(median, medians[int(.025 * RESAMPLES)], medians[int(.975 * RESAMPLES) - 1],
                    len(values))


def ratio(values, base, seed=1):
    """Of the medians, with its interval: both sides are drawn anew."""
    middle = statistics.median(values) / statistics.median(base)
    if min(len(values), len(base)) < 5:
        return Interval(middle, None, None, len(values))
    chance = random.Random(seed)
    ratios = sorted(statistics.median(chance.choices(values, k=len(values))) /
                    statistics.median(chance.choices(base, k=len(base))) for _ in range(RESAMPLES))
    return Interval(middle, ratios[int(.025 * RESAMPLES)], ratios[int(.975 * RESAMPLES) - 1],
                    len(values))


def title(group):
    parties = "1 party" if group.parties == 1 else f"{group.parties} parties"
    return f"{group.region}, {parties}, {group.program} {group.arguments}".strip()


def nice_step(top):
    """Of an axis to `top` with about four marks."""
    step = 10 ** (len(str(int(top * 1000))) - 4)
    return next(step * factor for factor in (0.2, 0.5, 1, 2, 5, 10, 20) if top / (step * factor) <= 5)


WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 300, 210, 52, 34, 36


def panel(group, by_channel, x, y):
    """Each run a point, the median a line, its interval a bar."""
    top = max(max(values) for values in by_channel.values()) * 1.05 or 1
    height = HEIGHT - TOP - BOTTOM
    scale = lambda value: y + TOP + height * (1 - value / top)
    out = [f'<text x="{x + LEFT}" y="{y + 18}" class="title">{escape(title(group))}</text>']
    step, mark = nice_step(top), 0.0
    while mark <= top:
        out.append(f'<line x1="{x + LEFT}" x2="{x + WIDTH - 8}" y1="{scale(mark):.1f}" '
                   f'y2="{scale(mark):.1f}" class="grid"/><text x="{x + LEFT - 5}" '
                   f'y="{scale(mark) + 4:.1f}" class="mark">{mark:g}</text>')
        mark = round(mark + step, 9)
    slot = (WIDTH - 8 - LEFT) / len(CHANNELS)
    chance = random.Random(1)  # points beside each other where they would hide each other
    for number, channel in enumerate(CHANNELS):
        values, middle = by_channel.get(channel, []), x + LEFT + slot * (number + .5)
        out.append(f'<text x="{middle:.1f}" y="{y + HEIGHT - 18}" class="name">{channel}</text>'
                   f'<text x="{middle:.1f}" y="{y + HEIGHT - 5}" class="count">n = {len(values)}</text>')
        if not values:
            continue
        colour, found = COLOURS[channel], interval(values)
        if found.low is not None:
            out.append(f'<rect x="{middle - 14:.1f}" width="28" y="{scale(found.high):.1f}" height="'
                       f'{scale(found.low) - scale(found.high):.1f}" fill="{colour}" opacity=".2"/>')
        out += [f'<circle cx="{middle + chance.uniform(-9, 9):.1f}" cy="{scale(value):.1f}" r="2" '
                f'fill="{colour}" opacity=".6"/>' for value in values]
        out.append(f'<line x1="{middle - 14:.1f}" x2="{middle + 14:.1f}" y1="{scale(found.median):.1f}"'
                   f' y2="{scale(found.median):.1f}" stroke="{colour}" stroke-width="2"/>')
    return out


def picture(groups, heading, columns=3):
    """An SVG of a panel for each group."""
    rows = -(-len(groups) // columns)
    width, height = columns * WIDTH, 30 + rows * HEIGHT
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           f'width="{width}" height="{height}">',
           '<style>text{font:11px sans-serif;fill:#222}.title{font-weight:bold;font-size:10px}'
           '.mark{text-anchor:end}.name,.count{text-anchor:middle}.count{fill:#666}'
           '.grid{stroke:#ddd}.heading{font-size:14px}</style>',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="8" y="20" class="heading">{escape(heading)}</text>']
    for number, (group, by_channel) in enumerate(groups.items()):
        out += panel(group, by_channel, number % columns * WIDTH, 30 + number // columns * HEIGHT)
    return "\n".join([*out, "</svg>"]) + "\n"
