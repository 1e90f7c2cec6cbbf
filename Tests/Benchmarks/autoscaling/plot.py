"""Panels of lines as one SVG, without a library: the same numbers give the same bytes."""

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP, POINTS = 760, 110, 64, 12, 34, 26, 380
COLORS = ("#2563eb", "#d97706", "#059669", "#dc2626")


def thinned(values, last):
    """At most POINTS of them, each the largest of its stretch."""
    step = max(1, -(-last // POINTS))
    return [(start, max(values[start:start + step])) for start in range(0, last, step) if values[start:start + step]]


def label(value):
    for limit, suffix in ((1_000_000, "M"), (1_000, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{suffix}"
    return f"{value:.3g}"


def time_label(second, last):
    if last > 7_200:
        return f"{second / 3_600:.0f} h"
    return f"{second / 60:.0f} min" if last > 180 else f"{second} s"


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def svg(title, panels, last):
    """- panels: [(caption, {name: values})], each value a second's."""
    height = TOP + len(panels) * (PANEL + GAP) + 18
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="{escaped(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-size="13" font-weight="600" fill="#111827">{escaped(title)}</text>']
    for number, (caption, lines) in enumerate(panels):
        top = TOP + number * (PANEL + GAP)
        highest = max(max(values[:last], default=0) for values in lines.values()) or 1
        out.append(f'<text x="{LEFT}" y="{top + 10}" fill="#374151">{escaped(caption)}</text>')
        x = WIDTH - RIGHT
        for index, name in reversed(list(enumerate(lines))):
            if len(lines) > 1:
                x -= 7 * len(name) + 14
                out.append(f'<text x="{x}" y="{top + 10}" fill="{COLORS[index]}">{escaped(name)}</text>')
        base, inner = top + PANEL, PANEL - 18
        for share in (0, 0.5, 1):
            y = base - share * inner
            out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e7eb"/>')
            out.append(
                f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#6b7280">{label(share * highest)}</text>')
        for index, values in enumerate(lines.values()):
            points = " ".join(
                f"{LEFT + second / last * (WIDTH - LEFT - RIGHT):.1f},{base - value / highest * inner:.1f}"
                for second, value in thinned(values, last))
            out.append(f'<polyline points="{points}" fill="none" stroke="{COLORS[index]}" stroke-width="1.4"/>')
    y = TOP + len(panels) * (PANEL + GAP) - GAP + 16
    for part in range(7):
        second = last * part / 6
        x = LEFT + part / 6 * (WIDTH - LEFT - RIGHT)
        anchor = "start" if part == 0 else "end" if part == 6 else "middle"
        out.append(f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" fill="#6b7280">{time_label(second, last)}</text>')
    return "\n".join(out) + "\n</svg>\n"
