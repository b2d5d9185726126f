"""The protocol: the result of a draw, and the stand-alone verifier on its bundle."""

import hashlib
import heapq
import zipfile
from pathlib import Path
from typing import Any

from .measure import compare
from .people import FIELDS


def bench_draw(folder: Path) -> None:
    """The texts and lists of a draw over 100,000 members, and the stand-alone verifier on its bundle."""
    from selection.domain import protocol
    from selection.domain.protocol import reading
    from selection.verify_draw import verify

    alg = "sm3" if "sm3" in hashlib.algorithms_available else "sha256"
    pool = tuple(
        protocol.PoolLine(
            f"ZJK{number:06d}",
            f"ORG{number % 600:05d}",
            tuple(code for index, code in enumerate(FIELDS) if number % (index + 2) < 2) or (FIELDS[0],),
            ("SUSPENDED",) if number % 20 == 19 else (),
        )
        for number in range(100_000)
    )
    census = protocol.census_of(pool, [protocol.Need(code, 5, 15, 2) for code in FIELDS])
    needs = protocol.processing_order(census, [protocol.Need(code, 5, 15, 2) for code in FIELDS])
    secret, share = "ab" * 32, "5" * 40
    where: dict[str, Any] = {"draw": "ZJK2026-000001", "round": 0}
    pool_text = protocol.pool_text(**where, pool=pool)
    manifest = protocol.manifest_text(
        conditions=protocol.Conditions(alg, "0" * 64, "1" * 64, 3),
        **where,
        attempt=1,
        pool=protocol.h(alg, pool_text),
        needs=needs,
        office=protocol.commitment(alg, **where, attempt=1, secret=secret),
    )
    m = protocol.h(alg, manifest)
    seed = protocol.seed(alg, manifest_hash=m, secret=secret, share=share)
    eligible = reading.eligible_of(pool_text, manifest)
    strings = {
        need.field: [
            (f"{protocol.PROTOCOL}|ticket|{seed}|{need.field}|{one.number}".encode(), one.number)
            for one in eligible
            if need.field in one.fields
        ]
        for need in needs
    }
    count = sum(len(some) for some in strings.values())

    def hash_and_choose() -> None:
        for need in needs:
            heapq.nsmallest(need.candidates, ((hashlib.new(alg, text).hexdigest(), number) for text, number in strings[need.field]))

    def result() -> str:
        needs = reading.needs(manifest)
        lists = protocol.compute_lists(alg=alg, seed=seed, eligible=reading.eligible_of(pool_text, manifest), needs=needs)
        return protocol.result_text(manifest_hash=m, secret=secret, share=share, seed=seed, lists=lists.values())

    compare(f"result of a draw, {len(pool)} members, {count} tickets ({alg})", hash_and_choose, result, 3)
    files = {"pool": pool_text, "manifest": manifest, "result": result()}
    files["contacts"] = protocol.contacts_text(alg, files["result"], [])
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"round-0-attempt-1/{name}.txt", text)
    told: list[str] = []
    if verify(path, [m], out=told.append):
        print("\n".join(told))

    def hash_all() -> None:
        hashlib.new(alg, pool_text.encode()).hexdigest()
        for some in strings.values():
            for text, _number in some:
                hashlib.new(alg, text).hexdigest()

    compare("verify_draw.py on its bundle", hash_all, lambda: verify(path, [m], out=lambda line: None), 3)
