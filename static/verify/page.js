/* The page of the browser verifier: a bundle in, the verdict out, and beside each value what the paper says. */
(function (ZJK) {
  "use strict";

  if (typeof document === "undefined") return;

  const W = ZJK.words, P = W.page;
  const MARKS = {PASS: ["done", "✓"], FAIL: ["refused", "✕"], "NOT CHECKED": ["refused", "？"]};

  /** An element with a class and children; a text child is text, never markup. */
  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }

  function badge(kind, mark, words) {
    const symbol = make("span", "badge__mark", mark);
    symbol.setAttribute("aria-hidden", "true");
    return make("span", `badge badge--${kind}`, symbol, words);
  }

  const groups = (value) => value.match(/.{1,8}/g).map((part) => make("span", "", part));

  // Computing: in a worker, or here where there is none

  /** Runs one job; `told(fraction, label)` of progress. Returns {result: a promise of the report, stop()}. */
  function compute(root, given, paper, told) {
    let worker = null, address = "";
    const inline = Array.from(document.querySelectorAll("script[data-part]"));
    const parts = inline.filter((script) => script.src).map((script) => script.src);
    const result = new Promise((resolve, reject) => {
      const here = () => {
        // No worker: let the page breathe between pieces.
        let breath = Date.now();
        const progress = async (fraction, label) => {
          if (Date.now() - breath < 50) return;
          told(fraction, label);
          await new Promise((done) => setTimeout(done, 0));
          breath = Date.now();
        };
        ZJK.verify(given, {progress, paper}).then(resolve, (error) => reject(error));
      };
      try {
        if (!parts.length) address = URL.createObjectURL(new Blob(inline.map((script) => script.textContent + "\n"), {type: "text/javascript"}));
        worker = new Worker(address || root.dataset.worker);
      } catch {
        here();
        return;
      }
      let heard = false;
      worker.onmessage = ({data}) => {
        heard = true;
        if (data.report) resolve(data.report);
        else if (data.trouble) reject(new Error(data.trouble));
        else told(data.fraction, data.label);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        if (heard) reject(new Error(event.message));
        else here();
      };
      worker.postMessage({given, paper, parts});
    });
    const stop = () => {
      if (worker) worker.terminate();
      if (address) URL.revokeObjectURL(address);
    };
    result.then(stop, stop);
    return {result, stop};
  }

  class Page {
    constructor(root) {
      this.root = root;
      this.at = (name) => root.querySelector(`[data-${name}]`);
      this.job = null;
      const zip = this.at("zip"), folder = this.at("folder");
      this.at("choose-zip").addEventListener("click", () => zip.click());
      this.at("choose-folder").addEventListener("click", () => folder.click());
      if (!("webkitdirectory" in folder)) this.at("choose-folder").hidden = true;
      zip.addEventListener("change", () => {
        if (zip.files.length) this.takeZip(zip.files[0]);
        zip.value = "";
      });
      folder.addEventListener("change", () => {
        const list = Array.from(folder.files, (file) => ({path: file.webkitRelativePath.split("/").slice(1).join("/"), file}));
        if (list.length) this.take({folder: list}, folder.files[0].webkitRelativePath.split("/")[0]);
        folder.value = "";
      });
      this.at("stop").addEventListener("click", () => this.stop(P.cancelled));
      document.addEventListener("dragover", (event) => {
        event.preventDefault();
        this.at("drop").classList.add("verify-drop--over");
      });
      document.addEventListener("dragleave", (event) => {
        if (!event.relatedTarget) this.at("drop").classList.remove("verify-drop--over");
      });
      document.addEventListener("drop", (event) => this.dropped(event));
      this.at("ready").hidden = false;
    }

    dropped(event) {
      event.preventDefault();
      this.at("drop").classList.remove("verify-drop--over");
      const files = event.dataTransfer.files, item = event.dataTransfer.items[0];
      const entry = item && item.webkitGetAsEntry && item.webkitGetAsEntry();
      if (files.length !== 1 || (entry && entry.isDirectory)) this.say(files.length ? P.several : P.nothing);
      else this.takeZip(files[0]);
    }

    takeZip(file) {
      const size = file.size < 1e5 ? `${(file.size / 1024).toFixed(1)} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
      this.take({zip: file}, P.file(file.name, size));
    }

    /** A new bundle: what was typed for the last one goes. */
    take(given, name) {
      this.given = given;
      this.paper = new Map();
      this.name = this.at("name").textContent = name;
      this.run({});
    }

    async run(shares) {
      if (this.job) this.job.stop();
      const bar = this.at("bar"), words = this.at("words");
      this.at("report").replaceChildren();
      this.at("said").hidden = true;
      this.at("progress").hidden = false;
      bar.value = 0;
      words.textContent = P.reading;
      const job = compute(this.root, this.given, shares, (fraction, label) => {
        bar.value = fraction;
        words.textContent = P.pool(label);
      });
      this.job = job;
      let report = null;
      try {
        report = await job.result;
      } catch (error) {
        if (this.job === job) this.stop(P.trouble(error.message));
        return;
      }
      if (this.job !== job) return;
      this.job = null;
      this.at("progress").hidden = true;
      this.report = report;
      this.shares = shares;
      this.show();
    }

    stop(words) {
      if (this.job) this.job.stop();
      this.job = null;
      this.at("progress").hidden = true;
      this.say(words);
    }

    say(words) {
      this.at("said").textContent = words;
      this.at("said").hidden = false;
    }

    // What stands on paper

    /** The expected values: what was typed, and the shares that this browser remembers. */
    expected() {
      const found = {manifests: [], shares: [], heads: []}, where = {M: "manifests", share: "shares", head: "heads"};
      for (const [key, typed] of this.paper) {
        const [at, what] = key.split(" ");
        found[where[what]].push({value: typed, at});
      }
      for (const a of this.report.attempts) {
        const remembered = ZJK.rememberedShare(this.report.draw, a.round, a.attempt);
        if (remembered) found.shares.push({value: remembered, at: a.key, source: "memory"});
      }
      return found;
    }

    /** Hold the report against the paper again, and show what may have changed: verdict, checks, the paper's columns. */
    refresh() {
      const held = ZJK.compare(this.report, this.expected());
      this.verdict.replaceChildren(...this.verdictOf(held));
      this.checks.replaceChildren(this.checksOf(held));
      for (const a of held.attempts) {
        for (const what of ["M", "share", "head"]) {
          const place = this.marks.get(`${a.key} ${what}`);
          if (place) place.replaceChildren(this.comparedMark(a, what));
        }
        const lists = this.lists.get(a.key);
        if (lists) lists.replaceChildren(...this.listsOf(a));
      }
      return held;
    }

    comparedMark(a, what) {
      const state = a.compared[what], memory = a.source[what] === "memory";
      if (state === "same") return badge("done", "✓", memory ? P.sameMemory : P.same);
      if (state === "other") {
        return badge("refused", "✕", memory ? P.otherMemory(ZJK.rememberedShare(this.report.draw, a.round, a.attempt)) : P.other);
      }
      return what === "head" && a.key !== this.lastDrawn() ? badge("info", "↓", P.headBound) : badge("soon", "！", P.notCompared);
    }

    /** The last attempt that has contacts: an earlier head is bound by the manifest of what follows, the last only by paper. */
    lastDrawn() {
      const drawn = this.report.attempts.filter((a) => a.head);
      return drawn.length ? drawn[drawn.length - 1].key : "";
    }

    // Showing

    show() {
      const report = this.report, into = this.at("report");
      this.verdict = make("div");
      this.checks = make("div");
      this.marks = new Map();
      this.lists = new Map();
      this.verdict.setAttribute("role", "status");
      into.replaceChildren(this.verdict);
      if (report.status === 2) {
        this.verdict.append(this.notice("refused", P.notBundle, report.message));
      } else {
        into.append(make("h2", "", P.paperTitle), ...report.attempts.map((a) => this.attempt(a)));
        into.append(make("h2", "", P.checksTitle), this.checks);
        const drawn = report.attempts.filter((a) => a.state === "drawn");
        if (drawn.length) into.append(make("h2", "", P.listsTitle));
        for (const a of drawn) {
          const place = make("div");
          this.lists.set(a.key, place);
          into.append(place);
        }
        if (report.seats) into.append(make("h2", "", P.seatsTitle), this.seats());
        if (report.notes.length) into.append(make("h2", "", P.notesTitle), this.bullets(report.notes));
        into.append(make("h2", "", P.unknowableTitle), this.bullets(report.unknowable));
        this.refresh();
      }
      const head = this.verdict.querySelector(".notice__title");
      head.tabIndex = -1;
      head.focus({preventScroll: true});
      this.verdict.scrollIntoView({block: "start"});
    }

    notice(kind, title, ...words) {
      return make("div", `notice notice--${kind} verify-verdict`, make("h2", "notice__title", title), ...words.map((one) => make("p", "", one)));
    }

    bullets(list) {
      return make("ul", "box box--list", ...list.map((one) => make("li", "", one)));
    }

    verdictOf(held) {
      const bad = held.checks.filter((one) => one.verdict !== "PASS");
      const facts = make("p", "quiet small", P.facts(this.name, held.draw, held.alg.toUpperCase(), held.seconds.toFixed(2)));
      if (bad.length) {
        const box = this.notice("refused", `✕ ${P.failTitle(bad.length)}`, P.failLead);
        box.append(make("ul", "", ...bad.map((one) => make("li", "", this.link(one)))), facts);
        return [box];
      }
      const open = [];
      if (held.attempts.some((a) => a.compared.M === "none")) open.push("M");
      if (held.attempts.some((a) => a.share && a.compared.share === "none")) open.push(P.share);
      if (held.attempts.some((a) => a.key === this.lastDrawn() && a.compared.head === "none")) open.push(P.head);
      const box = open.length ? this.notice("soon", `！ ${P.halfTitle}`, P.halfLead(open.join("、"))) : this.notice("done", `✓ ${P.passTitle}`, P.passLead);
      box.append(facts);
      return [box];
    }

    link(check) {
      const link = make("a", "", `${check.code} ${check.what}`);
      link.href = `#verify-${check.code}`;
      return link;
    }

    attempt(a) {
      const box = make("section", "box verify-attempt", make("h3", "", `${a.label} · ${P.states[a.state]}`));
      const facts = [];
      if (a.counts) {
        facts.push(P.counts(a.counts.lines, a.counts.eligible, a.counts.lines - a.counts.eligible));
        if (a.prefer) facts.push(`${P.preferMode(a.prefer)}，${P.preferred(a.counts.preferred, a.counts.eligible - a.counts.preferred)}`);
      }
      if (a.ratio) facts.push(P.ratio(a.ratio));
      if (a.mode) facts.push(P.modes[a.mode]);
      if (a.beacon && a.beacon !== "none") facts.push(P.beacon(a.beacon));
      box.append(make("p", "", facts.join("；")));
      if (a.counts && a.counts.reasons.length) box.append(make("p", "small quiet", P.excludedBy(a.counts.reasons)));
      const grid = make("div", "verify-values");
      grid.append(this.value(a, "M", P.manifest, P.manifestHelp, P.fromFile));
      if (a.state === "drawn") {
        grid.append(this.value(a, "share", P.share, P.shareHelp, P.fromFileShare), this.value(a, "head", P.head, P.headHelp, P.fromFile));
      }
      box.append(grid);
      return box;
    }

    /** One of M, share and head: large, with a box for what the paper says. */
    value(a, what, title, help, from) {
      const own = a[what], id = `paper-${what}-${a.round}-${a.attempt}`, mark = make("span", "verify-value__mark");
      const part = make("div", "verify-value", make("div", "verify-value__head", make("h4", "", title), mark));
      this.marks.set(`${a.key} ${what}`, mark);
      part.append(make("div", "", make("p", "verify-value__from", from),
        own ? make("p", "verify-value__code", ...groups(own)) : make("p", "quiet", P.none)));
      if (!own) return part;
      const label = make("label", "", P.onPaper(title)), box = make("input", "input code"), hint = make("p", "verify-value__hint");
      label.htmlFor = box.id = id;
      const helps = make("p", "field__help", help);
      helps.id = `${id}-help`;
      hint.id = `${id}-hint`;
      hint.setAttribute("role", "status");
      box.setAttribute("aria-describedby", `${helps.id} ${hint.id}`);
      box.autocomplete = "off";
      box.spellcheck = false;
      box.setAttribute("autocapitalize", "none");
      box.value = this.paper.get(`${a.key} ${what}`) || "";
      const again = make("button", "button button--quiet button--small", P.recompute);
      again.type = "button";
      again.hidden = true;
      again.addEventListener("click", () => this.run({...this.shares, [a.key]: this.paper.get(`${a.key} share`)}));
      const read = (whole) => {
        const typed = box.value.replace(/\s+/g, "").toLowerCase(), key = `${a.key} ${what}`, before = this.paper.get(key);
        // What is still being typed is no finding yet.
        if (typed === own || (whole && typed && !own.startsWith(typed))) this.paper.set(key, typed);
        else this.paper.delete(key);
        hint.textContent = this.hint(typed, own);
        again.hidden = what !== "share" || typed === own || !/^[0-9a-z]{20,64}$/.test(typed) || !this.paper.has(key) || this.shares[a.key] === typed;
        if (this.paper.get(key) !== before) this.refresh();
      };
      box.addEventListener("input", () => read(false));
      box.addEventListener("change", () => read(true));
      const field = make("div", "field", label, helps, box, hint);
      if (what === "share") field.append(again);
      part.append(field);
      if (box.value) hint.textContent = this.hint(box.value, own);
      return part;
    }

    hint(typed, own) {
      if (!typed || typed === own) return "";
      if (own.startsWith(typed)) return P.partly(typed.length, own.length);
      if (typed.startsWith(own)) return P.tooLong(own.length);
      let at = 0;
      while (typed[at] === own[at]) at++;
      return P.differsAt(at + 1);
    }

    checksOf(held) {
      return make("ol", "verify-checks", ...held.checks.map((one) => {
        const [kind, mark] = MARKS[one.verdict], row = make("li", "verify-check");
        row.id = `verify-${one.code}`;
        const marks = make("span", "verify-check__marks", badge(kind, mark, W.verdicts[one.verdict]));
        const open = one.notCompared.filter((key) => one.code !== "V11" || key === this.lastDrawn());
        if (open.length && one.verdict === "PASS") marks.append(badge("soon", "！", P.notComparedMark));
        row.append(make("span", "verify-check__code", one.code), make("span", "verify-check__what", one.what), marks);
        if (one.reasons.length) row.append(make("ul", "verify-check__why", ...one.reasons.map((reason) => make("li", "", reason))));
        return row;
      }));
    }

    /** Position by position: the server's number, the own computation's, and what the paper's values give. */
    listsOf(a) {
      if (!a.lists) return [make("p", "box", `${a.label}：${P.listsNone}`)];
      const compared = a.compared.M === "same" && a.compared.share === "same";
      return a.lists.map((list) => {
        const need = a.needs.find((one) => one.field === list.field), columns = P.columns;
        const table = make("table", "verify-list");
        const agree = list.differs ? badge("refused", "✕", P.someDiffer(list.differs))
          : list.paperDiffers ? badge("refused", "✕", P.paperDiffers) : badge("done", "✓", P.allAgree(list.count));
        const caption = make("caption", "", make("span", "verify-list__title", `${a.label} · ${P.listTitle(list.field)}`), " ", agree,
          make("span", "verify-list__need", P.need(need.n, need.c, need.s, need.eligible) + (need.waiver ? ` · ${P.waived}` : "")));
        const head = make("tr", "", ...["position", "server", "own", "paper", "agree"].map((name) => {
          const cell = make("th", "", columns[name]);
          cell.scope = "col";
          return cell;
        }));
        table.append(caption, make("thead", "", head), make("tbody", "", ...list.rows.map((row) => this.place(row, compared))));
        const wrap = make("div", "verify-list-wrap", table);
        if (list.rows.length < list.count) wrap.append(make("p", "small quiet verify-list__note", P.cut(list.rows.length, list.count)));
        if (list.passedCount) {
          wrap.append(make("details", "verify-list__note", make("summary", "", P.passedTitle(list.passedCount)), make("p", "small", P.passedLead),
            make("p", "code small", list.passed.join("、"))));
        }
        return wrap;
      });
    }

    place(row, compared) {
      const paper = row.paper !== null ? row.paper || P.none : compared ? row.own : null;
      const server = make("td", "", make("span", "code", row.server || P.none));
      if (row.outcome) server.append(make("span", "verify-list__outcome", W.outcomes[row.outcome]));
      const own = make("td", "", make("span", "code", row.own || P.none));
      if (row.ticket) own.title = `${P.ticket} ${row.ticket}`;
      const same = row.same && (row.paper === null || row.paper === row.server);
      return make("tr", same ? "" : "verify-list__differs", make("td", "number", String(row.position)), server, own,
        make("td", "", paper === null ? make("span", "quiet", P.paperNone) : make("span", "code", paper)),
        make("td", "", same ? badge("done", "✓", P.agree) : badge("refused", "✕", P.differ)));
    }

    seats() {
      return make("div", "box", ...this.report.seats.map((field) => make("div", "verify-seats-of", make("h3", "", P.seatsOf(field.field, field.n, field.missing)),
        field.people.length ? make("ul", "verify-seats", ...field.people.map((one) => make("li", "",
          badge(one.seated ? "done" : "info", one.seated ? "✓" : "…", one.seated ? P.seated : P.standby), " ",
          P.place(one.round, one.position, one.number)))) : make("p", "quiet", P.nobody))));
    }
  }

  const start = () => document.querySelectorAll("[data-verify]").forEach((root) => new Page(root));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})(self.ZJK = self.ZJK || {});
