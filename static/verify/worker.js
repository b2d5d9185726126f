/* The verifier's worker. As a file of the site it loads its parts from the addresses it is told; in the one-file form
   it is a Blob that holds them already. On a page this does nothing. */
(function () {
  "use strict";

  if (typeof WorkerGlobalScope === "undefined") return;

  self.onmessage = async ({data}) => {
    try {
      if (data.parts.length) importScripts(...data.parts);
      let told = 0;
      const progress = (fraction, label) => {
        if (Date.now() - told < 100) return;
        told = Date.now();
        self.postMessage({fraction, label});
      };
      self.postMessage({report: await self.ZJK.verify(data.given, {progress, paper: data.paper})});
    } catch (error) {
      self.postMessage({trouble: String(error && error.message || error)});
    }
  };
})();
