"""Draw the house: which part imports which, as a mermaid graph. ``python tools/house.py`` in the checkout to be drawn.

A part is a room, or a package or module of the ground floor. An arrow that another way already implies is left out; a part
that stands in a circle is drawn red, with every arrow of the circle.
"""

import sys
from pathlib import Path

import grimp

ROOMS = ("demo", "evaluation", "selection", "experts", "expertpool")
#: What joins the parts together and is no part itself.
JOINTS = {"asgi", "wsgi", "cron", "urls", "pool_urls", "settings"}


def part_of(module: str) -> str | None:
    """The part to which a module belongs; None for what joins them."""
    room, _dot, rest = module.partition(".")
    if room != "expertpool":
        return room
    name = rest.split(".")[0]
    return name if name and name not in JOINTS else None


def arrows(root: Path) -> dict[str, set[str]]:
    """Part → the parts that it imports."""
    sys.path.insert(0, str(root))
    graph = grimp.build_graph(*ROOMS, exclude_type_checking_imports=True)
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        if (part := part_of(module)) is None or ".migrations" in module:
            continue
        found.setdefault(part, set())
        for imported in graph.find_modules_directly_imported_by(module):
            other = part_of(imported)
            if other is not None and other != part:
                found[part].add(other)
    return found


def reached(start: str, found: dict[str, set[str]]) -> set[str]:
    """Every part that ``start`` imports, directly or through others."""
    seen: set[str] = set()
    ahead = list(found[start])
    while ahead:
        part = ahead.pop()
        if part not in seen:
            seen.add(part)
            ahead += found[part]
    return seen


def main(root: Path) -> None:
    """Print the graph."""
    found = arrows(root)
    reach = {part: reached(part, found) for part in found}
    circle = {part for part in found if part in reach[part]}
    # A part that imports nothing of the house is for everyone; arrows to it would hide the others.
    drawn = {part for part in found if found[part] & set(found) or part in circle or any(part in reach[one] for one in circle)}
    drawn = {part for part in drawn if found[part] or part in circle}
    print("graph TD")
    for part in sorted(drawn):
        for other in sorted(found[part] & drawn):
            both = other in circle and part in circle and part in reach[other]
            implied = any(other in reach[between] for between in found[part] - {other} if other not in circle or part not in circle)
            if both or not implied:
                print(f"    {part} {'==>' if both else '-->'} {other}")
    for part in sorted(circle):
        print(f"    style {part} stroke:#b3261e,stroke-width:3px")
    print(f"%% circles: {', '.join(sorted(circle)) or 'none'}; for everyone: {', '.join(sorted(set(found) - drawn))}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
