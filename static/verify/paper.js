/* What stands on paper, held against a report: V07, V10 and V11 of the inspector's slip and the signed record sheet. */
(function (ZJK) {
  "use strict";

  const W = ZJK.words, R = W.reasons;

  /**
   * Hold a report against what stands on paper. Returns a report with `status` (0, 1), `checks` ({code, what, verdict, reasons,
   * notCompared: keys of attempts}) and, for each attempt, `compared`: {M, share, head}, each "same", "other" or "none".
   *
   * `expected`: {manifests, shares, heads}, lists of values; a value is a text that some attempt must have, or {value, at,
   * source} that the attempt with that key must have (`source` "memory": this browser remembers it).
   */
  ZJK.compare = (report, expected) => {
    if (report.status === 2) return report;
    const wanted = expected || {}, failed = {V07: [], V10: [], V11: []};
    const attempts = report.attempts.map((a) => ({...a, compared: {M: "none", share: "none", head: "none"}, source: {}}));
    const hold = (values, what, code, words, nowhere) => {
      for (const one of values || []) {
        const {value, at, source} = typeof one === "string" ? {value: one} : one;
        const here = attempts.filter((a) => (at === undefined ? a[what] === value && value !== "" : a.key === at));
        for (const a of here) {
          const same = a[what] === value && value !== "";
          if (a.compared[what] === "none" || !same) {
            a.compared[what] = same ? "same" : "other";
            a.source[what] = source || "paper";
          }
          if (!same) failed[code].push(words(a.label, value, a[what]) + earlier(a, what, value));
        }
        if (!here.length) failed[code].push(nowhere(value) + (what === "head" ? attempts.map((a) => earlier(a, what, value)).join("") : ""));
      }
    };
    const earlier = (a, what, value) => {
      const line = what === "head" ? a.heads.indexOf(value) : -1;
      return line >= 0 ? `。${R.paperHeadEarlier(a.label, line)}` : "";
    };
    hold(wanted.manifests, "M", "V07", R.paperM, R.paperMNowhere);
    hold(wanted.shares, "share", "V10", R.paperShare, R.paperShareNowhere);
    hold(wanted.heads, "head", "V11", R.paperHead, R.paperHeadNowhere);
    const checks = Object.keys(W.checks).map((code) => {
      const found = attempts.map((a) => a.verdicts[code]), own = failed[code] || [];
      const has = (verdict) => found.some((one) => one.verdict === verdict);
      const verdict = own.length || has("FAIL") ? "FAIL" : has("NOT CHECKED") ? "NOT CHECKED" : "PASS";
      const reasons = own.slice();
      attempts.forEach((a) => a.verdicts[code].reasons.forEach((reason) => reasons.push(attempts.length > 1 ? `${a.label}：${reason}` : reason)));
      const what = {V07: "M", V10: "share", V11: "head"}[code];
      const notCompared = what ? attempts.filter((a) => a[what] && a.compared[what] === "none").map((a) => a.key) : [];
      return {code, what: W.checks[code], verdict, reasons, notCompared};
    });
    return {...report, attempts, checks, status: checks.every((one) => one.verdict === "PASS") ? 0 : 1};
  };
})(self.ZJK = self.ZJK || {});
