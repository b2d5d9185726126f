/* Needs that can be filled together, and the lists that follow from a seed. Members who hold the same of the fields are
   alike, so all is counted by sets of fields; nobody's number matters before the tickets do. */
(function (ZJK) {
  "use strict";

  /** The eligible members by the set of the fields that they hold: `fields` are positions in the processing order. */
  class Holders {
    constructor() {
      this.sets = [];
      this.found = new Map();
    }

    of(fields) {
      const key = fields.join();
      let set = this.found.get(key);
      if (!set) {
        set = {fields, count: 0, at: this.sets.length};
        this.found.set(key, set);
        this.sets.push(set);
      }
      return set;
    }
  }

  /**
   * An assignment of members to fields that only counts: `flow[set][field]` members of a set fill places of a field.
   * It is complete when every field has all the places that are wanted of it.
   */
  class Filling {
    constructor(sets, wanted) {
      this.left = sets.map((set) => set.count);
      this.used = sets.map(() => 0);
      this.flow = sets.map(() => new Map());
      this.fieldsOf = sets.map((set) => set.fields);
      this.holding = wanted.map(() => []);
      sets.forEach((set, at) => set.fields.forEach((field) => this.holding[field].push(at)));
      this.wanted = wanted.slice();
      this.filled = wanted.map(() => 0);
    }

    move(set, field, by) {
      this.flow[set].set(field, (this.flow[set].get(field) || 0) + by);
    }

    /** Fill a field; the fields that are short together, and by how many, where it cannot be. */
    fill(field) {
      while (this.filled[field] < this.wanted[field]) {
        const stuck = this.step(field);
        if (stuck) return stuck;
      }
      return null;
    }

    /** One more member, or several, for a field: from a set with somebody left, or by moving others along (breadth first). */
    step(field) {
      const reached = [field], from = new Map([[field, null]]), asked = new Map();
      for (let at = 0; at < reached.length; at++) {
        const here = reached[at];
        for (const set of this.holding[here]) {
          if (asked.has(set)) continue;
          asked.set(set, here);
          if (this.left[set] > this.used[set]) {
            this.augment(field, set, asked, from);
            return null;
          }
          for (const [other, count] of this.flow[set]) {
            if (count > 0 && !from.has(other)) {
              from.set(other, set);
              reached.push(other);
            }
          }
        }
      }
      let there = 0;
      for (const set of asked.keys()) there += this.left[set];
      const asking = reached.reduce((sum, one) => sum + this.wanted[one], 0);
      return {fields: reached, there, asking};
    }

    augment(field, last, asked, from) {
      let amount = Math.min(this.wanted[field] - this.filled[field], this.left[last] - this.used[last]);
      for (let here = asked.get(last); here !== field; here = asked.get(from.get(here))) {
        amount = Math.min(amount, this.flow[from.get(here)].get(here));
      }
      this.used[last] += amount;
      this.filled[field] += amount;
      for (let set = last; ;) {
        const here = asked.get(set);
        this.move(set, here, amount);
        if (here === field) return;
        set = from.get(here);
        this.move(set, here, -amount);
      }
    }

    /** Want nothing more of a field; who filled it is free again. */
    release(field) {
      this.wanted[field] = this.filled[field] = 0;
      for (const set of this.holding[field]) {
        this.used[set] -= this.flow[set].get(field) || 0;
        this.flow[set].delete(field);
      }
    }

    /** Take one member of a set away for good, unless what is wanted could then no longer be filled; whether he was taken. */
    take(set) {
      this.left[set]--;
      if (this.used[set] <= this.left[set]) return true;
      for (const [field, count] of this.flow[set]) {
        if (count <= 0) continue;
        this.move(set, field, -1);
        this.used[set]--;
        this.filled[field]--;
        if (!this.step(field)) return true;
        this.move(set, field, 1);
        this.used[set]++;
        this.filled[field]++;
        break;
      }
      this.left[set]++;
      return false;
    }
  }

  /** Null, or the fields that cannot be filled together (positions), how many members hold them, how many are asked for. */
  ZJK.whyNotTogether = (sets, wanted) => {
    const filling = new Filling(sets, wanted);
    for (let field = 0; field < wanted.length; field++) {
      // More than there are holders needs no search.
      const stuck = filling.fill(field);
      if (stuck) return stuck;
    }
    return null;
  };

  const inOrder = (a, b) => a.rank - b.rank || (a.ticket < b.ticket ? -1 : a.ticket > b.ticket ? 1 : a.number < b.number ? -1 : 1);

  /** The first `limit` tickets of one field among the members of one set; what is behind them can be on no list. */
  class First {
    constructor(limit) {
      this.limit = limit;
      this.rows = [];
      this.worst = null;
    }

    offer(rank, hasher, number) {
      const worst = this.worst;
      if (worst && (rank > worst.rank || (rank === worst.rank && hasher.state[0] >>> 0 > worst.word))) return;
      this.rows.push({rank, number, ticket: hasher.hex()});
      if (this.rows.length >= 2 * this.limit + 64) this.cut();
    }

    cut() {
      this.rows.sort(inOrder);
      if (this.rows.length < this.limit) return;
      this.rows.length = this.limit;
      const last = this.rows[this.limit - 1];
      this.worst = {rank: last.rank, word: parseInt(last.ticket.slice(0, 8), 16)};
    }
  }

  /** Hashes the tickets of the eligible members as they come by, and makes the lists at the end. */
  class ListMaker {
    /** `needs` in the processing order, `seed` in hex; `all`: mode all, where a list holds everybody. */
    constructor(algorithm, seed, needs, all) {
      this.all = all;
      this.needs = needs;
      this.starts = needs.map((need) => new ZJK.Hasher(algorithm).text(`zjkdraw/1|ticket|${seed}|${need.field}|`));
      this.work = new ZJK.Hasher(algorithm);
      let sum = 0;
      // Of a set, earlier lists take at most the candidates of the earlier fields.
      this.limits = needs.map((need) => (all ? Infinity : sum += need.c));
      this.firsts = new Map();
    }

    offer(set, rank, number) {
      let firsts = this.firsts.get(set);
      if (!firsts) {
        firsts = set.fields.map((field) => new First(this.limits[field]));
        this.firsts.set(set, firsts);
      }
      for (let at = 0; at < firsts.length; at++) {
        firsts[at].offer(rank, this.work.copy(this.starts[set.fields[at]]).text(number).finish(), number);
      }
    }

    /** `{rows, passed}` a field in the processing order. The needs must be such that they can be filled together. */
    lists(sets) {
      const filling = new Filling(sets, this.needs.map((need) => need.c));
      if (!this.all) this.needs.forEach((_need, field) => filling.fill(field));
      const taken = new Set();
      return this.needs.map((need, field) => {
        let rows = [];
        for (const [set, firsts] of this.firsts) {
          const at = set.fields.indexOf(field);
          if (at >= 0) for (const row of firsts[at].rows) rows.push({rank: row.rank, ticket: row.ticket, number: row.number, set: set.at});
        }
        rows.sort(inOrder);
        if (this.all) return {rows, passed: []};
        filling.release(field);
        const list = [], passed = [], shut = new Set();
        for (const row of rows) {
          if (list.length === need.c) break;
          if (taken.has(row.number)) continue;
          // Taking only makes it harder, so who is like somebody passed over is passed over too.
          if (shut.has(row.set) || !filling.take(row.set)) {
            shut.add(row.set);
            passed.push(row);
          } else {
            taken.add(row.number);
            list.push(row);
          }
        }
        return {rows: list, passed};
      });
    }
  }

  ZJK.Holders = Holders;
  ZJK.ListMaker = ListMaker;
  /** The ticket of one member in one field. */
  ZJK.ticket = (algorithm, seed, field, number) => ZJK.h(algorithm, `zjkdraw/1|ticket|${seed}|${field}|${number}`);
})(self.ZJK = self.ZJK || {});
