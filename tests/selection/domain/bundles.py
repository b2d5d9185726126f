"""The vectors as bundles, and what is done to them."""

import json
from pathlib import Path

import pytest

from selection import verify_draw
from selection.domain import protocol

DATA = json.loads((Path(__file__).parents[1] / "data" / "draw-vectors.json").read_text("utf-8"))
CASES = [pytest.param(case, id=f"{vector['name']}-{case['alg']}") for vector in DATA["vectors"] for case in vector["cases"]]
V1, V2, V3, V4, V5, V6, V7 = (vector["cases"][0] for vector in DATA["vectors"])
FOLDER = "round-0-attempt-1"


def vector(case):
    return {f"{FOLDER}/{name}": text for name, text in case["files"].items()}


def failed(bundle, manifests=(), shares=(), heads=()):
    """The checks that did not pass."""
    report = verify_draw.examine(bundle, manifests, shares, heads)
    assert [check for check, *_ in report.checks] == [f"V{number:02}" for number in range(1, 16)]
    assert {verdict for _, _, verdict, _ in report.checks} <= {"PASS", "FAIL", "NOT CHECKED"}
    found = {check for check, _, verdict, _ in report.checks if verdict != "PASS"}
    assert report.status == bool(found)
    return found


def altered(case, name, old, new):
    files = vector(case)
    assert files[f"{FOLDER}/{name}"].count(old) == 1
    return files | {f"{FOLDER}/{name}": files[f"{FOLDER}/{name}"].replace(old, new)}


def rechained(case, result=None, lines=None):
    """Another result or other contact lines, with a sound chain."""
    result = case["files"]["result.txt"] if result is None else result
    lines = case["files"]["contacts.txt"].splitlines()[:-1] if lines is None else lines
    return vector(case) | {f"{FOLDER}/result.txt": result, f"{FOLDER}/contacts.txt": protocol.contacts_text(case["alg"], result, lines)}


def refrozen(case, manifest=lambda text: text, pool=lambda text: text):
    """Another manifest or pool, with every hash that follows from them made anew; the lists stay."""
    files, alg = case["files"], case["alg"]
    pool_text = pool(files["pool.txt"])
    manifest_text = manifest(files["manifest.txt"]).replace(case["pool_hash"], protocol.h(alg, pool_text))
    m = protocol.h(alg, manifest_text)
    seed = protocol.seed(alg, manifest_hash=m, secret=case["office_secret"], share=case["inspector_share"])
    result = files["result.txt"].replace(case["manifest_hash"], m).replace(case["seed"], seed)
    lines = [line.split("|") for line in result.splitlines()]
    lines = [[*line[:4], protocol.ticket(alg, seed, line[1], line[3])] if line[0] == "list" else line for line in lines]
    result = "".join(f"{'|'.join(line)}\n" for line in lines)
    return rechained(case, result) | {f"{FOLDER}/pool.txt": pool_text, f"{FOLDER}/manifest.txt": manifest_text}
