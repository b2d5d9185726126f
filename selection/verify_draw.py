#!/usr/bin/env python3
"""Verify a draw made by protocol zjkdraw/1.

    python3 verify_draw.py BUNDLE [--expect-manifest HEX]... [--expect-share TEXT]... [--expect-head HEX]

One file, standard library only, no network; it believes nothing but the hash function. BUNDLE is the ZIP or the folder
with round-<r>-attempt-<k>/{pool,manifest,result,contacts}.txt, or abort.txt instead of the last two. Fifteen checks, each
PASS, FAIL or NOT CHECKED (which counts as failed); exit status 0: all pass, 1: a check failed, 2: not a bundle.

The three --expect values are what the paper says: the inspector's slip (M and his share, one of each an attempt) and the
signed record sheet (the head). A bundle can be made anew as a whole, by whoever runs the server: only the comparison
with paper ties it to the day of the draw. Without it nothing covers the manifest of an aborted attempt beyond its
grammar, its pool and its chaining, and an abort.txt only as far as the next attempt's `prev` names it.

How it reads: the small files of every attempt first, then each pool.txt as a stream of which only counts, the first
tickets and the people on some list are kept, so a pool of a million members needs no more memory than a small one.
"""

import argparse
import hashlib
import heapq
import io
import re
import stat
import sys
import zipfile
from collections import Counter
from datetime import datetime
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path

CHECKS = {
    "V01": "文件编码和格式", "V02": "专家库清册", "V03": "清册校验值", "V04": "抽取清单各行、名额能同时满足",
    "V05": "专业处理次序", "V06": "组织方承诺", "V07": "清单校验值与纸面（--expect-manifest）",
    "V08": "种子和号签", "V09": "名单重算", "V10": "结果对应清单、监督份额与纸面（--expect-share）",
    "V11": "联系记录链、链头与纸面（--expect-head）", "V12": "联系次序和席位", "V13": "按规则跳过",
    "V14": "轮次和次数", "V15": "补充抽取"}  # fmt: skip
LATER = {"V11", "V12", "V13", "V14", "V15"}
#: What cannot be checked where a file is missing or not readable.
WITHOUT = {"pool": {"V02", "V04", "V05", "V09", "V13", "V15"}, "manifest": set(CHECKS) - {"V01"}, "abort": {"V14"},
           "result": {"V06", "V08", "V09", "V10"} | LATER, "contacts": LATER}  # fmt: skip
WHOLE, TOTAL, LINE = 1 << 30, 1 << 34, 1 << 20  # bytes: a file that is read at once, all files together, one line

CODE, HEX, NUM, POS = "[A-Z0-9][A-Z0-9-]{0,31}", "[0-9a-f]{64}", "(?:0|[1-9][0-9]{0,14})", "[1-9][0-9]{0,14}"
CODES, TIME = f"{CODE}(?:,{CODE})*", "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-5][0-9]:[0-5][0-9]Z"
OUTCOMES = "ACCEPT|DECLINE|NOREPLY|UNREACHED|RECUSE|SKIP|WITHDRAW"
GRAMMAR = {  # file: (the order of its lines, what follows the first | of each kind of line; "zjkdraw/1" is the top line)
    "manifest": ("zjkdraw/1 alg draw round attempt prev request rules pool ratio( need( standby)?( waiver)?)+( mode)?( prefer)?"
                 " office beacon", {
        "zjkdraw/1": "manifest", "alg": "sm3|sha256", "draw": CODE, "round": NUM, "attempt": POS, "prev": HEX, "request": HEX,
        "rules": HEX, "pool": HEX, "ratio": POS, "need": rf"{CODE}\|{POS}\|{POS}", "standby": rf"{CODE}\|{POS}",
        "waiver": rf"{CODE}\|{HEX}", "mode": "all|merit", "prefer": CODE, "office": HEX,
        "beacon": rf"none|{CODE}\|{CODE}"}),
    "result": ("zjkdraw/1 manifest office inspector beacon seed( list)*", {
        "zjkdraw/1": "result", "manifest": HEX, "office": HEX, "inspector": "[0-9a-z]{20,64}", "beacon": "[!-{}~]+",
        "seed": HEX, "list": rf"{CODE}\|{POS}\|{CODE}\|{HEX}"}),
    "contacts": ("((contact|close) )*head", {
        "contact": rf"{POS}\|{CODE}(?:@{NUM})?\|{POS}\|{CODE}\|(?:{OUTCOMES})\|(?:-|{CODE})\|(?:-|{HEX})\|{TIME}",
        "close": rf"DONE\|-|SHORTFALL\|{CODE}:{NUM}(?:,{CODE}:{NUM})*|ABORT\|{CODE}", "head": HEX}),
    "abort": ("abort", {"abort": rf"{CODE}\|{NUM}\|{POS}\|{CODE}\|{TIME}"}),
}  # fmt: skip
PATTERNS = {file: {tag: re.compile(f"(?:{rest})") for tag, rest in kinds.items()} for file, (_, kinds) in GRAMMAR.items()}
POOL_HEAD = re.compile(rf"zjkdraw/1\|pool\|{CODE}\|{NUM}\|{NUM}")
WHO, TAIL = re.compile(rf"{CODE}\|{CODE}".encode()), re.compile(rf"({CODES})\|([EPX])\|(-|{CODES})")
PLACE = re.compile(r"round-(0|[1-9][0-9]{0,3})-attempt-([1-9][0-9]{0,3})(?:/(?:(pool|manifest|result|contacts|abort)\.txt)?)?")


