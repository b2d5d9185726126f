#!/usr/bin/env python3
"""Verify a draw made by protocol zjkdraw/1: python3 verify_draw.py BUNDLE [--expect-manifest HEX]...

One file, standard library only, no network; it believes nothing but the hash function. BUNDLE is the ZIP or the folder
with round-<r>-attempt-<k>/{pool,manifest,result,contacts}.txt, or abort.txt instead of the last two. Fifteen checks,
each PASS or FAIL; exit status 0: all pass, 1: a check failed, 2: not a bundle.

Limits. A bundle can be made anew as a whole: what ties it to the day of the draw is the manifest hash that the inspector
took away (--expect-manifest, once for each attempt) and the head of the contacts on his paper. Without them nothing
covers the manifest of an aborted attempt beyond its grammar, its pool and its chaining; and an abort.txt is covered by
its grammar, its place and, where a later attempt exists, that attempt's `prev`.
"""

import argparse
import hashlib
import re
import stat
import sys
import zipfile
from datetime import datetime
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

CHECKS = {
    "V01": "文件编码和格式 encoding and grammar", "V02": "专家库清册 pool", "V03": "清册校验值 pool hash",
    "V04": "抽取清单各行 manifest lines", "V05": "专业处理次序 processing order", "V06": "组织方承诺 commitment",
    "V07": "监督人抄录的清单校验值 expected manifest", "V08": "种子和号签 seed and tickets", "V09": "名单重算 lists",
    "V10": "结果对应清单 result names manifest", "V11": "联系记录链 contact chain",
    "V12": "联系次序和席位 contact discipline", "V13": "按规则跳过 skips", "V14": "轮次和次数 rounds and attempts",
    "V15": "补抽 supplementary round"}  # fmt: skip
ALL, LATER = set(CHECKS) - {"V01"}, {"V11", "V12", "V13", "V14", "V15"}
NEEDS_FILE = {"pool": ALL, "manifest": ALL, "result": ALL - {"V02", "V03", "V04", "V05", "V07"},
              "contacts": LATER, "abort": LATER}  # fmt: skip
LIMIT = 64 * 1024 * 1024  # bytes of all files together

CODE, HEX, NUM, POS = "[A-Z0-9][A-Z0-9-]{0,31}", "[0-9a-f]{64}", "(0|[1-9][0-9]{0,8})", "[1-9][0-9]{0,8}"
TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
CODES, WORD = f"{CODE}(,{CODE})*", "[A-Za-z0-9._:-]{1,64}"
OUTCOMES = "ACCEPT|DECLINE|NOREPLY|UNREACHED|RECUSE|SKIP|WITHDRAW"
GRAMMAR = {  # file: (order of the kinds of line, pattern of each kind)
    "pool": ("head( member)*", {"head": rf"zjkdraw/1\|pool\|{CODE}\|{NUM}\|{NUM}",
                                "member": rf"{CODE}\|{CODE}\|{CODES}\|[EX]\|(-|{CODES})"}),
    "manifest": ("top alg draw round attempt prev request rules pool( need( standby)?)+ office beacon", {
        "top": r"zjkdraw/1\|manifest", "alg": r"alg\|(sm3|sha256)", "draw": rf"draw\|{CODE}", "round": rf"round\|{NUM}",
        "attempt": rf"attempt\|{POS}", "prev": rf"prev\|{HEX}", "request": rf"request\|{HEX}", "rules": rf"rules\|{HEX}",
        "pool": rf"pool\|{HEX}", "need": rf"need\|{CODE}\|{POS}\|{POS}", "standby": rf"standby\|{CODE}\|{POS}",
        "office": rf"office\|{HEX}", "beacon": rf"beacon\|(none|{WORD}\|{WORD})"}),
    "result": ("top manifest office inspector beacon seed( list| short)*", {
        "top": r"zjkdraw/1\|result", "manifest": rf"manifest\|{HEX}", "office": rf"office\|{HEX}",
        "inspector": r"inspector\|[0-9a-z]{20,64}", "beacon": r"beacon\|(-|[0-9a-f]{1,512})", "seed": rf"seed\|{HEX}",
        "list": rf"list\|{CODE}\|{POS}\|{CODE}\|{HEX}", "short": rf"short\|{CODE}\|{NUM}\|{POS}"}),
    "contacts": ("((contact|close) )*head", {
        "contact": rf"contact\|{POS}\|{CODE}(@{NUM})?\|{POS}\|{CODE}\|({OUTCOMES})\|(-|{CODE})\|(-|{HEX})\|{TIME}",
        "close": rf"close\|(DONE\|-|SHORTFALL\|{CODE}:{NUM}(,{CODE}:{NUM})*|ABORT\|{CODE})", "head": rf"head\|{HEX}"}),
    "abort": ("abort", {"abort": rf"abort\|{CODE}\|{NUM}\|{POS}\|{CODE}\|{TIME}"}),
}  # fmt: skip
MEMBER = re.compile(r"round-(0|[1-9][0-9]{0,3})-attempt-([1-9][0-9]{0,3})(?:/(pool|manifest|result|contacts|abort)\.txt)?")


