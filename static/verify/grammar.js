/* The grammar of the five files, and nothing of their meaning. A reader takes the lines of a file one by one. */
(function (ZJK) {
  "use strict";

  const CODE = "[A-Z0-9][A-Z0-9-]{0,31}", COUNT = "[1-9][0-9]*", ROUND = "(?:0|[1-9][0-9]*)", HEX = "[0-9a-f]{64}";
  const TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z";
  const line = (pattern) => new RegExp("^" + pattern + "$");

  const POOL_HEAD = line(`zjkdraw/1\\|pool\\|(${CODE})\\|(${ROUND})\\|(${ROUND})`);
  const POOL_LINE = line(`(${CODE})\\|(${CODE})\\|(${CODE}(?:,${CODE})*)\\|(?:([EP])\\|-|X\\|(${CODE}(?:,${CODE})*))`);
  const NEED = line(`need\\|(${CODE})\\|(${COUNT})\\|(${COUNT})`);
  const STANDBY = line(`standby\\|(${CODE})\\|(${COUNT})`);
  const WAIVER = line(`waiver\\|(${CODE})\\|(${HEX})`);
  const LIST = line(`list\\|(${CODE})\\|(${COUNT})\\|(${CODE})\\|(${HEX})`);
  const CONTACT = line(
    `contact\\|(${COUNT})\\|(${CODE})(?:@(${ROUND}))?\\|(${COUNT})\\|(${CODE})`
    + `\\|(ACCEPT|DECLINE|NOREPLY|UNREACHED|RECUSE|SKIP|WITHDRAW)\\|(-|${CODE})\\|(-|${HEX})\\|(${TIME})`,
  );
  const CLOSE = line(`close\\|(?:(DONE)\\|-|(SHORTFALL)\\|(${CODE}:${ROUND}(?:,${CODE}:${ROUND})*)|(ABORT)\\|(${CODE}))`);
  const HEAD = line(`head\\|(${HEX})`);
  const ABORT = line(`abort\\|(${CODE})\\|(${ROUND})\\|(${COUNT})\\|(${CODE})\\|(${TIME})`);

  /* Lines that come once and in order: what they read, and the property that they fill. */
  const MANIFEST_HEAD = [
    ["zjkdraw/1\\|manifest"], ["alg\\|(sm3|sha256)", "alg"], [`draw\\|(${CODE})`, "draw"], [`round\\|(${ROUND})`, "round"],
    [`attempt\\|(${COUNT})`, "attempt"], [`prev\\|(${HEX})`, "prev"], [`request\\|(${HEX})`, "request"],
    [`rules\\|(${HEX})`, "rules"], [`pool\\|(${HEX})`, "pool"], [`ratio\\|(${COUNT})`, "ratio"],
  ];
  const MANIFEST_TAIL = [
    ["mode\\|(all|merit)", "mode", true], [`prefer\\|(${CODE})`, "prefer", true], [`office\\|(${HEX})`, "office"],
    [`beacon\\|(none|${CODE}\\|${CODE})`, "beacon"],
  ];
  const RESULT_HEAD = [
    ["zjkdraw/1\\|result"], [`manifest\\|(${HEX})`, "manifest"], [`office\\|(${HEX})`, "secret"],
    ["inspector\\|([0-9a-z]{20,64})", "share"],
    // The form of a beacon's value is judged by V08.
    ["beacon\\|([!-{}~]*)", "beacon"], [`seed\\|(${HEX})`, "seed"],
  ];
  const compiled = (rows) => rows.map(([pattern, name, optional]) => ({pattern: line(pattern), name, optional}));
  const MANIFEST_HEAD_LINES = compiled(MANIFEST_HEAD), MANIFEST_TAIL_LINES = compiled(MANIFEST_TAIL);
  const RESULT_LINES = compiled(RESULT_HEAD);

  /** Takes lines in a fixed order into `into`; `take` says whether the line was one of them. */
  class InOrder {
    constructor(rows, into) {
      this.rows = rows;
      this.into = into;
      this.at = 0;
    }

    get whole() { return this.rows.slice(this.at).every((row) => row.optional); }

    take(text) {
      for (let at = this.at; at < this.rows.length; at++) {
        const row = this.rows[at], found = row.pattern.exec(text);
        if (found) {
          if (row.name) this.into[row.name] = found[1];
          this.at = at + 1;
          return true;
        }
        if (!row.optional) return false;
      }
      return false;
    }
  }

  /* A reader: `line(text)` says whether the text may stand there, `end()` whether the file may end there. */

  class ManifestReader {
    constructor() {
      this.manifest = {mode: "", prefer: "", needs: []};
      this.head = new InOrder(MANIFEST_HEAD_LINES, this.manifest);
      this.tail = new InOrder(MANIFEST_TAIL_LINES, this.manifest);
    }

    line(text) {
      if (!this.head.whole) return this.head.take(text);
      if (this.tail.at === 0) {
        const needs = this.manifest.needs, last = needs[needs.length - 1];
        let found = NEED.exec(text);
        if (found) {
          needs.push({field: found[1], n: +found[2], c: +found[3], s: 0, waiver: ""});
          return true;
        }
        found = STANDBY.exec(text);
        if (found) {
          if (!last || last.field !== found[1] || last.s || last.waiver) return false;
          last.s = +found[2];
          return true;
        }
        found = WAIVER.exec(text);
        if (found) {
          if (!last || last.field !== found[1] || last.waiver) return false;
          last.waiver = found[2];
          return true;
        }
        if (!last) return false;
      }
      return this.tail.take(text);
    }

    end() { return this.head.whole && this.tail.whole; }
  }

  class ResultReader {
    constructor() {
      this.result = {rows: []};
      this.head = new InOrder(RESULT_LINES, this.result);
    }

    line(text) {
      if (!this.head.whole) return this.head.take(text);
      const found = LIST.exec(text);
      if (found) this.result.rows.push({field: found[1], position: +found[2], number: found[3], ticket: found[4]});
      return Boolean(found);
    }

    end() { return this.head.whole; }
  }

  /** Contacts: `lines` holds contact and close lines parsed, null where one could not be; `head` what the file says. */
  class ContactsReader {
    constructor() {
      this.lines = [];
      this.head = "";
    }

    line(text) {
      if (this.head) return false;
      let found = HEAD.exec(text);
      if (found) {
        this.head = found[1];
        return true;
      }
      const parsed = ContactsReader.parse(text);
      this.lines.push({text, parsed});
      return parsed !== null;
    }

    end() { return this.head !== ""; }

    static parse(text) {
      let found = CONTACT.exec(text);
      if (found && ZJK.isMoment(found[9])) {
        return {
          kind: "contact", seq: +found[1], field: found[2], round: found[3] === undefined ? null : +found[3], position: +found[4],
          number: found[5], outcome: found[6], reason: found[7], evidence: found[8], time: found[9],
        };
      }
      found = CLOSE.exec(text);
      if (!found) return null;
      return {kind: "close", close: found[1] || found[2] || found[4], missing: found[3] || "", reason: found[5] || ""};
    }
  }

  class AbortReader {
    constructor() { this.abort = null; }

    line(text) {
      const found = ABORT.exec(text);
      if (!found || this.abort || !ZJK.isMoment(found[5])) return false;
      this.abort = {draw: found[1], round: found[2], attempt: found[3], reason: found[4], time: found[5]};
      return true;
    }

    end() { return this.abort !== null; }
  }

  /** The pool: the header is kept; every other line that is in order is handed on, so a million of them cost no memory. */
  class PoolReader {
    constructor(member) {
      this.head = null;
      this.member = member;
      this.lines = 0;
    }

    line(text) {
      if (!this.head) {
        const found = POOL_HEAD.exec(text);
        if (found) this.head = {draw: found[1], round: found[2], count: +found[3]};
        return Boolean(found);
      }
      this.lines++;
      const found = POOL_LINE.exec(text);
      // number, employer, fields, E or P or undefined, reasons or undefined
      if (found) this.member(found[1], found[2], found[3], found[4], found[5]);
      return Boolean(found);
    }

    end() { return this.head !== null; }
  }

  /** Whether a text of the form 2026-11-20T01:01:00Z is a moment of the calendar. */
  ZJK.isMoment = (text) => {
    const at = new Date(text);
    return !isNaN(at.getTime()) && at.toISOString() === text.replace("Z", ".000Z");
  };

  const PIECE = 1 << 18, LONGEST = 1 << 20;

  /**
   * Feed a file to a reader, line by line, and to `hasher` byte by byte. `problem(number of the line, kind)` is told of
   * what is against the grammar: "empty", "blank" (an empty line), "characters", "long", "line", "order" (it ends too
   * early), "last" (no LF at the end). `each(bytes)` is told of progress.
   */
  ZJK.readFile = async (entry, reader, hasher, problem, each) => {
    const decoder = new TextDecoder("latin1");
    let rest = "", number = 0, size = 0;
    const one = (text) => {
      number++;
      if (reader.line(text)) return;
      problem(number, text === "" ? "blank" : /[^\x21-\x7e]/.test(text) ? "characters" : "line");
    };
    for await (const chunk of entry.chunks()) {
      if (hasher) hasher.bytes(chunk);
      size += chunk.length;
      for (let at = 0; at < chunk.length; at += PIECE) {
        const lines = (rest + decoder.decode(chunk.subarray(at, at + PIECE))).split("\n");
        rest = lines.pop();
        lines.forEach(one);
        if (rest.length > LONGEST) {
          problem(number + 1, "long");
          rest = "";
        }
      }
      if (each) await each(chunk.length);
    }
    if (size === 0) problem(0, "empty");
    else if (rest !== "") {
      problem(number + 1, "last");
      one(rest);
    }
    if (size > 0 && !reader.end()) problem(number, "order");
  };

  ZJK.readers = {ManifestReader, ResultReader, ContactsReader, AbortReader, PoolReader};
})(self.ZJK = self.ZJK || {});