class SM3:
    """SM3 (GB/T 32905-2016) in plain Python, for an OpenSSL that lacks it; used like a hash of hashlib."""

    def __init__(self, data=b""):
        self.state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
        self.rest, self.length = b"", 0
        self.update(data)

    def copy(self):
        twin = SM3()
        twin.state, twin.rest, twin.length = self.state, self.rest, self.length
        return twin

    def update(self, data):
        self.length += len(data)
        data = self.rest + data
        for at in range(0, len(data) - 63, 64):
            self.state = self.compress(self.state, data[at : at + 64])
        self.rest = data[len(data) - len(data) % 64 :]

    def hexdigest(self):
        last = self.copy()
        last.update(b"\x80" + b"\0" * ((55 - self.length) % 64) + (8 * self.length).to_bytes(8, "big"))
        return "".join(f"{word:08x}" for word in last.state)

    @staticmethod
    def compress(state, block):
        def rot(x, n):
            n %= 32
            return (x << n | x >> (32 - n)) & 0xFFFFFFFF

        w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rot(w[j - 3], 15)
            w.append(x ^ rot(x, 15) ^ rot(x, 23) ^ rot(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, k = state
        for j in range(64):
            ss1 = rot((rot(a, 12) + e + rot(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
            ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
            gg = e ^ f ^ g if j < 16 else e & f | ~e & g
            t1 = (ff + d + (ss1 ^ rot(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            t2 = (gg + k + ss1 + w[j]) & 0xFFFFFFFF
            a, b, c, d, e, f, g, k = t1, a, rot(b, 9), c, t2 ^ rot(t2, 9) ^ rot(t2, 17), e, rot(f, 19), g
        return [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, k), strict=True)]


def hasher(alg, data=b""):
    try:
        return hashlib.new(alg, data)
    except ValueError:
        return SM3(data)


def h(alg, text):
    return hasher(alg, text if isinstance(text, bytes) else text.encode("ascii")).hexdigest()


def name_of(number, attempt):
    return f"{f'补充第{number}轮' if number else '首轮'}第{attempt}次"


class NotABundle(Exception):
    """Nothing that could be checked; exit status 2."""


def read_bundle(path, fail, note):
    """{(round, attempt): {kind: (size in bytes, function that opens it)}}; what else lies there is noted."""
    if Path(path).is_dir():
        found: list = []
        for entry in sorted(Path(path).rglob("*")):  # never follows a link
            mode, name = entry.lstat().st_mode, entry.relative_to(path).as_posix()
            if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
                found.append((name + "/" * stat.S_ISDIR(mode), entry.lstat().st_size, partial(entry.open, "rb")))
            else:
                found.append((f"?{name}", 0, None))
    else:
        archive = zipfile.ZipFile(path)
        found = [(one.orig_filename, one.file_size, partial(archive.open, one)) for one in archive.infolist()]
    attempts: dict = {}
    for name, size, opened in found:
        match = PLACE.fullmatch(name)
        if not match or (name.endswith("/") != (match[3] is None)):
            note("V01", f"不属于卷宗、未予理会：{name[:80]!a}")
            continue
        files = attempts.setdefault((int(match[1]), int(match[2])), {})
        if match[3] in files:
            fail("V01", f"{name}: 同名文件出现两次")
        if match[3]:
            files[match[3]] = size, opened
            if match[3] != "pool" and size > WHOLE:
                raise NotABundle(f"{name} 有 {size} 字节，超过本程序一次能读的 {WHOLE} 字节")
    if not attempts:
        raise NotABundle("没有 round-<轮>-attempt-<次> 文件夹")
    if (total := sum(size for files in attempts.values() for size, _ in files.values())) > TOTAL:
        raise NotABundle(f"全部文件共 {total} 字节，超过本程序的上限 {TOTAL} 字节")
    return attempts


def rows(kind, data):
    """The lines of one file as [(tag, [parts after it], line)]; ValueError with the reason if its grammar is broken."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise ValueError(f"第{error.start + 1}字节不是ASCII") from None
    if not text.endswith("\n"):
        raise ValueError("最后一行没有以LF结束")
    found = []
    for number, line in enumerate(text[:-1].split("\n"), 1):
        tag, _, rest = line.partition("|")
        pattern = PATTERNS[kind].get(tag)
        if not pattern or not pattern.fullmatch(rest) or (tag in ("contact", "abort") and not moment(rest)):
            raise ValueError(f"第{number}行不合格式：{line[:80]!a}")
        found.append((tag, rest.split("|"), line))
    if not re.fullmatch(GRAMMAR[kind][0], " ".join(tag for tag, _, _ in found)):
        raise ValueError("缺行、多行或行的次序不对")
    return found


def moment(line):
    try:
        return datetime.strptime(line[-20:], "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None


class Filling:
    """Gives members out to fields, each to one that he holds, so that every field gets its number.

    `supply`: {the fields that a member holds: how many such members}; `wanted`: {field: number}. `missing`: what could not
    be filled, by field. A member is moved from one field to another along a shortest path wherever that helps.
    """

    def __init__(self, supply, wanted):
        self.spare: Counter = Counter(supply)
        self.given: Counter = Counter()
        self.missing: dict = {}
        self.holders = {field: [kind for kind in supply if field in kind] for field in wanted}
        for field, number in wanted.items():
            while number and (found := self.find(field, number)):
                number -= found
            if number:
                self.missing[field] = number

    def find(self, field, most):
        """Give up to `most` members more to `field`; how many it became, 0 if there is no way."""
        came: dict = {field: None}
        queue, seen = [field], set()
        for at in queue:
            for kind in self.holders[at]:
                if kind in seen:
                    continue
                seen.add(kind)
                if self.spare[kind]:
                    return self.move(came, at, kind, most)
                for other in kind:
                    if other not in came and self.given[other, kind]:
                        came[other] = at, kind
                        queue.append(other)
        return 0

    def move(self, came, at, kind, most):
        """Along the path found: spare members to the last field, whose members go to the field before it, and so on."""
        steps, amount = [(at, kind, 1)], min(most, self.spare[kind])
        while came[at]:
            before, through = came[at]
            amount = min(amount, self.given[at, through])
            steps += [(at, through, -1), (before, through, 1)]
            at = before
        self.spare[kind] -= amount
        for field, one, sign in steps:
            self.given[field, one] += sign * amount
        return amount

    def spares(self, kind):
        """Take one member of this kind away, if all fields can still be filled; whether it was done."""
        if not any(field in self.holders for field in kind):
            return True
        if self.spare[kind]:
            self.spare[kind] -= 1
            return True
        field = next(one for one in kind if self.given[one, kind])
        self.given[field, kind] -= 1
        if self.find(field, 1):
            return True
        self.given[field, kind] += 1
        return False


class Attempt:
    """One folder. `rows` holds the lines of the files that could be read; of pool.txt only what the checks need is kept."""

    def __init__(self, key, files, last, fail, unchecked):
        self.round, self.attempt = key
        self.name, self.files, self.rows, self.bytes = name_of(*key), files, {}, {}
        self.aborted = "abort" in files
        self.drawn = not self.aborted and ("result" in files or "contacts" in files)
        self.pending = last and not self.aborted and not self.drawn
        wanted = ["pool", "manifest"] + (["abort"] if self.aborted else [] if self.pending else ["result", "contacts"])
        for kind in ("manifest", "pool", "result", "contacts", "abort"):
            if (kind in files) != (kind in wanted):
                fail("V14", f"{self.name}: {kind}.txt {'缺失' if kind in wanted else '不应与abort.txt并存'}")
                unchecked |= (WITHOUT[kind] | ({"V03"} if kind == "pool" else set())) if kind in wanted else set()
            elif kind in files and kind != "pool":
                try:
                    with files[kind][1]() as stream:
                        self.bytes[kind] = stream.read()
                    self.rows[kind] = rows(kind, self.bytes[kind])
                except ValueError as error:
                    fail("V01", f"{self.name} {kind}.txt: {error}")
                    unchecked |= WITHOUT[kind]
        self.m: str | None = None
        self.share: str | None = None
        self.head: str | None = None
        self.seed: str | None = None
        self.filled: Filling | None = None
        self.states: Counter = Counter()
        self.eligible: Counter = Counter()
        self.supply: Counter = Counter()
        self.known: dict = {}
        self.marked_drawn: list = []
        self.readable = False
        if "contacts" in self.rows:
            self.head = self.rows["contacts"][-1][1][0]
        if "manifest" in self.rows:
            lines = [(tag, parts) for tag, parts, _ in self.rows["manifest"]]
            self.line = dict(lines)
            self.alg, self.draw, self.mode = self.line["alg"][0], self.line["draw"][0], self.line.get("mode", [""])[0]
            self.m = h(self.alg, self.bytes["manifest"])
            self.needs = {parts[0]: (int(parts[1]), int(parts[2])) for tag, parts in lines if tag == "need"}
            self.standby = {parts[0]: int(parts[1]) for tag, parts in lines if tag == "standby"}
            self.waived = {parts[0] for tag, parts in lines if tag == "waiver"}
            if "result" in self.rows:
                self.result = {tag: parts[0] for tag, parts, _ in self.rows["result"]}
                self.lists: dict = {code: [] for code in self.needs}
                for tag, parts, _ in self.rows["result"]:
                    if tag == "list":
                        self.lists.setdefault(parts[0], []).append(parts[2])
                self.share, secret = self.result["inspector"], self.result["office"]
                self.seed = h(self.alg, f"zjkdraw/1|seed|{self.m}|{secret}|{self.share}|{self.result['beacon']}")

    def read_pool(self, draw_fields, listed, fail, unchecked):
        """One pass over pool.txt: V02 and V03, and of its members the counts, the first tickets, and who is `listed`."""
        self.best: dict = {code: {} for code in self.needs}  # field: {kind of member: [(not preferred, ticket, number), …]}
        depth = 0
        keep: dict = {}  # of one kind, no more than all lists so far together can matter
        for code, (_, candidates) in self.needs.items():
            depth += candidates
            keep[code] = None if self.mode == "all" else depth
        bases = {code: hasher(self.alg, f"zjkdraw/1|ticket|{self.seed}|{code}|".encode()) for code in self.needs}

        @lru_cache(maxsize=1 << 16)
        def parse(tail):
            match = TAIL.fullmatch(tail.decode("ascii"))
            if not match:
                raise ValueError
            fields, state, reasons = match[1].split(","), match[2], match[3].split(",")
            right = all(codes == sorted(set(codes)) for codes in (fields, reasons)) and (state == "X") != (reasons == ["-"])
            right = right and set(fields) <= set(draw_fields or fields)
            # Who was drawn before has his line although he may have lost this round's fields since.
            right = right and (not set(fields).isdisjoint(self.needs) or (self.round > 0 and "DRAWN" in reasons))
            return tuple(fields), state, tuple(reasons), right, tuple(code for code in self.needs if code in fields)

        digest, head, count, before, problems = hasher(self.alg), "", 0, b"", []
        with self.files["pool"][1]() as opened:
            stream = io.BufferedReader(opened, 1 << 18) if not isinstance(opened, io.BufferedReader) else opened
            for raw in iter(partial(stream.readline, LINE), b""):
                digest.update(raw)
                if not head:
                    head = raw.decode("ascii", "replace")
                    if not POOL_HEAD.fullmatch(head[:-1]):
                        problems.append("第1行不合格式")
                    continue
                count += 1
                who, _, rest = raw[:-1].partition(b"|")
                employer, _, tail = rest.partition(b"|")
                try:
                    if not WHO.fullmatch(who + b"|" + employer) or raw[-1:] != b"\n":
                        raise ValueError
                    fields, state, reasons, right, kind = parse(tail)
                except ValueError:
                    problems.append(f"第{count + 1}行不合格式：{raw[:80]!a}")
                    break
                if who <= before:
                    fail("V02", f"{self.name} {who.decode()}: 专家编号未按升序排列或有重复")
                before = who
                if not right:
                    fail("V02", f"{self.name} {who.decode()}: 专业、状态与原因不一致，或未按次序")
                self.states[state] += 1
                number = who.decode()
                if number in listed:
                    self.known[number] = employer.decode(), fields, state, reasons
                if "DRAWN" in reasons:
                    self.marked_drawn.append(number)
                if state == "X":
                    continue
                self.supply[kind] += 1
                if self.seed:
                    for code in kind:
                        ticket = bases[code].copy()
                        ticket.update(who)
                        best = self.best[code].setdefault(kind, [])
                        best.append((state != "P", ticket.hexdigest(), number))
                        if keep[code] and len(best) > 3 * keep[code] + 999:
                            best.sort()
                            del best[keep[code] :]
            if not head.endswith("\n"):
                problems.append("文件为空或首行没有以LF结束")
            for raw in iter(partial(stream.read, LINE), b""):  # what follows a broken line still belongs to the hash
                digest.update(raw)
        for kind, members in self.supply.items():
            for code in kind:
                self.eligible[code] += members
        if (found := digest.hexdigest()) != self.line["pool"][0]:
            fail("V03", f"{self.name}: pool.txt 的校验值是 {found}，清单写的是 {self.line['pool'][0]}")
        self.readable = not problems
        if problems:
            fail("V01", f"{self.name} pool.txt: {problems[0]}")
            unchecked |= WITHOUT["pool"]
        else:
            labels = head[:-1].split("|")[2:]
            if labels[:2] != [self.draw, self.line["round"][0]]:
                fail("V14", f"{self.name}: pool.txt 首行写的编号或轮次与清单不同")
            if labels[2] != str(count):
                fail("V02", f"{self.name}: pool.txt 首行写{labels[2]}行，实有{count}行")

    def check_manifest(self, fail):
        """V04 and V05: what was fixed before the share."""
        wrong = partial(fail, "V04")
        ratio, own = int(self.line["ratio"][0]), [parts for tag, parts, _ in self.rows["manifest"] if tag == "need"]
        if len(own) != len(self.needs):
            wrong(f"{self.name}: 同一专业出现两次")
        current = None
        for tag, parts, _ in self.rows["manifest"]:
            current = parts[0] if tag == "need" else current
            if tag in ("standby", "waiver") and parts[0] != current:
                wrong(f"{self.name}: {tag} 行没有紧跟本专业的 need 行")
        for code, (n, c) in self.needs.items():
            if n + self.standby.get(code, 0) > c:
                wrong(f"{self.name} {code}: 名额与候补之和超过候选人数{c}")
            if code in self.waived and (c >= ratio * n or self.mode == "all"):
                wrong(f"{self.name} {code}: 不需要豁免却有 waiver 行")
            if c < n or (c < ratio * n and code not in self.waived):
                wrong(f"{self.name} {code}: 候选{c}人不足名额{n}人的{ratio}倍，又没有豁免")
            if self.mode == "all" and c != self.eligible[code]:
                wrong(f"{self.name} {code}: 全部排序的名单应有{self.eligible[code]}人，清单写{c}人")
        if (self.mode == "all" and ratio != 1) or (self.mode == "merit" and ratio == 1):
            wrong(f"{self.name}: mode|{self.mode} 与 ratio|{ratio} 不能并用")
        if self.states["P"] and "prefer" not in self.line:
            wrong(f"{self.name}: 清册有优先的专家（P），清单没有 prefer 行")
        self.filled = Filling(self.supply, {code: n if self.mode == "all" else c for code, (n, c) in self.needs.items()})
        if self.filled.missing:
            lacking = "、".join(f"{code}缺{count}人" for code, count in self.filled.missing.items())
            wrong(f"{self.name}: 可抽的专家不能使各专业同时满足（{lacking}）")
        if list(self.needs) != sorted(self.needs, key=lambda code: (Fraction(self.eligible[code], self.needs[code][1]), code)):
            fail("V05", f"{self.name}: 专业次序不是按 可抽人数/候选人数 从小到大")

    def recomputed(self):
        """The list lines as they must be: [field, position, number, ticket]."""
        found, gone, free = [], set(), Counter(self.supply)
        for place, (code, (_, candidates)) in enumerate(self.needs.items()):
            later = Filling(free, {one: self.needs[one][1] for one in list(self.needs)[place + 1 :]}) if self.mode != "all" else None
            order = heapq.merge(*([(*key, kind) for key in sorted(keys)] for kind, keys in self.best[code].items()))
            position, blocked = 0, set()
            for _, ticket, number, kind in order:
                if number in gone or kind in blocked:
                    continue
                if later and not later.spares(kind):  # passed over, and with him all who hold the same fields
                    blocked.add(kind)
                    continue
                position += 1
                found.append([code, str(position), number, ticket])
                if self.mode != "all":
                    gone.add(number)
                    free[kind] -= 1
                if position == candidates:
                    break
        return found

    def check_result(self, fail, unchecked):
        """V06, V08 to V10: commitment, seed, tickets and lists, all computed anew."""
        commit = f"zjkdraw/1|commit|office|{self.draw}|{self.line['round'][0]}|{self.line['attempt'][0]}|{self.result['office']}"
        if h(self.alg, commit) != self.line["office"][0]:
            fail("V06", f"{self.name}: 公布的密数与事先的承诺不符")
        if self.result["manifest"] != self.m:
            fail("V10", f"{self.name}: 结果所指的清单不是这份清单（{self.m}）")
        beacon, value = self.line["beacon"], self.result["beacon"]
        if self.seed != self.result["seed"]:
            fail("V08", f"{self.name}: 种子不符，重算为 {self.seed}")
        if value != "-" if beacon == ["none"] else not re.fullmatch("(?:[0-9a-f]{2})+", value):
            fail("V08", f"{self.name}: 公共信标的写法不对，或与清单不符")
        given = [parts for tag, parts, _ in self.rows["result"] if tag == "list"]
        for code, position, number, ticket in given:
            if ticket != h(self.alg, f"zjkdraw/1|ticket|{self.seed}|{code}|{number}"):
                fail("V08", f"{self.name} {code} 第{position}位 {number}: 号签不符")
        if not self.filled or self.filled.missing:
            unchecked.add("V09")
        elif given != (right := self.recomputed()):
            at = next((i for i, (one, other) in enumerate(zip(given, right, strict=False)) if one != other), min(len(given), len(right)))
            here, there = (" ".join(some[at][:3]) if at < len(some) else "（无）" for some in (given, right))
            fail("V09", f"{self.name}: 名单第{at + 1}行是 {here}，重算应为 {there}")


class Contacts:
    """Replays the contact lines of all rounds, V11 to V13; each line costs the same however long the lists are."""

    def __init__(self, first):
        self.first, self.mode = first, first.mode
        self.order = {code: n for code, (n, _) in first.needs.items()}
        self.lists: dict = {}  # these four by (round, field)
        self.room, self.limit, self.counting = {}, {}, {}
        self.outcome, self.employer, self.place = {}, {}, {}  # by (round, field, position); by (round, number); field: {number: position}
        self.standing: dict = {code: {} for code in self.order}  # field: {(round, position): number}
        self.people: Counter = Counter()
        self.employers: Counter = Counter()
        self.unasked: Counter = Counter()
        self.skips: Counter = Counter()
        self.asked, self.last_close, self.time = set(), "", ""

    def missing(self):
        return {code: max(0, n - len(self.standing[code])) for code, n in self.order.items()}

    def waiting(self):
        """The fields that miss somebody although a position of theirs has no outcome."""
        return [code for code, count in self.missing().items() if count and self.unasked[code]]

    def widen(self, key):
        """Positions up to `limit` may have an outcome: while fewer than n + s of them stand or are open."""
        while self.counting[key] < self.room[key] and self.limit[key] < len(self.lists[key]):
            self.limit[key] += 1
            self.counting[key] += self.outcome.get((*key, self.limit[key])) in (None, "ACCEPT")

    def take_in(self, a):
        for code, (n, _) in a.needs.items():
            key = a.round, code
            self.lists[key], self.room[key] = a.lists[code], n + a.standby.get(code, 0)
            self.limit[key] = self.counting[key] = 0
            self.widen(key)
            self.unasked[code] += len(a.lists[code])
            if self.mode == "all":
                self.place[code] = {number: position for position, number in enumerate(a.lists[code], 1)}
        self.employer.update({(a.round, number): member[0] for number, member in a.known.items()})

    def skip(self, key, who, reason, evidence):
        """V13: whether the reason of a SKIP line holds."""
        self.skips[reason] += 1
        number, code, _ = key
        if reason == "EMPLOYER-CAP":
            right = self.employers[self.employer.get((number, who))] > 0
        elif reason == "SEATED":
            right = self.mode == "all" and self.people[who] > 0
        elif reason == "NOT-CHOSEN":
            left = sum((number, code, one) not in self.outcome for one in range(1, len(self.lists[number, code]) + 1))
            right = self.mode == "merit" and evidence != "-" and number not in self.asked and left > self.room[number, code]
        else:
            right = reason != "-" and evidence != "-"
        return right

    def line(self, a, parts, fail):
        seq, (code, at, number), position, who = parts[0], parts[1].partition("@"), int(parts[2]), parts[3]
        outcome, reason, evidence, time = parts[4:]
        where = f"{a.name} contact {seq}"
        number = int(number) if at else a.round
        key, lst = (number, code, position), (number, code)
        if time < self.time:
            fail("V11", f"{where}: 时间 {time} 早于前一行 {self.time}")
        self.time = time
        if self.last_close == "ABORT":
            fail("V12", f"{where}: 终止之后不能再有记录")
        if code not in self.order or (at and number >= a.round) or self.lists.get(lst, [])[position - 1 : position] != [who]:
            fail("V12", f"{where}: {parts[1]} 第{position}位不是 {who}")
            return
        before = self.outcome.get(key)
        if outcome not in ("WITHDRAW", "RECUSE") if before == "ACCEPT" else before or outcome == "WITHDRAW":
            fail("V12", f"{where}: {outcome} 不能接在 {before or '（无）'} 之后")
            return
        if before is None:
            chosen_away = outcome == "SKIP" and reason == "NOT-CHOSEN"
            if position > self.limit[lst] and not chosen_away:
                fail("V12", f"{where}: 尚未轮到该位置")
            if self.mode == "all":
                if self.people[who] and (outcome, reason) != ("SKIP", "SEATED"):
                    fail("V12", f"{where}: {who} 已在其他专业接受，只能按 SEATED 跳过")
                for earlier in list(self.order)[: list(self.order).index(code)]:
                    spot = self.place[earlier].get(who, 0)
                    if spot and spot <= self.limit[0, earlier] and (0, earlier, spot) not in self.outcome:
                        fail("V12", f"{where}: {who} 应先在 {earlier} 联系")
            if outcome == "SKIP" and not self.skip(key, who, reason, evidence):
                fail("V13", f"{where}: 跳过 {who} 没有依据（{reason}）")
            if not chosen_away:
                self.asked.add(number)
            self.unasked[code] -= 1
        self.outcome[key] = outcome
        employer = self.employer.get((number, who))
        if outcome == "ACCEPT":
            self.standing[code][number, position] = who
        elif before == "ACCEPT":
            del self.standing[code][number, position]
        change = (outcome == "ACCEPT") - (before == "ACCEPT")
        self.people[who] += change
        if employer:
            self.employers[employer] += change
        if position <= self.limit[lst] and outcome != "ACCEPT":
            self.counting[lst] -= 1
            self.widen(lst)

    def close(self, a, parts, line, fail):
        if self.last_close == "ABORT":
            fail("V12", f"{a.name} {line}: 终止之后不能再有记录")
        self.last_close, short = parts[0], self.missing()
        derived = ",".join(f"{code}:{count}" for code, count in short.items()) if any(short.values()) else "-"
        if parts[0] != "ABORT" and parts != ["DONE" if derived == "-" else "SHORTFALL", derived]:
            fail("V12", f"{a.name} {line}: 按记录推算应为 {derived}")
        elif parts[0] == "SHORTFALL" and (left := self.waiting()):
            fail("V12", f"{a.name} {line}: {'、'.join(left)} 名单上还有人没有结果")

    def replay(self, a, fail):
        """Take in the lists and lines of `a`; its recomputed head."""
        self.take_in(a)
        head, seq = h(a.alg, a.bytes["result"]), 0
        for tag, parts, line in a.rows["contacts"][:-1]:
            head = h(a.alg, f"{head}|{line}")
            if tag == "close":
                self.close(a, parts, line, fail)
                continue
            seq += 1
            if int(parts[0]) != seq:
                fail("V12", f"{a.name} contact {parts[0]}: 序号应为 {seq}")
            self.line(a, parts, fail)
        if a.head != head:
            fail("V11", f"{a.name}: 链头应为 {head}")
        return head


def check_order(attempts, fail):
    """V14: attempts and rounds consecutive, chained, none missing, labels in accord; whether the order itself is sound."""
    sound = True
    before: Attempt | None = None
    prev: str | None = "0" * 64
    for a in attempts:
        due = (0, 1)
        if before:
            due = (before.round, before.attempt + 1) if before.aborted else (before.round + 1, 1)
        if (a.round, a.attempt) != due:
            fail("V14", f"{a.name}: 此处应为{name_of(*due)}，有缺漏或多余")
            sound = False
        if a.m:
            if [str(a.round), str(a.attempt)] != a.line["round"] + a.line["attempt"]:
                fail("V14", f"{a.name}: 清单写的是第{a.line['round'][0]}轮第{a.line['attempt'][0]}次")
            if before and before.m and (a.alg, a.draw) != (before.alg, before.draw):
                fail("V14", f"{a.name}: 抽取编号或算法与前一次不同")
            if prev and a.line["prev"][0] != prev:
                fail("V14", f"{a.name}: prev 没有接上前一次，应为 {prev}")
            counts = [{code: n for code, (n, _) in one.needs.items()} for one in (a, before) if one and one.m]
            if a.round and before and before.round == a.round and len(counts) == 2 and counts[0] != counts[1]:
                fail("V14", f"{a.name}: 同一轮各次的专业和人数不同")
            if a.aborted and "abort" in a.rows and a.rows["abort"][0][1][:3] != [a.draw, *a.line["round"], *a.line["attempt"]]:
                fail("V14", f"{a.name}: abort.txt 写的不是这一次")
        prev = None
        if a.m and "abort" in a.bytes:
            prev = h(a.alg, a.bytes["abort"])
        elif "contacts" in a.rows:
            prev = a.rows["contacts"][-1][1][0]
        before = a
    return sound


def check_supplement(a, contacts, listed_before, holds, fail):
    """V15: a further round is for exactly what the lists so far could not fill, under the same conditions."""
    wrong, first = partial(fail, "V15"), contacts.first
    if contacts.last_close != "SHORTFALL" or first.mode == "all":
        wrong(f"{a.name}: 前一轮不是以缺额（SHORTFALL）结束，或该方式不得补充抽取")
    if {code: n for code, (n, _) in a.needs.items()} != {code: n for code, n in contacts.missing().items() if n}:
        wrong(f"{a.name}: 补充抽取的专业和人数不等于缺额")
    if left := contacts.waiting():
        wrong(f"{a.name}: {'、'.join(left)} 前轮名单上还有人没有结果")
    for tag in ("alg", "rules", "request", "ratio", "mode", "prefer"):
        if a.line.get(tag) != first.line.get(tag):
            wrong(f"{a.name}: {tag} 与首轮不同")
    for code, standby in a.standby.items():
        if standby > first.standby.get(code, 0):
            wrong(f"{a.name} {code}: 候补人数多于首轮")
    for number in listed_before:
        member = a.known.get(number)
        held = holds.get(number, set()) | set(member[1] if member else ())
        if member and held.isdisjoint(a.needs):
            fail("V02", f"{a.name} {number}: 不具备本轮的任何专业")
        if not held.isdisjoint(a.needs) and (member is None or "DRAWN" not in member[3]):
            wrong(f"{a.name}: {number} 已在前轮名单上，应在清册中并排除（DRAWN）")


def check_rounds(attempts, unchecked, tell):
    """V11 to V13 and V15, over all attempts in order; what cannot be checked without some pool.txt stays silent."""

    def fail(check, why):
        if check not in unchecked:
            tell(check, why)

    contacts = None
    used: set = set()  # secrets and shares of earlier rounds
    listed_before: set = set()
    holds: dict = {}
    for a in attempts:
        if a.round and contacts:
            check_supplement(a, contacts, listed_before, holds, fail)
        for number in set(a.marked_drawn) - (listed_before if a.round else set()):
            fail("V15", f"{a.name}: {number} 不在前轮名单上，却写着 DRAWN")
        if a.drawn:
            contacts = contacts or Contacts(a)
            contacts.replay(a, fail)
            for number, (_, fields, _, _) in a.known.items():  # the pool file of a round is that of its drawn attempt
                holds.setdefault(number, set()).update(fields)
            if a.round and used & {a.result["office"], a.share}:
                fail("V15", f"{a.name}: 密数或监督份额与前面轮次的相同")
            used |= {a.result["office"], a.share}
            listed_before |= {number for numbers in a.lists.values() for number in numbers}
    return contacts


PAPER = (("V07", "清单校验值 M", "m", "--expect-manifest"), ("V10", "监督份额", "share", "--expect-share"),
         ("V11", "链头", "head", "--expect-head"))  # fmt: skip


def compare(attempts, given, fail, note):
    """The three values that paper carries: each must be one of the bundle's; what had none to compare with is named."""
    for check, label, attribute, option in PAPER:
        values = {getattr(a, attribute): a.name for a in attempts if getattr(a, attribute)}
        for value in given[attribute]:
            if value not in values:
                fail(check, f"纸面的{label} {value[:80]!a} 在卷宗中没有")
        rest = [name for value, name in values.items() if value not in given[attribute]]
        if rest:
            note(check, f"{label}未与纸面核对（没有给出 {option}）：{'、'.join(rest)}")


class Report:
    """What came of it. `attempts`: name, draw, algorithm and state of each, with its M, share and head as
    (label, value, whether paper says the same); `checks`: code, label, verdict, reasons; `seats`: lines, if all passed."""

    def __init__(self, attempts, given, said, contacts):
        fails, notes, unchecked = said
        self.attempts: list = []
        for a in attempts:
            state = "已放弃" if a.aborted else "已冻结，未抽取" if a.pending else "已抽取"
            values = [(label, getattr(a, name), getattr(a, name) in given[name]) for _, label, name, _ in PAPER if getattr(a, name)]
            self.attempts.append((a.name, a.draw if a.m else "", a.alg if a.m else "", state, values))
        self.checks: list = []
        for check, label in CHECKS.items():
            verdict = "FAIL" if check in fails else "NOT CHECKED" if check in unchecked else "PASS"
            why = fails.get(check, []) + ["有文件缺失、不能读或不成立，见其他各项"] * (verdict == "NOT CHECKED")
            why = why[:10] + [f"……另有 {len(why) - 10} 处"] * (len(why) > 10) + notes.get(check, [])
            self.checks.append((check, label, verdict, why))
        self.status = int(bool(fails or unchecked))
        # An earlier round's head stands in the next manifest (`prev`): the last one is what paper must say.
        heads = [a.head for a in attempts if a.head][:-1]
        values = [paper for *_, papers in self.attempts for paper in papers]
        unseen = {label for label, value, same in values if not same and value not in heads}
        self.open = [label for _, label, _, _ in PAPER if label in unseen]
        self.seats: list = []
        for code, n in contacts.order.items() if contacts and not self.status else ():
            names = [who for _, who in sorted(contacts.standing[code].items())]
            seated, waiting = " ".join(names[:n]) or "无", " ".join(names[n:]) or "无"
            self.seats.append(f"{code} 名额 {n}：占席 {seated}；候补 {waiting}；缺 {max(0, n - len(names))}")
        self.conclusion = "全部通过，并与纸面一致"
        if self.open:
            self.conclusion = f"文件自身各项通过；{'、'.join(self.open)}没有全部与纸面核对，卷宗整体是否被换过还不能断定"
        if self.status:
            self.conclusion = "有项目未通过"

    def lines(self):
        """As text; M, share and head in groups, to be held against paper."""
        for name, draw, alg, state, paper in self.attempts:
            yield f"{name} {draw} {alg} {state}"
            for label, value, same in paper:
                yield f"    {label} {'＝纸面' if same else '未与纸面核对'}"
                yield "        " + (value if label == "监督份额" else " ".join(value[at : at + 8] for at in range(0, len(value), 8)))
        for check, label, verdict, why in self.checks:
            yield f"{check} {verdict}  {label}"
            yield from (f"          {reason}" for reason in why)
        yield from self.seats
        yield "本程序无法知道：应当回避的人是否都已排除，电话是否真的打过，清册之外是否还有人。"
        yield f"结论：{self.conclusion}"


def examine(path, manifests=(), shares=(), heads=()):
    """Run all checks over the bundle at `path` and hold it against what paper says; a Report, or NotABundle raised."""
    fails: dict = {}
    notes: dict = {}
    unchecked: set = set()
    fail = lambda check, why: fails.setdefault(check, []).append(why)  # noqa: E731
    note = lambda check, why: notes.setdefault(check, []).append(why)  # noqa: E731
    given = {"m": ["".join(value.split()).lower() for value in manifests], "share": ["".join(value.split()) for value in shares],
             "head": ["".join(value.split()).lower() for value in heads]}  # fmt: skip
    raw = read_bundle(path, fail, note)
    attempts = [Attempt(key, raw[key], key == max(raw), fail, unchecked) for key in sorted(raw)]
    listed = {number for a in attempts if a.seed for numbers in a.lists.values() for number in numbers}
    round0 = [list(a.needs) for a in attempts if a.m and not a.round]
    for a in attempts:
        if a.m and "pool" in a.files:
            fields = list(a.needs) if not a.round else round0[-1] if round0 else None
            a.read_pool(fields, listed, fail, unchecked)
            preferred = f"（其中优先{a.states['P']}人）" if a.states["P"] else ""
            free, out = a.states["E"] + a.states["P"], a.states["X"]
            note("V02", f"{a.name} 清册{free + out}人：可抽{free}人{preferred}，排除{out}人")
            note("V04", f"{a.name} 名额→候选 " + " ".join(f"{code} {n}→{c}" for code, (n, c) in a.needs.items()))
            if a.readable:
                a.check_manifest(fail)
            if a.seed:
                a.check_result(fail, unchecked)
            a.best = {}
    if not check_order(attempts, fail):
        unchecked |= LATER - {"V14"}  # nothing sound can be said about what follows a gap
    contacts = check_rounds(attempts, unchecked, fail) if not unchecked & {"V11", "V12"} else None
    if contacts and contacts.skips:
        note("V13", "跳过：" + "、".join(f"{code} {count}人" for code, count in sorted(contacts.skips.items())))
    compare(attempts, given, fail, note)
    return Report(attempts, given, (fails, notes, unchecked), contacts)


def verify(path, manifests=(), shares=(), heads=(), out=print):
    """The same, printed with `out`; the exit status 0 or 1."""
    report = examine(path, manifests, shares, heads)
    for line in report.lines():
        out(line)
    return report.status


def main(argv=None):
    parser = argparse.ArgumentParser(description="zjkdraw/1 抽取卷宗核验程序")
    parser.add_argument("bundle", help="卷宗：ZIP文件或文件夹")
    parser.add_argument("--expect-manifest", action="append", default=[], metavar="HEX", help="监督单上的清单校验值 M，每次抽取一个")
    parser.add_argument("--expect-share", action="append", default=[], metavar="TEXT", help="监督单上的监督份额，每次抽取一个")
    parser.add_argument("--expect-head", action="append", default=[], metavar="HEX", help="签字的抽取记录单上的链头")
    options = parser.parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return verify(options.bundle, options.expect_manifest, options.expect_share, options.expect_head)
    except Exception as error:  # whatever cannot be opened or unpacked is no bundle
        print(f"不是可核验的卷宗：{str(error)[:200] or type(error).__name__}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