def sm3(data):
    """SM3 (GB/T 32905-2016) in plain Python, for an OpenSSL that lacks it."""

    def rot(x, n):
        n %= 32
        return (x << n | x >> (32 - n)) & 0xFFFFFFFF

    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    data += b"\x80" + b"\0" * ((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    for at in range(0, len(data), 64):
        w = [int.from_bytes(data[at + i : at + i + 4], "big") for i in range(0, 64, 4)]
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
        state = [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, k), strict=True)]
    return "".join(f"{word:08x}" for word in state)


def h(alg, text):
    data = text.encode("ascii")
    try:
        return hashlib.new(alg, data).hexdigest()
    except ValueError:
        return sm3(data)


def name_of(number, attempt):
    return f"{f'补充第{number}轮' if number else '首轮'}第{attempt}次"


def read_bundle(path, fail):
    """{(round, attempt): {kind: bytes}}; whatever does not belong into a bundle fails V01."""
    if Path(path).is_dir():
        found = []
        for entry in sorted(Path(path).rglob("*")):  # never follows a link
            info = entry.lstat()
            is_folder, is_file = stat.S_ISDIR(info.st_mode), stat.S_ISREG(info.st_mode)
            name = entry.relative_to(path).as_posix() if is_folder or is_file else f"?{entry.name}"
            found.append((name, is_folder, info.st_size, entry.read_bytes))
    else:
        archive = zipfile.ZipFile(path)
        found = [
            (info.orig_filename.removesuffix("/"), info.orig_filename.endswith("/"), info.file_size, partial(archive.read, info))
            for info in archive.infolist()
        ]
    attempts: dict = {}
    total = 0
    for name, is_folder, size, read in found:
        match = MEMBER.fullmatch(name)
        if not match or is_folder == bool(match[3]):
            fail("V01", f"不属于卷宗的文件或文件夹 {name!a}")
            continue
        files = attempts.setdefault((int(match[1]), int(match[2])), {})
        total += size
        if match[3] in files or total > LIMIT:
            fail("V01", f"{name}: 文件重名或过大")
        elif not is_folder:
            files[match[3]] = read()
    if not attempts:
        raise ValueError("没有 round-<轮>-attempt-<次> 文件夹")
    return attempts


