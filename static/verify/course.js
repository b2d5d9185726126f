/* The course of a draw after its lists: outcomes, standing acceptances, seats, what is missing. One object lives through
   all rounds; `say(code, reason)` is told of every line that the protocol does not allow. */
(function (ZJK) {
  "use strict";

  const W = ZJK.words.reasons;

  /** How many of the first positions are settled: they have an outcome, and it is no standing acceptance (a Fenwick tree). */
  class Settled {
    constructor(size) { this.tree = new Int32Array(size + 1); }

    add(position) { for (; position < this.tree.length; position += position & -position) this.tree[position]++; }

    upTo(position) {
      let sum = 0;
      for (; position > 0; position -= position & -position) sum += this.tree[position];
      return sum;
    }
  }

  class List {
    constructor(round, need, order, numbers) {
      this.round = round;
      this.field = need.field;
      this.room = need.n + need.s;
      this.order = order;
      this.numbers = numbers;
      this.outcomes = numbers.map(() => "");
      this.settled = new Settled(numbers.length);
      this.open = numbers.length;
    }

    /** Whether the discipline lets a position have its first outcome now. */
    due(position) { return position - 1 - this.settled.upTo(position - 1) < this.room; }
  }

  const bump = (map, key, by) => map.set(key, (map.get(key) || 0) + by);

  class Course {
    /** `base`: the manifest of round 0's drawn attempt. */
    constructor(base, say) {
      this.base = base;
      this.say = say;
      this.lists = new Map();
      this.members = new Map();
      this.byField = new Map();
      this.byEmployer = new Map();
      this.byPerson = new Map();
      this.skips = new Map();
      this.lastTime = "";
      this.lastClose = "";
      this.needs0 = new Map(base.needs.map((need) => [need.field, need]));
    }

    /** The lists of a round: `numbers` a field as the result says, `members` what the round's own pool file says of them. */
    open(round, manifest, numbers, members) {
      this.round = round;
      this.manifest = manifest;
      this.members.set(round, members);
      this.lastClose = "";
      this.positions = new Map();
      manifest.needs.forEach((need, order) => {
        const list = new List(round, need, order, numbers.get(need.field) || []);
        this.lists.set(`${need.field}@${round}`, list);
        if (manifest.mode === "all") {
          list.numbers.forEach((number, at) => {
            if (!this.positions.has(number)) this.positions.set(number, []);
            this.positions.get(number).push({list, position: at + 1});
          });
        }
      });
    }

    /** All lines of the round's contacts, in order. */
    run(lines) {
      let seq = 0, begun = false;
      const unchosen = new Map();
      for (const line of lines) {
        if (this.lastClose === "ABORT") this.say("V12", W.afterAbort(line.text));
        const parsed = line.parsed;
        if (parsed.kind === "close") {
          this.close(parsed, line.text);
          continue;
        }
        seq++;
        if (parsed.seq !== seq) this.say("V12", W.sequence(parsed.seq, seq));
        if (parsed.time < this.lastTime) this.say("V11", W.timeFalls(parsed.seq, parsed.time, this.lastTime));
        this.lastTime = parsed.time;
        const chosen = parsed.outcome === "SKIP" && parsed.reason === "NOT-CHOSEN";
        if (chosen && begun) this.say("V13", W.notChosenLate(parsed.seq));
        if (!chosen && parsed.round === null) begun = true;
        if (chosen) bump(unchosen, parsed.field, 1);
        this.contact(parsed);
      }
      for (const need of this.manifest.needs) {
        const count = unchosen.get(need.field) || 0;
        if (count && need.c - count < need.n + need.s) this.say("V13", W.notChosenMany(need.field, count, need.c, need.n + need.s));
      }
    }

    /** The list that a line speaks of, or null. */
    listOf(line) {
      if (line.round !== null && line.round >= this.round) {
        this.say("V12", W.notEarlier(line.seq, line.field, line.round, this.round));
        return null;
      }
      const list = this.lists.get(`${line.field}@${line.round === null ? this.round : line.round}`);
      if (!list) this.say("V12", W.noList(line.seq, line.field, line.round));
      return list || null;
    }

    contact(line) {
      const list = this.listOf(line);
      if (!list) return;
      const p = line.position;
      if (list.numbers[p - 1] !== line.number) {
        this.say("V12", W.notThere(line.seq, line.field, p, line.number, list.numbers[p - 1] || ""));
        return;
      }
      const before = list.outcomes[p - 1];
      if (before) {
        if (before === "ACCEPT" && (line.outcome === "WITHDRAW" || line.outcome === "RECUSE")) this.accept(list, p, line.outcome, -1);
        else this.say("V12", W.outcomeStands(line.seq, line.field, p, before, line.outcome));
        return;
      }
      if (line.outcome === "WITHDRAW") {
        this.say("V12", W.withdrawNothing(line.seq, line.field, p));
        return;
      }
      this.first(list, line);
      list.open--;
      list.outcomes[p - 1] = line.outcome;
      if (line.outcome === "ACCEPT") this.accept(list, p, "ACCEPT", 1);
      else list.settled.add(p);
    }

    /** The rules of a first outcome. */
    first(list, line) {
      const mode = this.manifest.mode, p = line.position, skip = line.outcome === "SKIP";
      if (!(skip && line.reason === "NOT-CHOSEN" && mode === "merit") && !list.due(p)) {
        this.say("V12", W.notDue(line.seq, line.field, p, list.room));
      }
      const seated = Boolean(this.byPerson.get(line.number));
      if (mode === "all") {
        for (const other of this.positions.get(line.number) || []) {
          const first = other.list.order < list.order && !other.list.outcomes[other.position - 1] && other.list.due(other.position);
          if (first) this.say("V12", W.otherFirst(line.seq, line.number, line.field, other.list.field));
        }
        if (seated && !(skip && line.reason === "SEATED")) this.say("V12", W.seatedElsewhere(line.seq, line.number, line.outcome));
      }
      if (skip) this.skip(list, line, seated, mode);
    }

    skip(list, line, seated, mode) {
      bump(this.skips, line.reason, 1);
      const wrong = (reason) => this.say("V13", reason);
      if (line.reason === "-") wrong(W.skipNoReason(line.seq));
      else if (line.reason === "EMPLOYER-CAP") {
        const employer = this.employerOf(list, line.number);
        if (!employer || !this.byEmployer.get(employer)) wrong(W.capWithout(line.seq, line.number, employer || "?"));
      } else if (line.reason === "SEATED") {
        if (mode !== "all") wrong(W.seatedMode(line.seq));
        else if (!seated) wrong(W.seatedNowhere(line.seq, line.number));
      } else if (line.reason === "NOT-CHOSEN") {
        if (mode !== "merit") wrong(W.notChosenMode(line.seq));
        else if (line.evidence === "-") wrong(W.skipNoEvidence(line.seq, line.reason));
        if (line.round !== null) wrong(W.notChosenEarlier(line.seq));
      } else if (line.evidence === "-") wrong(W.skipNoEvidence(line.seq, line.reason));
    }

    employerOf(list, number) {
      const member = this.members.get(list.round).get(number);
      return member ? member.employer : "";
    }

    /** An acceptance stands (`by` 1) or is taken back (`by` -1). */
    accept(list, position, outcome, by) {
      const number = list.numbers[position - 1];
      list.outcomes[position - 1] = outcome;
      if (by < 0) list.settled.add(position);
      bump(this.byField, list.field, by);
      bump(this.byEmployer, this.employerOf(list, number), by);
      bump(this.byPerson, number, by);
    }

    /** What a field of the draw misses now. */
    missing(field) { return Math.max(0, this.needs0.get(field).n - (this.byField.get(field) || 0)); }

    /** The positions of a field without an outcome, on the lists of all rounds. */
    openOf(field) {
      let open = 0;
      for (const list of this.lists.values()) if (list.field === field) open += list.open;
      return open;
    }

    close(line, text) {
      this.lastClose = line.close;
      const short = this.base.needs.filter((need) => this.missing(need.field) > 0).map((need) => need.field);
      const now = this.base.needs.map((need) => `${need.field}:${this.missing(need.field)}`).join();
      if (line.close === "DONE" && short.length) this.say("V12", W.doneShort(now));
      if (line.close !== "SHORTFALL") return;
      if (line.missing !== now) this.say("V12", W.shortfallFigures(text, now));
      if (!short.length) this.say("V12", W.shortfallNothing());
      for (const field of short) if (this.openOf(field)) this.say("V12", W.shortfallOpen(field, this.openOf(field)));
    }

    /** Who is seated and who stands by, a field: `{field, n, people: [{round, position, number, seated}]}`. */
    seats() {
      return this.base.needs.map((need) => {
        const people = [];
        for (const list of this.lists.values()) {
          if (list.field !== need.field) continue;
          list.outcomes.forEach((outcome, at) => {
            if (outcome === "ACCEPT") people.push({round: list.round, position: at + 1, number: list.numbers[at], seated: people.length < need.n});
          });
        }
        return {field: need.field, n: need.n, missing: this.missing(need.field), people};
      });
    }
  }

  ZJK.Course = Course;
})(self.ZJK = self.ZJK || {});
