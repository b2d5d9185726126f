"""The table of duties in docs/roles.md; ``python -m tests.pools.duty_table`` writes it anew."""

from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "roles.md"
BEGIN, END = "<!-- duties -->", "<!-- /duties -->"
REGULATIONS = ("xinjiang-2025", "jiaozuo-2024", "xinxian-2021", "neimenggu", "guangxi-draft")


def duty_table() -> str:
    """Every duty with its place in an edition and its holders under the five regulations; an asterisk: 系统默认."""
    from expertpool.pools.duties import APPROVALS, DUTIES, STEPS, roles_for
    from expertpool.regulations import catalogue

    editions = [catalogue.editions(code)[-1] for code in REGULATIONS]
    lines = ["| duty | 职责 | in the edition | " + " | ".join(REGULATIONS) + " |", "|---|---|---|" + "---|" * len(REGULATIONS)]
    rows = [(STEPS, "入库各环节", "`intake.steps.role`"), (APPROVALS, "使用申请的各级审批", "`request.approvals.role`")]
    for name, duty in DUTIES.items():
        rows.append(
            (
                name,
                duty.words,
                f"`{duty.path}`" + "".join(f" without {one}" for one in duty.without)
                if duty.path
                else "any of " + ", ".join(f"`{one}`" for one in duty.any_of),
            )
        )
    for name, words, place in rows:
        held = []
        for edition in editions:
            holder = roles_for(name, edition)
            held.append(", ".join(holder.roles) + ("" if holder.given else " *") if holder.roles else "–")
        lines.append(f"| `{name}` | {words} | {place} | " + " | ".join(held) + " |")
    return "\n".join(lines)


def between(text: str) -> tuple[str, str, str]:
    """A document before the table, the table, and after it."""
    before, _begin, rest = text.partition(BEGIN)
    table, _end, after = rest.partition(END)
    return before, table.strip(), after


def main() -> None:
    """Write the table into the document."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expertpool.settings")
    django.setup()
    before, _table, after = between(DOCUMENT.read_text())
    DOCUMENT.write_text(f"{before}{BEGIN}\n{duty_table()}\n{END}{after}")


if __name__ == "__main__":
    main()