def rows(kind, data):
    """The lines of one file as [(kind of line, [parts], line)]; ValueError (check, why) if its grammar is broken."""
    order, patterns = GRAMMAR[kind]
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise ValueError("V01", f"第{error.start + 1}字节不是ASCII") from None
    if not text.endswith("\n"):
        raise ValueError("V01", "最后一行没有以LF结束")
    found = []
    for number, line in enumerate(text[:-1].split("\n"), 1):
        kinds = [name for name, pattern in patterns.items() if re.fullmatch(pattern, line)]
        moment = re.search(rf"\|({TIME})$", line)
        try:
            if not kinds or (moment and not datetime.strptime(moment[1], "%Y-%m-%dT%H:%M:%SZ")):
                raise ValueError
        except ValueError:
            raise ValueError("V01", f"第{number}行不合格式: {line[:80]!a}") from None
        found.append((kinds[0], line.split("|"), line))
    if not re.fullmatch(order, " ".join(name for name, _, _ in found)):
        raise ValueError("V04" if kind == "manifest" else "V01", "缺行、多行或行的次序不对")
    return found


class Attempt:
    """One folder, parsed; `files` holds what could be read."""

    def __init__(self, key, raw, fail, unread):
        self.round, self.attempt = key
        self.name, self.files, self.text = name_of(*key), {}, {}
        self.aborted = "abort" in raw
        wanted = ["pool", "manifest"] + (["abort"] if self.aborted else ["result", "contacts"])
        for kind in sorted(set(wanted) | set(raw)):
            if kind not in raw or kind not in wanted:
                fail("V14", f"{self.name}: {kind}.txt {'缺失' if kind in wanted else '不应与abort.txt并存'}")
                unread |= NEEDS_FILE[kind]
                continue
            try:
                self.files[kind] = rows(kind, raw[kind])
                self.text[kind] = raw[kind].decode("ascii")
            except ValueError as error:
                fail(error.args[0], f"{self.name} {kind}.txt: {error.args[1]}")
                unread |= NEEDS_FILE[kind]
        if {"pool", "manifest"} <= set(self.files):
            lines = [parts for _, parts, _ in self.files["manifest"]]
            self.head = {parts[0]: parts[1:] for parts in lines}
            self.alg, self.draw, self.prev = (self.head[name][0] for name in ("alg", "draw", "prev"))
            self.m = h(self.alg, self.text["manifest"])
            self.needs = {p[1]: (int(p[2]), int(p[3])) for p in lines if p[0] == "need"}
            self.standby = {p[1]: int(p[2]) for p in lines if p[0] == "standby"}
            self.members = [(p[0], p[1], p[2].split(","), p[3], p[4].split(",")) for _, p, _ in self.files["pool"][1:]]


def check_frozen(a, fail):
    """V02 to V05: what was fixed before the share."""
    head, numbers = a.files["pool"][0][1], [member[0] for member in a.members]
    if head[2:] != [a.draw, a.head["round"][0], str(len(numbers))]:
        fail("V02", f"{a.name}: 首行的编号、轮次或行数与内容不符")
    if any(one >= two for one, two in pairwise(numbers)):
        fail("V02", f"{a.name}: 专家编号未按升序排列或有重复")
    for number, _, fields, state, reasons in a.members:
        sorted_sets = all(codes == sorted(set(codes)) for codes in (fields, reasons))
        if not sorted_sets or (state == "E") != (reasons == ["-"]) or not set(fields) & set(a.needs):
            fail("V02", f"{a.name} {number}: 专业、状态与原因不一致")
    if (pool := h(a.alg, a.text["pool"])) != a.head["pool"][0]:
        fail("V03", f"{a.name}: pool.txt 的校验值是 {pool}，清单写的是 {a.head['pool'][0]}")
    lines = [p for kind, p, _ in a.files["manifest"] if kind in ("need", "standby")]
    if len(a.needs) != sum(p[0] == "need" for p in lines):
        fail("V04", f"{a.name}: 同一专业出现两次")
    if any(p[0] == "standby" and p[1] != before[1] for before, p in pairwise(lines)):
        fail("V04", f"{a.name}: standby 行没有紧跟本专业的 need 行")
    eligible = {code: sum(m[3] == "E" and code in m[2] for m in a.members) for code in a.needs}
    if list(a.needs) != sorted(a.needs, key=lambda code: (Fraction(eligible[code], a.needs[code][1]), code)):
        fail("V05", f"{a.name}: 专业次序不是按 可抽人数/候选人数 从小到大")


