// Counting by scans: each of the line's code adds one, one of another line keeps this figure and opens that line.
(() => {
  const form = document.querySelector("[data-counting]");
  if (!form) return;
  const PACE = 80;
  const { lang, dataset } = document.documentElement;
  const written = new Intl.NumberFormat(lang, { numberingSystem: dataset.digits, useGrouping: false }).format;
  const { counted: figure, then } = form.elements;
  const plain = (code) =>
    code
      .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => digit.charCodeAt(0) & 15)
      .replace(/[\s\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
      .toUpperCase();
  const lines = [...document.querySelectorAll("[data-codes]")].map((line) => [line.dataset.line, line.dataset.codes.split("\n")]);
  lines.sort(([line]) => (line === form.dataset.counting ? -1 : 0));
  let stands = figure.matches("[aria-invalid]") ? "" : plain(figure.value);
  const before = "known" in figure.dataset ? stands : "";
  let keys = 0;
  let last = 0;
  let pressed = 0;

  // The code that was scanned behind what stood there. Short ones of digits alone may be figures: the pace tells.
  function heard(typed) {
    let found = null;
    for (const [line, codes] of lines) {
      for (const code of codes) {
        const sure = !/^\d{1,6}$/.test(code) || keys >= code.length;
        if (typed.endsWith(code) && sure && code.length > (found?.code.length ?? 0)) found = { line, code };
      }
    }
    return found ?? (keys > 5 && keys >= typed.length ? { code: typed } : null);
  }

  function scanned({ line, code }) {
    if (line === form.dataset.counting) {
      stands = String((Number(stands) || 0) + 1);
      figure.value = written(stands);
      figure.focus();
      figure.select();
      document.dispatchEvent(new CustomEvent("floor:sound", { detail: "right" }));
    } else if (stands && stands !== before) {
      figure.value = stands;
      then.value = code;
      form.submit();
    } else location.assign(`?${new URLSearchParams({ code })}`);
  }

  // When the key went down, not when a busy handheld came to it; some scanners write a whole code at once.
  window.addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  figure.addEventListener("input", (event) => {
    const at = pressed || event.timeStamp;
    const added = event.data?.length || 1;
    keys = at - last < PACE ? keys + added : added;
    last = at;
    pressed = 0;
    if (!figure.value) stands = "";
  });
  form.addEventListener("submit", (event) => {
    const typed = plain(figure.value);
    const scan = event.submitter && event.submitter === document.activeElement ? null : heard(typed);
    if (!scan) return;
    event.preventDefault();
    const typedBefore = typed.slice(0, -scan.code.length);
    if (typedBefore) stands = typedBefore;
    scanned(scan);
  });
  document.querySelector("form.scan").addEventListener("submit", (event) => {
    const code = plain(event.target.elements.code.value);
    const line = lines.find(([, codes]) => codes.includes(code))?.[0];
    event.preventDefault();
    event.target.reset();
    stands = plain(figure.value);
    if (code) scanned({ line, code });
  });
})();
