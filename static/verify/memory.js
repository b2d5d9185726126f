/* The share that was typed in this browser, so that it can be held against the bundle later. It never leaves the browser.
   Where there is no storage (private windows, some browsers on file://), nothing is remembered and nothing breaks. */
(function (ZJK) {
  "use strict";

  const key = (draw, round, attempt) => `zjkdraw/1|share|${draw}|${round}|${attempt}`;

  /**
   * Remember a share: call it with the draw's number, round and attempt (numbers) when the server has taken the share, not
   * before, since a share that is remembered and stands in no result counts as a finding.
   */
  ZJK.rememberShare = (draw, round, attempt, share) => {
    try {
      localStorage.setItem(key(draw, round, attempt), share);
    } catch { /* nothing is remembered */ }
  };

  /** The share that this browser remembers, or "". */
  ZJK.rememberedShare = (draw, round, attempt) => {
    try {
      return localStorage.getItem(key(draw, round, attempt)) || "";
    } catch {
      return "";
    }
  };
})(self.ZJK = self.ZJK || {});