def check_result(a, fail):
    """V06, V08 to V10: commitment, seed, tickets and lists, all computed anew."""
    res = {kind: parts[1] for kind, parts, _ in a.files["result"]}
    secret, given = res["office"], [p[1:] for kind, p, _ in a.files["result"] if kind == "list"]
    number = f"{a.draw}|{a.head['round'][0]}|{a.head['attempt'][0]}"
    if h(a.alg, f"zjkdraw/1|commit|office|{number}|{secret}") != a.head["office"][0]:
        fail("V06", f"{a.name}: 公布的密数与事先的承诺不符")
    if res["manifest"] != a.m:
        fail("V10", f"{a.name}: 结果所指的清单不是这份清单（{a.m}）")
    seed = h(a.alg, f"zjkdraw/1|seed|{a.m}|{secret}|{res['inspector']}|{res['beacon']}")
    if seed != res["seed"] or (res["beacon"] == "-") != (a.head["beacon"] == ["none"]):
        fail("V08", f"{a.name}: 种子或公共信标不符，重算种子为 {seed}")
    for code, position, who, ticket in given:
        if ticket != h(a.alg, f"zjkdraw/1|ticket|{seed}|{code}|{who}"):
            fail("V08", f"{a.name} {code} 第{position}位 {who}: 号签不符")
    taken, lists, shorts = set(), [], []
    for code, (_, wanted) in a.needs.items():
        tickets = sorted(
            (h(a.alg, f"zjkdraw/1|ticket|{seed}|{code}|{m[0]}"), m[0])
            for m in a.members
            if m[3] == "E" and code in m[2] and m[0] not in taken
        )[:wanted]
        lists += [[code, str(p), who, ticket] for p, (ticket, who) in enumerate(tickets, 1)]
        taken |= {who for _, who in tickets}
        shorts += [[code, str(len(tickets)), str(wanted)]] * (len(tickets) < wanted)
    if given != lists:
        wrong = next((" ".join(one) for one in given if one not in lists), "次序或行数")
        fail("V09", f"{a.name}: 名单与重算不符（{wrong}）")
    if [p[1:] for kind, p, _ in a.files["result"] if kind == "short"] != shorts:
        fail("V09", f"{a.name}: 不足的专业（short 行）与重算不符")


