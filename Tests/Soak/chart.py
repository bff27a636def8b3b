"""What was watched, as a picture."""

LINES = (("memory", "memory, MiB", "#2563eb"), ("descriptors", "descriptors", "#059669"), ("latency", "p99 of reading, ms", "#d97706"))
WIDTH, HEIGHT, LEFT, TOP = 720, 110, 60, 26


def draw(path, rows):
    """One strip for each, over minutes, from zero to the greatest."""
    last = rows[-1]["minutes"]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {len(LINES) * (HEIGHT + TOP) + 30}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
    for number, (name, title, colour) in enumerate(LINES):
        base = number * (HEIGHT + TOP) + TOP
        points = [(row["minutes"], row[name]) for row in rows if row[name] is not None]
        top = max(value for _, value in points) or 1
        line = " ".join(f"{LEFT + x / last * WIDTH:.1f},{base + HEIGHT - y / top * HEIGHT:.1f}" for x, y in points)
        parts += [
            f'<text x="{LEFT}" y="{base - 8}" fill="#111">{title}</text>',
            f'<text x="{LEFT - 6}" y="{base + 10}" fill="#555" text-anchor="end">{top:.0f}</text>',
            f'<text x="{LEFT - 6}" y="{base + HEIGHT}" fill="#555" text-anchor="end">0</text>',
            f'<path d="M{LEFT} {base}V{base + HEIGHT}H{LEFT + WIDTH}" fill="none" stroke="#bbb"/>',
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>']
    foot = len(LINES) * (HEIGHT + TOP) + 14
    parts += [f'<text x="{LEFT + WIDTH}" y="{foot}" fill="#555" text-anchor="end">{last:.0f} minutes</text>', "</svg>"]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n")
