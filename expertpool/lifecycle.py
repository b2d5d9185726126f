"""Life cycles as tables: which state may follow which. Who brings it about is the edition's word (expertpool.pools.duties). Pure."""

from typing import Any

from expertpool.refusals import Refusal, Refused


class LifeCycle:
    """The permitted changes of state of one kind of thing, as rows (source, target)."""

    def __init__(self, name: str, *rows: tuple[str, str]) -> None:
        self.name = name
        self.transitions = tuple((str(source), str(target)) for source, target in rows)
        self._table = frozenset(self.transitions)
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
