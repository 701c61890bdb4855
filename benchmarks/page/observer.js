// Runs in every measured page before its own scripts: when each token came into the
// document, when Enter was pressed, and what came by websocket until then.
(() => {
  const bench = (window.falconBench = { bytes: 0, shownHistory: null });

  window.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", ({ data }) => {
        bench.bytes += data.byteLength ?? data.size ?? data.length;
      });
    }
  };

  bench.begin = (tokens) => {
    Object.assign(bench, { tokens, shown: [], entered: null, atFirst: 0, atLast: 0 });
    bench.atBegin = bench.bytes;
    bench.ended = new Promise((resolve) => (bench.end = resolve));
  };

  bench.answer = async (milliseconds) => {
    await Promise.race([bench.ended, new Promise((end) => setTimeout(end, milliseconds))]);
    const { shown, entered, atBegin, atFirst, atLast } = bench;
    return { shown, entered, growing: atLast - atFirst, until_last: atLast - atBegin };
  };

  addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter") bench.entered = performance.now();
    },
    true,
  );

  // The number of the last token in a text; tokens stand near its end.
  function last(text) {
    let at = text.length;
    while (at > 0 && at > text.length - 400) {
      at = text.lastIndexOf("t", at - 1);
      if (at < 0) return -1;
      const number = text.slice(at + 1, at + 5);
      if (/^\d{4}$/.test(number)) return Number(number);
    }
    return -1;
  }

  function note(text, now) {
    if (bench.shown && bench.shown.length < bench.tokens) {
      const known = bench.shown.length;
      for (let index = known; index <= last(text); index++) bench.shown.push(now);
      if (bench.shown.length > known) {
        if (!known) bench.atFirst = bench.bytes;
        bench.atLast = bench.bytes;
        if (bench.shown.length >= bench.tokens) bench.end();
      }
    }
    if (bench.shownHistory === null && text.includes("That was the last message.")) {
      bench.shownHistory = now;
    }
  }

  new MutationObserver((records) => {
    const now = performance.now();
    for (const { target, type, addedNodes } of records) {
      if (type === "characterData") note(target.data, now);
      else for (const node of addedNodes) note(node.textContent ?? "", now);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
})();
