"""What the page of the rules in force (现行规定) shows: every article, its words, what the software does with it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expertpool.core.templatetags.house import article_anchor, print_article, regulation_of
from expertpool.regulations import Regulation
from expertpool.regulations.describe import TOPICS, article_order, explain, silences
from expertpool.regulations.executed import executed


@dataclass(frozen=True)
class Act:
    """One thing that the software does with an article; ``executed`` is False while no code acts on it."""

    text: str
    executed: bool
    note: str = ""


@dataclass
class Article:
    """One article with the words quoted, what is done with it, and the readings that interpret it."""

    printed: str
    anchor: str
    quotes: list[str] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    readings: list[Any] = field(default_factory=list)


def articles_of(regulation: Regulation) -> list[Article]:
    """The articles of an edition that carry a provision or a reading, in their order."""
    found: dict[str, Article] = {}
    # The boxes of a form and the professional fields are one line, not fifty.
    boxes: dict[tuple[str, str], list[str]] = {}

    def article_at(key: str) -> Article:
        printed = print_article(key)
        return found.setdefault(printed, Article(printed, article_anchor(key)))

    entries: list[tuple[Any, str, Any]] = [(article_order(one.article), path, one) for path, one in regulation.provisions()]
    entries += [(article_order(one.article), "", one) for one in regulation.readings]
    for _rank, path, one in sorted(entries, key=lambda entry: entry[0]):
        article = article_at(one.article)
        if not path:
            article.readings.append(one)
            continue
        if one.quote and one.quote not in article.quotes:
            article.quotes.append(one.quote)
        if path.rpartition(".")[2] == "fields":
            names = boxes.setdefault((article.printed, path), [])
            names.append(getattr(one, "name", "") or getattr(one, "label", ""))
            if len(names) > 1:
                article.acts = [act for act in article.acts if not act.text.startswith(TOPICS.get(path, path) + "：")]
            article.acts.append(Act(f"{TOPICS.get(path, path)}：{'、'.join(names)}", executed(path, one)))
            continue
        act = Act(explain(regulation, path, one), executed(path, one), one.note)
        if act not in article.acts:
            article.acts.append(act)
    return list(found.values())


def rules_in_force(code: str, on: date) -> dict[str, Any]:
    """Template context of the page: the edition of ``code`` in force on the Beijing day ``on`` and its articles.

    ``regulation`` is None where no edition is in force.
    """
    regulation = regulation_of(code, on)
    if regulation is None:
        return {"regulation": None, "articles": [], "silences": []}
    return {"regulation": regulation, "articles": articles_of(regulation), "silences": [text for _key, text in silences(regulation)]}
