"""What a benchmark leaves behind: a table and a plot of ratios, and the machine they are from."""

import os
import platform
from html import escape
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).resolve().parent / "results"
WIDTH, LEFT, BAR, GAP = 760, 330, 18, 8


class Figure(NamedTuple):
    """A ratio, what it should be at least or at most, and how far its rounds lay apart."""

    name: str
    value: float
    must: str = ""
    spread: float = 0
    plotted: bool = True  # not what has another unit

    @property
    def shown(self) -> str:
        return f"{self.value:.2f}" + (
            f" (moved by {self.spread:.0%})" if self.spread > 1 / 3 else ""
        )


def write(part: str, title: str, figures: list[Figure], notes: list[str]) -> None:
    """Write `results/<part>.md` and `results/<part>.svg`, and print the table."""
    RESULTS.mkdir(exist_ok=True)
    lines = [f"# {title}", "", f"{machine()}", "", "| figure | value | must |", "|---|---:|---:|"]
    lines += [f"| {figure.name} | {figure.shown} | {figure.must} |" for figure in figures]
    lines += ["", *notes, "", f"![{title}]({part}.svg)", ""]
    text = "\n".join(lines)
    (RESULTS / f"{part}.md").write_text(text)
    plotted = [figure for figure in figures if figure.plotted]
    (RESULTS / f"{part}.svg").write_text(plot(title, plotted))
    print(text, flush=True)


def plot(title: str, figures: list[Figure]) -> str:
    """Horizontal bars, readable on a light and on a dark page."""
    top = max(figure.value for figure in figures)
    height = 40 + len(figures) * (BAR + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        "<style>text{font:13px sans-serif;fill:#1f2328}rect{fill:#0969da}"
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#58a6ff}}</style>",
        f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for number, figure in enumerate(figures):
        y = 34 + number * (BAR + GAP)
        width = max(1, round(figure.value / top * (WIDTH - LEFT - 60)))
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(figure.name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" rx="2"/>',
            f'<text x="{LEFT + width + 6}" y="{y + 14}">{figure.value:.2f}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def machine() -> str:
    """The processor, the number of cores, the load at this moment, and the versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    load = f"{os.getloadavg()[0]:.1f}"
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, load {load}, "
        f"{platform.system()}, CPython {platform.python_version()}"
    )