class Seats:
    """Replays the contact lines of all rounds: V11 to V13."""

    def __init__(self, first):
        self.order = {code: n for code, (n, _) in first.needs.items()}
        self.lists, self.room, self.employer, self.outcome, self.last_close = {}, {}, {}, {}, ""

    def standing(self, code):
        return [key for key, outcome in sorted(self.outcome.items()) if key[1] == code and outcome == "ACCEPT"]

    def missing(self):
        return {code: max(0, n - len(self.standing(code))) for code, n in self.order.items()}

    def may_be_open(self, number, code, position):
        before = [self.outcome.get((number, code, p)) in (None, "ACCEPT") for p in range(1, position)]
        return sum(before) < self.room[number, code]

    def unfinished(self):
        """Fields that miss somebody although a listed candidate could still be asked."""
        short = self.missing()
        return sorted(
            {
                code
                for (number, code), who in self.lists.items()
                if short.get(code)
                for p in range(1, len(who) + 1)
                if (number, code, p) not in self.outcome and self.may_be_open(number, code, p)
            }
        )

    def replay(self, a, fail):
        """Take in the lists and contact lines of `a`; returns the recomputed head."""
        for code, (n, _) in a.needs.items():
            self.lists[a.round, code] = [p[3] for kind, p, _ in a.files["result"] if kind == "list" and p[1] == code]
            self.room[a.round, code] = n + a.standby.get(code, 0)
        self.employer.update({(a.round, m[0]): m[1] for m in a.members})
        head, seq = h(a.alg, a.text["result"]), 0
        for kind, parts, line in a.files["contacts"][:-1]:
            head = h(a.alg, f"{head}|{line}")
            if kind == "close":
                self.last_close, short = parts[1], self.missing()
                derived = "-" if not any(short.values()) else ",".join(f"{c}:{n}" for c, n in short.items())
                if parts[1] != "ABORT" and parts[1:] != ["DONE" if derived == "-" else "SHORTFALL", derived]:
                    fail("V12", f"{a.name} {line}: 按记录推算应为 {derived}")
                continue
            seq, where = seq + 1, f"{a.name} contact {parts[1]}"
            code, _, number = parts[2].partition("@")
            number, position, who, outcome = int(number or a.round), int(parts[3]), parts[4], parts[5]
            key = (number, code, position)
            if int(parts[1]) != seq:
                fail("V12", f"{where}: 序号应为 {seq}")
            listed = self.lists.get((number, code), [])[position - 1 : position]
            if ("@" in parts[2] and number >= a.round) or listed != [who]:
                fail("V12", f"{where}: {parts[2]} 第{position}位不是 {who}")
                continue
            before = self.outcome.get(key)
            if outcome not in ("WITHDRAW", "RECUSE") if before == "ACCEPT" else before or outcome == "WITHDRAW":
                fail("V12", f"{where}: {outcome} 不能接在 {before or '（无）'} 之后")
            if not self.may_be_open(*key):
                fail("V12", f"{where}: 尚未轮到该位置")
            if outcome == "SKIP":
                seated = {self.employer.get((k[0], self.lists[k[:2]][k[2] - 1])) for k, what in self.outcome.items() if what == "ACCEPT"}
                own = self.employer.get((number, who))
                if parts[6] == "-" or (parts[6] == "EMPLOYER-CAP" and (own is None or own not in seated)):
                    fail("V13", f"{where}: 跳过 {who} 没有依据（{parts[6]}）")
            self.outcome[key] = outcome
        if a.files["contacts"][-1][1][1] != head:
            fail("V11", f"{a.name}: 链头应为 {head}")
        return head


def check_rounds(attempts, fail, note, unread):
    """V11 to V15, over all attempts in order."""
    seats, drawn, prev, before = None, set(), "0" * 64, None
    for a in attempts:
        due = (0, 1)
        if before:
            due = (before.round, before.attempt + 1) if before.aborted else (before.round + 1, 1)
        if (a.round, a.attempt) != due:
            fail("V14", f"{a.name}: 此处应为{name_of(*due)}，有缺漏或多余")
            unread |= LATER  # nothing sound can be said about what follows
            return None
        if [str(a.round), str(a.attempt)] != a.head["round"] + a.head["attempt"]:
            fail("V14", f"{a.name}: 清单写的是{name_of(int(a.head['round'][0]), a.head['attempt'][0])}")
        if before and (a.alg, a.draw) != (before.alg, before.draw):
            fail("V14", f"{a.name}: 抽取编号或算法与前一次不同")
        if a.prev != prev:
            fail("V14", f"{a.name}: prev 没有接上前一次，应为 {prev}")
        if a.round and seats:
            if {code: n for code, (n, _) in a.needs.items()} != {code: n for code, n in seats.missing().items() if n}:
                fail("V15", f"{a.name}: 补抽的专业和人数不等于缺额")
            if seats.unfinished() or seats.last_close == "ABORT":
                fail("V15", f"{a.name}: 前一轮尚未联系完（{','.join(seats.unfinished())}）或已终止，不应补抽")
            for number, _, _, _, reasons in a.members:
                if number in drawn and "DRAWN" not in reasons:
                    fail("V15", f"{a.name}: {number} 已在前轮名单上，应排除（DRAWN）")
            if any(a.head[name] != attempts[0].head[name] for name in ("request", "rules")):
                note("V15", f"注意：{a.name}的使用申请或制度版本与首次不同，请核对条件是否相同")
        if a.aborted:
            prev = h(a.alg, a.text["abort"])
            if a.files["abort"][0][1][1:4] != [a.draw, *a.head["round"], *a.head["attempt"]]:
                fail("V14", f"{a.name}: abort.txt 写的不是这一次")
        else:
            seats = seats or Seats(a)
            prev = seats.replay(a, fail)
            drawn |= {p[3] for kind, p, _ in a.files["result"] if kind == "list"}
        before = a
    return seats


