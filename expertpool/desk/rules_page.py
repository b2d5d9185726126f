"""What the page of the rules in force (现行规定) shows: every article, its words, what the software does with it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expertpool.regulations import Regulation, catalogue
from expertpool.regulations.explain import TOPICS, article_order, defaults, explain, head, in_order, silences
from expertpool.rooms import declared
from expertpool.web.templatetags.house import article_anchor, edition_to_quote, print_article, regulation_of


@dataclass(frozen=True)
class Line:
    """One thing that an article says; ``executed`` is False while no code acts on it, ``by_hand`` True where none is meant to."""

    text: str
    executed: bool
    by_hand: bool = False
    note: str = ""


@dataclass
class Article:
    """One article with the words quoted, what is done with it, and the readings that interpret it."""

    printed: str
    anchor: str
    quotes: list[str] = field(default_factory=list)
    acts: list[Line] = field(default_factory=list)
    readings: list[Any] = field(default_factory=list)


def articles_of(regulation: Regulation) -> list[Article]:
    """The articles of an edition that carry a provision or a reading, in their order."""
    found: dict[str, Article] = {}
    # The boxes of a form and the professional fields are one line, not fifty.
    boxes: dict[tuple[str, str], list[str]] = {}

    def article_at(key: str) -> Article:
        printed = print_article(key)
        return found.setdefault(printed, Article(printed, article_anchor(key)))

    found_all = in_order(regulation, declared())
    entries: list[tuple[Any, Any, Any]] = [(article_order(one.provision.article), one, one.provision) for one in found_all]
    entries += [(article_order(one.article), None, one) for one in regulation.readings]
    for _rank, found_here, one in sorted(entries, key=lambda entry: entry[0]):
        article = article_at(one.article)
        if found_here is None:
            article.readings.append(one)
            continue
        path = found_here.path
        if one.quote and one.quote not in article.quotes:
            article.quotes.append(one.quote)
        if path.rpartition(".")[2] == "fields":
            names = boxes.setdefault((article.printed, path), [])
            names.append(getattr(one, "name", "") or getattr(one, "label", ""))
            if len(names) > 1:
                article.acts = [act for act in article.acts if not act.text.startswith(TOPICS.get(path, path) + "：")]
            article.acts.append(Line(f"{TOPICS.get(path, path)}：{'、'.join(names)}", found_here.executed))
            continue
        act = Line(explain(regulation, found_here), found_here.executed, found_here.by_hand, one.note)
        if act not in article.acts:
            article.acts.append(act)
    return list(found.values())


def rules_in_force(code: str, on: date, edition_hash: str = "") -> dict[str, Any]:
    """Template context of the page: an edition of ``code`` and its articles.

    The edition with this file hash, which an earlier decision quotes; without one the edition in force on the Beijing
    day ``on``. ``regulation`` is None where there is none; ``present`` says whether it is the one in force.
    ``others``: the further editions that are installed.
    """
    in_force = regulation_of(code, on)
    regulation = edition_to_quote(code, edition_hash) if edition_hash else in_force
    others = [one for one in catalogue.editions(code) if regulation is None or one.file_hash != regulation.file_hash]
    context: dict[str, Any] = {"regulation": regulation, "others": others, "articles": [], "silences": [], "defaults": ()}
    if regulation is None:
        return context
    return context | {
        "present": in_force is not None and in_force.file_hash == regulation.file_hash,
        "articles": articles_of(regulation),
        "head": tuple(head(regulation)),
        "silences": [text for _key, text in silences(regulation, declared())],
        "defaults": defaults(regulation, declared()),
    }
