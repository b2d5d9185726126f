"""Life cycles as tables: which state may follow which, by whom, under which provision. Pure."""

from dataclasses import dataclass
from typing import Any

from expertpool.refusals import Refusal, Refused

SYSTEM = "system"


@dataclass(frozen=True)
class Transition:
    """One permitted change of state.

    ``roles`` are the role codes that may bring it about (``system`` for a sweep or a consequence);
    ``provision`` names the part of a regulation that it carries out, as in its TOML file.
    """

    source: str
    target: str
    roles: frozenset[str]
    provision: str = ""


class LifeCycle:
    """A table of transitions for one kind of thing."""

    def __init__(self, name: str, *rows: tuple[str, str, tuple[str, ...], str]) -> None:
        self.name = name
        self.transitions = tuple(Transition(str(a), str(b), frozenset(str(r) for r in roles), p) for a, b, roles, p in rows)
        self._table = {(t.source, t.target): t for t in self.transitions}
        if len(self._table) != len(self.transitions):
            raise ValueError(f"{name}: a transition stands twice in the table")

    def why_not(self, source: str, target: str, *, labels: dict[Any, Any] | None = None) -> Refusal | None:
        """The reason why ``source`` cannot become ``target``, or None."""
        if (str(source), str(target)) in self._table:
            return None
        label = (labels or {}).get(source, source)
        return Refusal("state", f"{self.name}目前的状态是“{label}”，不能进行这一操作。可能已有人办理，请刷新页面后查看最新状态。")

    def go(self, thing: Any, target: str) -> None:
        """Set ``thing.state`` to ``target``; refuse what the table does not hold. The caller saves."""
        refusal = self.why_not(thing.state, target, labels=dict(type(thing)._meta.get_field("state").flatchoices))
        if refusal:
            raise Refused(refusal)
        thing.state = target