def verify(path, expected=(), out=print):
    """Run all checks over the bundle at `path`, print them with `out`, return the exit status 0 or 1."""
    fails: dict = {}
    notes: dict = {}
    unread: set = set()
    fail = lambda check, why: fails.setdefault(check, []).append(why)  # noqa: E731
    note = lambda check, why: notes.setdefault(check, []).append(why)  # noqa: E731
    raw = read_bundle(path, fail)
    attempts = [Attempt(key, raw[key], fail, unread) for key in sorted(raw)]
    for a in attempts:
        if {"pool", "manifest"} <= set(a.files):
            out(f"{a.name} {a.draw} {a.alg} 清单校验值 M = {a.m}{'（放弃）' if a.aborted else ''}")
            check_frozen(a, fail)
            free = sum(member[3] == "E" for member in a.members)
            note("V02", f"{a.name} 清册{len(a.members)}人：可抽{free}人，排除{len(a.members) - free}人")
            if "result" in a.files:
                check_result(a, fail)
            if not a.aborted:
                note("V04", f"{a.name} 名额→候选 " + " ".join(f"{c} {n}→{k}" for c, (n, k) in a.needs.items()))
    known, wanted = {a.m: a for a in attempts if hasattr(a, "m")}, [value.strip().lower() for value in expected]
    for value in wanted:
        if value not in known:
            fail("V07", f"抄录的 {value[:80]!a} 不是卷宗中任何一次的清单校验值")
    rest = [a.name for m, a in known.items() if m not in wanted]
    note("V07", "抄录值全部相符" if not rest else f"未与抄录值核对（没有提供 --expect-manifest）: {'、'.join(rest)}")
    seats = check_rounds(attempts, fail, note, unread) if not unread & LATER else None
    for check, name in CHECKS.items():
        why = fails.get(check, []) or ["未核对：有文件缺失或不能读，见其他各项"] * (check in unread)
        out(f"{check} {'FAIL' if why else 'PASS'}  {name}")
        for reason in why[:10] + [f"……另有 {len(why) - 10} 处"] * (len(why) > 10) or notes.get(check, []):
            out(f"          {reason}")
    failed = bool(fails or unread)
    if seats and not failed:
        for code, n in seats.order.items():
            names = [seats.lists[key[:2]][key[2] - 1] for key in seats.standing(code)]
            out(f"{code} 名额 {n}：占席 {' '.join(names[:n]) or '无'}；候补 {' '.join(names[n:]) or '无'}；缺 {max(0, n - len(names))}")
        last = [a for a in attempts if not a.aborted][-1]
        out(f"联系记录链头 {last.files['contacts'][-1][1][1]}，请与纸面记录核对")
    out(
        "本程序无法知道：应当回避的人是否都已排除，电话是否真的打过，清册之外是否还有人，卷宗整体是否被换过"
        "（请用当时带走的清单校验值和链头核对）。"
    )
    out("结论：" + ("有项目未通过" if failed else "全部通过"))
    return int(failed)


def main(argv=None):
    parser = argparse.ArgumentParser(description="zjkdraw/1 抽取卷宗核验程序")
    parser.add_argument("bundle", help="卷宗：ZIP文件或文件夹")
    parser.add_argument("--expect-manifest", action="append", default=[], metavar="HEX", help="监督人当时抄录的清单校验值，可多次给出")
    options = parser.parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return verify(options.bundle, options.expect_manifest)
    except Exception as error:  # whatever cannot be opened or unpacked is no bundle
        print(f"不是可核验的卷宗：{str(error)[:200] or type(error).__name__}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
