/* The fifteen checks of zjkdraw/1 over a bundle. The result is plain data; page.js shows it. */
(function (ZJK) {
  "use strict";

  const W = ZJK.words, R = W.reasons;
  const CODES = Object.keys(W.checks), NAMES = ["pool", "manifest", "result", "contacts", "abort"];
  const FOLDER = /^round-(0|[1-9][0-9]*)-attempt-([1-9][0-9]*)\/(.*)$/;
  const ZEROS = "0".repeat(64), SHOWN = 300, REASONS = 12;

  /** The verdicts on one attempt. A check that failed has failed, whatever else of it could not be made. */
  class Sheet {
    constructor() { this.said = {}; }

    say(verdict, code, reason) {
      const one = this.said[code] = this.said[code] || {FAIL: [], "NOT CHECKED": [], more: 0};
      if (one[verdict].length < REASONS) {
        if (!one[verdict].includes(reason)) one[verdict].push(reason);
      } else one.more++;
    }

    fail(code, reason) { this.say("FAIL", code, reason); }

    cannot(codes, reason) { codes.forEach((code) => this.say("NOT CHECKED", code, reason)); }

    verdicts() {
      const all = {};
      for (const code of CODES) {
        const one = this.said[code] || {FAIL: [], "NOT CHECKED": [], more: 0};
        const verdict = one.FAIL.length ? "FAIL" : one["NOT CHECKED"].length ? "NOT CHECKED" : "PASS";
        const reasons = one.FAIL.concat(one["NOT CHECKED"]);
        all[code] = {verdict, reasons: one.more ? reasons.concat(R.more(one.more)) : reasons};
      }
      return all;
    }
  }

  /** The attempts of a bundle in order, and the paths that belong to none. */
  function sorted(files) {
    const found = new Map(), unknown = [];
    for (const [path, file] of files) {
      const match = FOLDER.exec(path);
      if (!match) {
        if (!path.endsWith("/")) unknown.push(path);
        continue;
      }
      const key = `${match[1]}/${match[2]}`, name = match[3].replace(/\.txt$/, "");
      if (!found.has(key)) found.set(key, {key, round: match[1], attempt: match[2], files: {}});
      if (NAMES.includes(name) && match[3] === `${name}.txt`) found.get(key).files[name] = file;
      else if (match[3] !== "") unknown.push(path);
    }
    if (!found.size) throw new ZJK.NotABundle(W.bundle.noFolder);
    const attempts = Array.from(found.values());
    attempts.sort((a, b) => a.round - b.round || a.attempt - b.attempt);
    return {attempts, unknown};
  }

  class Verifier {
    constructor(files, options) {
      Object.assign(this, sorted(files));
      this.options = options;
      this.total = 1;
      this.done = 0;
      this.course = null;
      for (const a of this.attempts) {
        const has = (name) => a.files[name] !== undefined;
        a.r = +a.round;
        a.label = W.attempt(a.r, +a.attempt);
        a.sheet = new Sheet();
        a.bad = {};
        a.kind = has("result") || has("contacts") ? "drawn" : has("abort") ? "aborted" : "pending";
        for (const name of NAMES) if (has(name)) this.total += a.files[name].size;
      }
    }

    async progress(a, bytes) {
      this.done += bytes;
      if (this.options.progress) await this.options.progress(this.done / this.total, a.label);
    }

    /** Read one file of an attempt; what is against its grammar fails V01. Without the file nothing is read. */
    async read(a, name, reader, hasher) {
      if (!a.files[name]) return;
      const problem = (line, kind) => {
        a.bad[name] = true;
        a.sheet.fail("V01", R.grammar(`${name}.txt`, line, kind));
      };
      await ZJK.readFile(a.files[name], reader, hasher, problem, (bytes) => this.progress(a, bytes));
    }

    /** Why a file cannot be judged, or "". */
    lacks(a, name) {
      if (!a.files[name]) return R.absent(`${name}.txt`);
      return a.bad[name] ? R.unreadable(`${name}.txt`) : "";
    }

    async run() {
      for (const a of this.attempts) await this.readManifest(a);
      const known = this.attempts.find((a) => a.alg);
      this.alg = known ? known.alg : "";
      for (const a of this.attempts) await this.readOthers(a);
      this.base = this.attempts.find((a) => a.r === 0 && a.kind === "drawn" && a.manifest) || null;
      this.listed = new Set();
      for (const a of this.attempts) if (a.result) for (const row of a.result.rows) this.listed.add(row.number);
      this.earlier = new Set();
      for (let at = 0; at < this.attempts.length; at++) {
        const a = this.attempts[at], before = this.attempts[at - 1] || null;
        // Whoever stood on a list of an earlier round.
        if (before && before.r < a.r) {
          for (const b of this.attempts) if (b.r < a.r && b.result) for (const row of b.result.rows) this.earlier.add(row.number);
        }
        await this.pool(a, this.attempts.slice(0, at));
        this.needs(a);
        this.result(a);
        this.lists(a);
        this.place(a, before);
        this.supplementary(a);
        this.contacts(a);
      }
    }

    // Reading

    async readManifest(a) {
      const reader = new ZJK.readers.ManifestReader(), hashes = {sm3: new ZJK.Hasher("sm3"), sha256: new ZJK.Hasher("sha256")};
      const both = {bytes: (bytes) => { hashes.sm3.bytes(bytes); hashes.sha256.bytes(bytes); }};
      await this.read(a, "manifest", reader, both);
      a.alg = reader.manifest.alg || "";
      a.M = a.alg ? hashes[a.alg].finish().hex() : "";
      if (!this.lacks(a, "manifest")) a.manifest = reader.manifest;
      // Lines that are not those of a manifest are a matter of V04 as well.
      else if (a.files.manifest) a.sheet.fail("V04", R.manifestLines);
    }

    async readOthers(a) {
      const hasher = () => new ZJK.Hasher(a.alg || this.alg);
      const abort = new ZJK.readers.AbortReader(), result = new ZJK.readers.ResultReader(), contacts = new ZJK.readers.ContactsReader();
      let hash = hasher();
      await this.read(a, "abort", abort, hash);
      if (a.files.abort) a.abortHash = hash.finish().hex();
      a.abort = abort.abort;
      hash = hasher();
      await this.read(a, "result", result, hash);
      if (a.files.result) a.resultHash = hash.finish().hex();
      if (!this.lacks(a, "result")) a.result = result.result;
      await this.read(a, "contacts", contacts, null);
      if (!a.files.contacts) return;
      a.contacts = contacts;
      if (!a.resultHash) return;
      // The chain is made of the lines as they stand, whatever they say.
      a.heads = [a.resultHash];
      for (const line of contacts.lines) a.heads.push(ZJK.h(a.alg || this.alg, `${a.heads[a.heads.length - 1]}|${line.text}`));
      a.head = a.heads[a.heads.length - 1];
    }

    /** The pool, in one pass: counts, order, hash, and the ticket of every eligible member. V02, V03, DRAWN of V15. */
    async pool(a, before) {
      const sheet = a.sheet, manifest = a.manifest, needs = manifest ? manifest.needs : [];
      const order = new Map(needs.map((need, at) => [need.field, at]));
      const ofDraw = a.r === 0 ? manifest && order : this.base && new Map(this.base.manifest.needs.map((need) => [need.field, 0]));
      const earlier = this.earlier, seen = new Set();
      // The pool file of a round is that of its drawn attempt.
      const rounds = before.filter((b) => b.r < a.r && b.kind === "drawn");
      const heldBefore = (number) => rounds.some((b) => b.kept.has(number) && b.kept.get(number).fields.some((one) => order.has(one)));
      const holders = new ZJK.Holders(), sets = new Map(), reasons = new Map();
      const counts = a.counts = {lines: 0, eligible: 0, preferred: 0, excluded: 0, reasons: []};
      a.kept = new Map();
      a.holders = holders;
      this.makers(a, order.size === needs.length);

      const setOf = (number, text) => {
        let one = sets.get(text);
        if (!one) {
          const fields = text.split(",");
          const wanted = fields.filter((field) => order.has(field)).map((field) => order.get(field)).sort((x, y) => x - y);
          one = {
            fields, rising: rises(fields), unknown: ofDraw ? fields.find((field) => !ofDraw.has(field)) : undefined,
            set: wanted.length ? holders.of(wanted) : null,
          };
          sets.set(text, one);
        }
        if (!one.rising) sheet.fail("V02", R.inLine(number, R.fieldsWord));
        if (one.unknown) sheet.fail("V02", R.fieldUnknown(number, one.unknown));
        return one;
      };
      let last = "";
      const member = (number, employer, fieldsText, standing, reasonsText) => {
        if (number <= last) sheet.fail("V02", R.poolOrder(last, number));
        last = number;
        const one = setOf(number, fieldsText);
        let drawn = false;
        if (standing) {
          counts.eligible++;
          if (standing === "P") {
            counts.preferred++;
            if (manifest && !manifest.prefer) sheet.fail("V04", R.preferWithout(number));
          }
          if (one.set) {
            one.set.count++;
            for (const maker of a.makers) maker.offer(one.set, standing === "P" ? 0 : 1, number);
          }
        } else {
          const why = reasonsText.split(",");
          counts.excluded++;
          if (!rises(why)) sheet.fail("V02", R.inLine(number, R.reasonsWord));
          for (const reason of why) reasons.set(reason, (reasons.get(reason) || 0) + 1);
          drawn = why.includes("DRAWN");
          if (drawn && !earlier.has(number)) sheet.fail("V15", R.drawnAlone(number));
        }
        if (earlier.has(number)) {
          seen.add(number);
          if (one.set && !drawn) sheet.fail("V15", R.drawnMissing(number));
        }
        // Who held a field of this round by an earlier pool file has a line though he holds none now.
        if (manifest && !one.set && !(drawn && earlier.has(number) && heldBefore(number))) sheet.fail("V02", R.fieldNone(number));
        if (this.listed.has(number)) a.kept.set(number, {employer, fields: one.fields});
      };

      const reader = new ZJK.readers.PoolReader(member), hash = new ZJK.Hasher(a.alg || this.alg);
      await this.read(a, "pool", reader, hash);
      a.poolHead = reader.head;
      counts.lines = reader.lines;
      counts.reasons = Array.from(reasons).sort((x, y) => (x[0] < y[0] ? -1 : 1));
      a.eligibleOf = needs.map((_need, at) => holders.sets.reduce((sum, set) => sum + (set.fields.includes(at) ? set.count : 0), 0));

      const why = this.lacks(a, "pool");
      if (why) sheet.cannot(["V02"], why);
      else if (reader.head.count !== reader.lines) sheet.fail("V02", R.poolCount(reader.head.count, reader.lines));
      if (this.lacks(a, "manifest")) sheet.cannot(["V02", "V03"], this.lacks(a, "manifest"));
      else if (!a.files.pool) sheet.cannot(["V03"], why);
      else {
        const own = hash.finish().hex();
        if (own !== manifest.pool) sheet.fail("V03", R.poolHash(manifest.pool, own));
      }
      if (!ofDraw && manifest) sheet.cannot(["V02"], R.before);
      if (a.r > 0) {
        if (why || !manifest) sheet.cannot(["V15"], why || this.lacks(a, "manifest"));
        else for (const number of earlier) if (!seen.has(number) && heldBefore(number)) sheet.fail("V15", R.drawnAbsent(number));
      }
    }

    /** Who computes lists from the pool: by the share of the file, and by that of the paper where it is another one. */
    makers(a, plain) {
      a.makers = [];
      if (!a.manifest || !a.result || !plain) return;
      const {needs, mode} = a.manifest, {secret, share, beacon} = a.result;
      const seed = (one) => ZJK.h(a.alg, `zjkdraw/1|seed|${a.M}|${secret}|${one}|${beacon}`);
      a.seed = seed(share);
      a.makers.push(new ZJK.ListMaker(a.alg, a.seed, needs, mode === "all"));
      const paper = (this.options.paper || {})[a.key];
      if (paper && paper !== share) a.makers.push(new ZJK.ListMaker(a.alg, seed(paper), needs, mode === "all"));
    }

    // The manifest: V04, V05

    needs(a) {
      const sheet = a.sheet, manifest = a.manifest;
      if (!manifest) return sheet.cannot(["V04", "V05", "V07"], this.lacks(a, "manifest"));
      const {needs, mode} = manifest, k = +manifest.ratio, all = mode === "all";
      for (let at = 0; at < needs.length; at++) {
        const {field, n, s, c, waiver} = needs[at], fail = (reason) => sheet.fail("V04", reason);
        if (needs.findIndex((need) => need.field === field) < at) fail(R.needTwice(field));
        if (n + s > c) fail(R.standbyMany(field, n, s, c));
        // So in mode all, where k is 1, a waiver is never in order.
        if (!waiver && c < k * n) fail(R.ratioShort(field, c, k, n));
        if (waiver && c >= k * n) fail(R.waiverIdle(field, c, k, n));
      }
      if (all && k !== 1) sheet.fail("V04", R.allRatio(k));
      if (mode === "merit" && k < 2) sheet.fail("V04", R.meritRatio(k));
      const why = this.lacks(a, "pool");
      if (why) return sheet.cannot(["V04", "V05"], why);
      if (all) needs.forEach((need, at) => { if (need.c !== a.eligibleOf[at]) sheet.fail("V04", R.allCount(need.field, need.c, a.eligibleOf[at])); });
      const stuck = ZJK.whyNotTogether(a.holders.sets, needs.map((need) => (all ? need.n : need.c)));
      if (stuck) sheet.fail("V04", R.notTogether(stuck.fields.map((at) => needs[at].field), stuck.there, stuck.asking));
      a.together = !stuck;
      // The scarcest field first: eligible / candidates, compared by cross multiplication.
      const own = needs.map((need, at) => ({field: need.field, c: need.c, eligible: a.eligibleOf[at]}));
      own.sort((x, y) => x.eligible * y.c - y.eligible * x.c || (x.field < y.field ? -1 : 1));
      const said = needs.map((need) => need.field), right = own.map((need) => need.field);
      if (said.join() !== right.join()) sheet.fail("V05", R.order(said, right));
      return undefined;
    }

    // The result: V06, V08, V09, V10

    result(a) {
      if (a.kind !== "drawn") return;
      const why = this.lacks(a, "result") || this.lacks(a, "manifest"), sheet = a.sheet;
      if (why) {
        sheet.cannot(["V06", "V08", "V10"], why);
        return;
      }
      const {manifest, result} = a;
      const own = ZJK.h(a.alg, `zjkdraw/1|commit|office|${manifest.draw}|${manifest.round}|${manifest.attempt}|${result.secret}`);
      if (own !== manifest.office) sheet.fail("V06", R.commitment(manifest.office, own));
      if (result.manifest !== a.M) sheet.fail("V10", R.resultManifest(result.manifest, a.M));
      if (manifest.beacon === "none") {
        if (result.beacon !== "-") sheet.fail("V08", R.beaconNone);
      } else if (!/^(?:[0-9a-f]{2})+$/.test(result.beacon)) sheet.fail("V08", R.beaconValue);
      const seed = a.seed || ZJK.h(a.alg, `zjkdraw/1|seed|${a.M}|${result.secret}|${result.share}|${result.beacon}`);
      if (result.seed !== seed) sheet.fail("V08", R.seed(result.seed, seed));
      const starts = new Map(), work = new ZJK.Hasher(a.alg);
      for (const row of result.rows) {
        if (!starts.has(row.field)) starts.set(row.field, new ZJK.Hasher(a.alg).text(`zjkdraw/1|ticket|${seed}|${row.field}|`));
        if (work.copy(starts.get(row.field)).text(row.number).finish().hex() !== row.ticket) {
          sheet.fail("V08", R.ticket(row.field, row.position, row.number));
        }
      }
    }

    lists(a) {
      if (a.kind !== "drawn") return;
      const sheet = a.sheet, why = this.lacks(a, "result") || this.lacks(a, "manifest") || this.lacks(a, "pool");
      if (why || !a.makers.length || !(a.together || a.manifest.mode === "all")) {
        sheet.cannot(["V09"], why || R.listUndetermined);
        return;
      }
      const made = a.makers.map((maker) => maker.lists(a.holders.sets));
      const rows = a.result.rows, needs = a.manifest.needs;
      let inOrder = rows.length === made[0].reduce((sum, list) => sum + list.rows.length, 0), at = 0;
      a.shown = needs.map((need, field) => {
        const own = made[0][field].rows, paper = made[1] ? made[1][field].rows : null;
        const said = rows.filter((row) => row.field === need.field);
        const count = Math.max(said.length, own.length), shown = [];
        let differs = 0, order = true, paperDiffers = false;
        for (let p = 0; p < count; p++) {
          const mine = own[p] || null, theirs = said[p] || null, ours = paper && paper[p];
          if (at < rows.length && p < own.length && (rows[at].field !== need.field || rows[at].position !== p + 1)) order = false;
          if (p < own.length) at++;
          const same = Boolean(mine && theirs && mine.number === theirs.number && theirs.position === p + 1);
          if (paper && (!ours || !theirs || ours.number !== theirs.number)) paperDiffers = true;
          if (!same) {
            differs++;
            sheet.fail("V09", R.listPlace(need.field, p + 1, theirs && theirs.number, mine && mine.number));
          }
          if (p < SHOWN || (!same && differs <= SHOWN)) {
            shown.push({
              position: p + 1, server: theirs && theirs.number, own: mine && mine.number, ticket: mine && mine.ticket, same,
              paper: paper ? (ours ? ours.number : "") : null,
            });
          }
        }
        if (!order) inOrder = false;
        const passed = made[0][field].passed.map((row) => row.number);
        return {field: need.field, count, differs, paperDiffers, rows: shown, passed: passed.slice(0, SHOWN), passedCount: passed.length};
      });
      if (!inOrder) sheet.fail("V09", R.listOrder);
    }

    // Attempts and rounds: V14

    place(a, before) {
      const sheet = a.sheet, fail = (reason) => sheet.fail("V14", reason), file = (name) => `${name}.txt`;
      const wanted = {drawn: ["pool", "manifest", "result", "contacts"], aborted: ["pool", "manifest", "abort"], pending: ["pool", "manifest"]};
      for (const name of wanted[a.kind]) if (!a.files[name]) fail(R.missing(file(name)));
      if (a.kind === "drawn" && a.files.abort) fail(R.surplus(file("abort"), a.files.result ? file("result") : file("contacts")));
      const label = (name, what, said, own) => { if (said !== own) fail(R.label(file(name), R.labels[what], said, own)); };
      const named = (name, labels) => {
        if (!labels) return;
        this.draw = this.draw || labels.draw;
        label(name, "draw", labels.draw, this.draw);
        label(name, "round", labels.round, a.round);
        if (labels.attempt !== undefined) label(name, "attempt", labels.attempt, a.attempt);
      };
      named("manifest", a.manifest);
      named("pool", a.poolHead);
      named("abort", a.abort);
      if (a.manifest) label("manifest", "alg", a.alg, this.alg);

      if (!before) {
        if (a.r !== 0 || a.attempt !== "1") fail(R.firstMissing);
        else this.prev(a, ZEROS);
        return;
      }
      const next = a.r === before.r ? +a.attempt === +before.attempt + 1 : a.r === before.r + 1 && a.attempt === "1";
      if (!next) fail(R.gap(before.label));
      if (before.kind === "pending") fail(R.afterPending(before.label));
      else if (a.r === before.r) {
        if (before.kind === "drawn") fail(R.afterDrawn(before.label));
        else if (next) this.prev(a, before.abortHash);
      } else if (before.kind === "aborted") fail(R.afterAborted(before.label));
      else if (next) this.prev(a, before.head);
      if (a.r > 0 && a.r === before.r && a.manifest && before.manifest) {
        const same = (one) => one.manifest.needs.map((need) => `${need.field}:${need.n}`).sort().join();
        if (same(a) !== same(before)) fail(R.needsDiffer);
      }
    }

    prev(a, own) {
      if (!a.manifest) a.sheet.cannot(["V14"], this.lacks(a, "manifest"));
      else if (!own) a.sheet.cannot(["V14"], R.before);
      else if (a.manifest.prev !== own) a.sheet.fail("V14", R.prev(a.manifest.prev, own));
    }

    // V15

    supplementary(a) {
      if (a.r === 0) return;
      const sheet = a.sheet, course = this.course, manifest = a.manifest, fail = (reason) => sheet.fail("V15", reason);
      if (!manifest) return;
      if (!course || course.broken || course.round !== a.r - 1) {
        sheet.cannot(["V15"], R.before);
        return;
      }
      const base = this.base.manifest;
      if (base.mode === "all") fail(R.allNoRound);
      if (course.lastClose !== "SHORTFALL") fail(R.noShortfall(course.lastClose));
      const missing = base.needs.filter((need) => course.missing(need.field) > 0).map((need) => `${need.field}:${course.missing(need.field)}`);
      const asked = manifest.needs.map((need) => `${need.field}:${need.n}`);
      if (asked.slice().sort().join() !== missing.slice().sort().join()) fail(R.needsExact(asked.join(), missing.join()));
      for (const need of manifest.needs) {
        const open = course.openOf(need.field), first = base.needs.find((one) => one.field === need.field);
        if (open) fail(R.openBefore(need.field, open));
        if (first && need.s > first.s) fail(R.standbyMore(need.field, need.s, first.s));
      }
      for (const name of ["rules", "request", "alg", "ratio", "mode", "prefer"]) {
        if (manifest[name] !== base[name]) fail(R.condition(name, manifest[name], base[name]));
      }
      for (const b of this.attempts) {
        if (!a.result || !b.result || b.r >= a.r) continue;
        if (b.result.secret === a.result.secret) fail(R.notFresh(R.secretWord, b.label));
        if (b.result.share === a.result.share) fail(R.notFresh(R.shareWord, b.label));
      }
    }

    // Contacts: V11, V12, V13

    contacts(a) {
      if (a.kind !== "drawn") return;
      const sheet = a.sheet;
      const why = this.lacks(a, "contacts") || this.lacks(a, "result") || this.lacks(a, "manifest");
      if (a.contacts && a.head && a.contacts.head) {
        if (a.contacts.head !== a.head) sheet.fail("V11", R.head(a.contacts.head, a.head));
      } else sheet.cannot(["V11"], why || R.absent("contacts.txt"));
      if (a.r === 0 && a === this.base && !why) this.course = new ZJK.Course(a.manifest);
      const course = this.course, follows = course && !course.broken && course.round === (a.r === 0 ? undefined : a.r - 1);
      if (why || !follows) {
        sheet.cannot(["V11", "V12", "V13"], why || R.before);
        if (course) course.broken = true;
        return;
      }
      if (this.lacks(a, "pool")) sheet.cannot(["V13"], this.lacks(a, "pool"));
      const numbers = new Map(a.manifest.needs.map((need) => [need.field, []]));
      for (const row of a.result.rows) if (numbers.has(row.field)) numbers.get(row.field).push(row.number);
      course.say = (code, reason) => sheet.fail(code, reason);
      course.open(a.r, a.manifest, numbers, a.kept);
      course.run(a.contacts.lines);
    }

    // The report

    report() {
      const course = this.course, notes = this.unknown.map(W.notes.unknownFile);
      const attempts = this.attempts.map((a) => {
        if (a.kind === "pending") notes.push(W.notes.pending(a.label));
        if (a.kind === "aborted" && a.abort) notes.push(W.notes.aborted(a.label, a.abort.reason));
        const manifest = a.manifest || {needs: []};
        for (const list of a.shown || []) {
          const kept = course && course.lists.get(`${list.field}@${a.r}`);
          if (kept) list.rows.forEach((row) => { row.outcome = kept.outcomes[row.position - 1] || ""; });
        }
        return {
          key: a.key, round: a.r, attempt: +a.attempt, label: a.label, state: a.kind, alg: a.alg, M: a.M, seed: a.seed || "",
          share: a.result ? a.result.share : "", head: a.head || "", heads: a.heads && a.heads.length < 5000 ? a.heads : [],
          mode: manifest.mode || "", prefer: manifest.prefer || "", ratio: manifest.ratio || "", beacon: manifest.beacon || "",
          needs: manifest.needs.map((need, at) => ({...need, eligible: a.eligibleOf[at]})),
          counts: a.files.pool ? a.counts : null, lists: a.shown || null, verdicts: a.sheet.verdicts(),
        };
      });
      const skips = course ? Array.from(course.skips).sort((x, y) => (x[0] < y[0] ? -1 : 1)) : [];
      skips.forEach(([code, count]) => notes.push(W.notes.skips(code, count)));
      return {
        draw: this.draw || "", alg: this.alg, attempts, skips, notes, unknowable: W.unknowable,
        seats: course && !course.broken && course.round !== undefined ? course.seats() : null,
      };
    }
  }

  const rises = (list) => list.every((one, at) => at === 0 || list[at - 1] < one);

  /** Whether the hashes are right in this browser; everything rests on it. */
  function selfTest() {
    const sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    if (ZJK.h("sm3", "abc") !== sm3 || ZJK.h("sha256", "abc") !== sha256) throw new ZJK.NotABundle(W.bundle.selfTest);
  }

  /**
   * The report on a bundle. `given`: its files by name (a Map), or {zip: Blob}, or {folder: [{path, file}]}.
   * `options`: {progress(fraction, label), paper: {key of an attempt: share}}; by a share in `paper` the lists are computed too.
   */
  ZJK.verify = async (given, options) => {
    const started = Date.now();
    try {
      selfTest();
      let files = given;
      if (given.zip) files = await ZJK.bundleOfZip(given.zip);
      else if (given.folder) files = ZJK.bundleOfFolder(given.folder);
      const verifier = new Verifier(files, options || {});
      await verifier.run();
      const report = verifier.report();
      report.seconds = (Date.now() - started) / 1000;
      return ZJK.compare(report, {});
    } catch (error) {
      if (!(error instanceof ZJK.NotABundle)) throw error;
      return {status: 2, message: error.message, checks: [], attempts: [], notes: []};
    }
  };

  /** For other programs and tests: {path: text} and what stands on paper in, the report out. */
  ZJK.verifyTexts = async (texts, expected) => ZJK.compare(await ZJK.verify(ZJK.bundleOfTexts(texts)), expected);
})(self.ZJK = self.ZJK || {});
